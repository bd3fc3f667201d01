// What a run shows: results on standard output, or in a file; progress, questions and errors on standard error.
#pragma once

#include "host_key_prompt.hpp"
#include "output.hpp"
#include "terminal.hpp"

#include <cef/engine/observer.hpp>
#include <cef/render/progress.hpp>
#include <cef/render/render.hpp>

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cef::cli {

class RunConsole final : public engine::Observer {
 public:
  /// `stages`: of each host, on standard error.
  RunConsole(const Terminal& terminal, Output& output, bool stages);
  /// Without this only errors are told.
  void show_results(std::unique_ptr<render::Renderer> renderer) { renderer_ = std::move(renderer); }
  /// Shows what hosts say as it comes.
  void show_live(std::vector<std::string> hosts, bool colour);
  void show_progress(std::size_t hosts);
  /// Where a table's summary and hints go.
  render::Writer aside();
  /// Says at the end that this file was written.
  void tell_of_file(std::string file) { file_ = std::move(file); }
  /// What there is to warn of once all results are there.
  void look_over(std::function<std::vector<std::string>(const Report&)> look) { look_over_ = std::move(look); }
  /// Lines for standard error, between what else stands there.
  void tell(std::string_view text);
  /// The same as JSON, an object a line, for programs.
  void tell_progress(std::size_t hosts) { told_.emplace(Told{hosts}); }

  void begin(asio::io_context& io, std::function<void()> wake) override;
  void end() override;
  void started(std::size_t running) override;
  void said(const std::string& host, bool is_stderr, std::string_view bytes) override;
  void noted(const std::string& host, std::string_view text) override;
  void done(const HostResult& result, std::size_t running) override;
  void finish(const Report& report) override;
  bool needs_records() const override { return renderer_ && renderer_->needs_records(); }
  void ask(const std::vector<transport::UnknownKey>& keys, Answer answer) override;
  void withdraw() override;
  void waiting(std::size_t hosts) override;
  void warn(std::string_view message) override;
  void complain(const Error& error) override;
  void interrupted(bool again) override;
  Reader reader() const override { return output_.reader(); }
  Result<void> close() override;

 private:
  void tick();
  static bool has_room();
  /// As it is: what others say in it is escaped by now.
  void write_error(std::string_view text);
  void write_progress(std::string_view text);
  /// Takes away what stands at the cursor, progress line or question, and brings the question back.
  void make_room();
  void ask_further();
  void tell_object(const Value& object);

  const Terminal& terminal_;
  Output& output_;
  std::unique_ptr<render::Renderer> renderer_;
  std::optional<render::LiveOutput> live_;
  std::optional<render::Progress> progress_;
  struct Told {
    std::size_t hosts, done = 0;
  };
  std::optional<Told> told_;
  bool stages_, begun_ = false, behind_ = false;
  asio::io_context* io_ = nullptr;  // between begin() and end(), as what follows
  std::unique_ptr<asio::steady_timer> ticker_;
  std::unique_ptr<AnswerReader> answer_;
  std::string question_;  // that is open, or empty
  std::string file_, counts_;
  std::function<std::vector<std::string>(const Report&)> look_over_;
};

}  // namespace cef::cli
