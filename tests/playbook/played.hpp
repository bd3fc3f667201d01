// Plays a playbook without any host: a performer that answers `command: echo x`, `false`, ... as a shell would, and
// writes down what was performed where, and a reporter that writes down how it ended.
#pragma once

#include "../support/temp_dir.hpp"

#include <cef/inventory/load.hpp>
#include <cef/playbook/run.hpp>
#include <cef/tasks/modules.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace cef::playbook {

/// `echo x` says x and has changed something; `false` and `exit N` fail; `unreachable` is what it says; `fail-on h1`
/// fails on that host alone; everything else succeeds. A command that begins with `read ` reads a host's own state.
class FakeHosts final : public Performer {
 public:
  std::vector<std::string> performed;  // `h1: echo x`
  std::vector<Order> orders;
  Value facts = Value{{"ansible_distribution", "Debian"}, {"ansible_os_family", "Debian"}};
  int gathered = 0;
  std::map<std::string, int> tries;

  asio::awaitable<tasks::Verdict> perform(Order order) override {
    tasks::Verdict verdict;
    verdict.data = Value::object();
    const std::string module(order.task->name);
    if (module == "setup") {
      ++gathered;
      verdict.data["ansible_facts"] = facts;
      co_return verdict;
    }
    std::string line = module;
    if (order.arguments.params.contains("_raw_params")) line = order.arguments.params["_raw_params"].get<std::string>();
    if (order.arguments.params.contains("cmd")) line = order.arguments.params["cmd"].get<std::string>();
    performed.push_back(fmt::format("{}: {}", order.host, line));
    const std::string host = order.host;
    if (order.arguments.check && (module == "command" || module == "shell")) {
      verdict.status = Status::skipped;
      verdict.data = Value{{"rc", 0}, {"stdout", ""}, {"msg", "Command would have run if not in check mode"}};
      orders.push_back(std::move(order));
      co_return verdict;
    }
    verdict.status = Status::changed;
    verdict.data = Value{{"rc", 0}, {"stdout", ""}, {"stderr", ""}, {"cmd", line}};
    int rc = 0;
    if (line.starts_with("echo ")) verdict.data["stdout"] = line.substr(5);
    if (line == "false" || line == "fail-on " + host) rc = 1;
    if (line.starts_with("exit ")) rc = std::stoi(line.substr(5));
    if (line.starts_with("works-after ")) rc = ++tries[host] < std::stoi(line.substr(12)) ? 1 : 0;
    if (line == "unreachable" || line == "unreachable-on " + host)
      verdict.error = Error{Code::connect_refused, "connection refused", ""};
    if (rc != 0) {
      verdict.data["rc"] = rc;
      verdict.data["msg"] = "non-zero return code";
      verdict.status = Status::failed;
      verdict.error = Error{Code::command_failed, "non-zero return code", ""};
    }
    orders.push_back(std::move(order));
    co_return verdict;
  }
};

class Story final : public Reporter {
 public:
  std::vector<std::string> lines;                               // `h1 ok task: msg`
  std::map<std::string, std::map<std::string, TaskResult>> of;  // by task and host
  std::vector<std::string> tasks;                               // as they began
  std::vector<std::string> answers;                             // to what is asked
  std::vector<std::string> warnings;
  std::vector<std::string> batches;  // `1/2: h1 h2`

  void batch_begins(std::size_t number, std::size_t all, const std::vector<std::string>& names) override {
    batches.push_back(fmt::format("{}/{}: {}", number, all, fmt::join(names, " ")));
  }
  void task_begins(const TaskView& task, std::size_t) override { tasks.push_back(task.name); }
  void host_done(const TaskView& task, const std::string& host, const TaskResult& result) override {
    std::string word = result.unreachable ? "unreachable"
                       : result.failed    ? "failed"
                       : result.skipped   ? "skipped"
                       : result.changed   ? "changed"
                                          : "ok";
    if (result.ignored) word += "(ignored)";
    std::string text;
    if (const auto message = result.value.find("msg"); message != result.value.end() && task.task.action == "debug")
      text = ": " + (message->is_string() ? message->get<std::string>() : message->dump());
    lines.push_back(fmt::format("{} {} {}{}", host, word, task.name, text));
    of[task.name].insert_or_assign(host, result);
  }
  void warn(const std::string& message) override { warnings.push_back(message); }
  std::optional<std::string> ask(const std::string&, bool) override {
    if (answers.empty()) return std::nullopt;
    std::string first = answers.front();
    answers.erase(answers.begin());
    return first;
  }
};

inline std::string counts(const Recap& r) {
  std::string text = fmt::format("ok={}", r.ok);
  const std::pair<const char*, std::size_t> others[] = {{"changed", r.changed}, {"unreachable", r.unreachable},
                                                        {"failed", r.failed},   {"skipped", r.skipped},
                                                        {"rescued", r.rescued}, {"ignored", r.ignored}};
  for (const auto& [name, number] : others)
    if (number > 0) text += fmt::format(" {}={}", name, number);
  return text;
}

struct Played {
  testing::TempDir folder;
  FakeHosts hosts;
  Story story;
  Ended ended;
  std::vector<Diagnostic> errors;

  void file(const std::string& name, const std::string& text) {
    const auto path = folder / name;
    std::filesystem::create_directories(path.parent_path());
    testing::write_file(path, text);
  }

  /// Plays `text` on the hosts of the file `hosts` of the folder, or on h1, h2 and so on.
  void play(const std::string& text, RunOptions options = {}, std::size_t count = 1) {
    file("site.yml", text);
    std::string list = "[all]\n";
    for (std::size_t i = 1; i <= count; ++i) list += fmt::format("h{}\n", i);
    if (!std::filesystem::exists(folder / "hosts")) file("hosts", list);
    auto loaded = load({folder / "site.yml"}, {options.extra_variables, {}, {}});
    if (!loaded) {
      errors = loaded.error();
      return;
    }
    auto inventory =
        inventory::load({folder / "hosts"}, inventory::Programs::skip, {.folders = {folder.path()}, .grows = true});
    REQUIRE(inventory);
    asio::io_context io;
    std::exception_ptr bug;
    auto work = [&]() -> asio::awaitable<void> {
      std::function<bool()> never = [] { return false; };
      auto result = co_await run(*loaded, inventory->inventory, options, hosts, story, std::move(never));
      ended = std::move(result);
    };
    asio::co_spawn(io, work(), [&](const std::exception_ptr& error) { bug = error; });
    io.run();
    if (bug) std::rethrow_exception(bug);
  }

  std::string recap(const std::string& host = "h1") { return counts(ended.recap[host]); }
  /// What `debug: msg=` of the task said.
  Value said(const std::string& task, const std::string& host = "h1") { return story.of[task][host].value["msg"]; }
};

/// A play on all hosts without facts, with these tasks.
inline std::string tasks_on_all(const std::string& tasks) {
  return "- hosts: all\n  gather_facts: false\n  tasks:\n" + tasks;
}

}  // namespace cef::playbook
