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
  /// `renderer` may be null: then only errors are told. `stages`: of each host, on standard error.
  RunConsole(const Terminal& terminal, Output& output, std::unique_ptr<render::Renderer> renderer, bool stages);
  /// Shows what hosts say as it comes.
  void show_live(std::vector<std::string> hosts, bool colour);
  void show_progress(std::size_t hosts);
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
  void ask(const std::vector<transport::UnknownKey>& keys, std::function<void(bool)> answer) override;
  void withdraw() override;
  void waiting(std::size_t hosts) override;
  void warn(std::string_view message) override;
  void complain(const Error& error) override;
  void interrupted(bool again) override;
  Reader reader() const override { return output_.reader(); }
  Result<void> close() override { return output_.finish(); }

 private:
  void tick();
  static bool has_room();
  /// As it is: what others say in it is escaped by now.
  void write_error(std::string_view text);
  void write_progress(std::string_view text);
  /// Takes away what stands at the cursor, progress line or question, and brings the question back.
  void make_room();
  void ask_further();
  void tell(std::string_view text);
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
};

}  // namespace cef::cli
