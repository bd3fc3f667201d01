// What a play shows while it runs: a line for each task with the hosts that ended alike, failures in full, and at the
// end what ansible-playbook counts. The runner's own events go on to the console that all verbs have.
#pragma once

#include "console/run_console.hpp"

#include <cef/core/secret.hpp>
#include <cef/playbook/run.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cef::cli {

/// How a task ended on a host, kept for the journal and for formats that show it.
struct TaskRecord {
  std::string play, task, action, place, status;
  double duration_ms = 0;
  Value result;                // kept of those that are bad, and of all where they are shown
  std::optional<Code> code{};  // as playbook::TaskResult has it
};

Value to_json(const TaskRecord& record);

struct PlayView {
  bool text = true;    // the lines; else only records are kept
  bool lines = false;  // a line of JSON for each task of each host, as it is done
  bool whole = false;  // records with their results
  bool quiet = false;  // of the lines only those of failures, and of the recap the hosts that had any
  bool colour = false, diff = false;
  int verbosity = 0;
  std::size_t width = 0;
};

class PlayConsole final : public engine::Observer, public playbook::Reporter {
 public:
  using Over = std::function<void(const HostResult&)>;

  /// `write`: standard output. `over`: is told when a host's work has ended.
  PlayConsole(RunConsole& console, PlayView view, render::Writer write, Over over);

  /// From now on these are masked; they must outlive the last call here.
  void mask_with(const Secrets& secrets) { secrets_ = &secrets; }
  void recap(const playbook::Ended& ended);
  const std::vector<TaskRecord>& records(const std::string& host) { return records_[host]; }

  // Of the scheduler.
  void play_begins(const playbook::Play& play, const std::string& name, std::size_t hosts) override;
  void batch_begins(std::size_t number, std::size_t of, const std::vector<std::string>& hosts) override;
  void task_begins(const playbook::TaskView& task, std::size_t hosts) override;
  void item_done(const playbook::TaskView& task, const std::string& host, const std::string& label,
                 const playbook::TaskResult& result) override;
  void host_done(const playbook::TaskView& task, const std::string& host, const playbook::TaskResult& result) override;
  void task_ends(const playbook::TaskView& task, double duration_ms) override;
  void included(const playbook::TaskView& task, const std::string& what,
                const std::vector<std::string>& hosts) override;
  void retrying(const playbook::TaskView& task, const std::string& host, int left) override;
  void warn(const std::string& message) override;
  std::optional<std::string> ask(const std::string& question, bool is_private) override;

  // Of the engine.
  void begin(asio::io_context& io, std::function<void()> wake) override { console_.begin(io, std::move(wake)); }
  void end() override { console_.end(); }
  void started(std::size_t running) override { console_.started(running); }
  void noted(const std::string& host, std::string_view text) override { console_.noted(host, text); }
  void done(const HostResult& result, std::size_t running) override;
  void finish(const Report& report) override { console_.finish(report); }
  bool needs_records() const override { return view_.whole; }
  void ask(const std::vector<transport::UnknownKey>& keys, engine::Observer::Answer answer) override {
    console_.ask(keys, std::move(answer));
  }
  void withdraw() override { console_.withdraw(); }
  void waiting(std::size_t hosts) override { console_.waiting(hosts); }
  void warn(std::string_view message) override { console_.warn(message); }
  void complain(const Error& error) override { console_.complain(error); }
  void interrupted(bool again) override { console_.interrupted(again); }
  Reader reader() const override { return console_.reader(); }
  Result<void> close() override { return console_.close(); }

 private:
  struct Line {
    std::string word, text;  // `changed`; what follows the hosts
    std::vector<std::string> hosts;
  };
  void add_line(const std::string& word, std::string text, const std::string& host);
  void flush();
  void say(std::string_view text);
  std::string headline(const std::string& text) const;
  std::string painted(const std::string& word, const std::string& text) const;
  std::string details(const playbook::TaskView& task, const playbook::TaskResult& result) const;

  RunConsole& console_;
  PlayView view_;
  render::Writer write_;
  Over over_;
  const Secrets* secrets_ = nullptr;
  std::string play_;
  std::string pending_play_;      // its headline, of a quiet one, until something is to be said of it
  std::string pending_headline_;  // of the task, likewise
  std::vector<Line> lines_;
  std::chrono::steady_clock::time_point first_;  // of the lines that wait
  std::map<std::string, std::vector<TaskRecord>> records_;
  std::vector<std::pair<double, std::string>> times_;
};

}  // namespace cef::cli
