#include "run_console.hpp"

#include "app.hpp"
#include "error_stream.hpp"
#include "view.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <poll.h>
#include <unistd.h>

namespace cef::cli {

namespace {

using Clock = render::Progress::Clock;

constexpr const char* save_cursor = "\0337";
constexpr const char* restore_cursor = "\0338";
constexpr Milliseconds quiet_start{1000};  // a run shorter than this shows no progress

// What a verbose run says of each host on standard error.
std::string stage_line(const HostResult& result) {
  std::string line = result.host + ":";
  if (result.stages.is_object())
    for (const auto& [name, ms] : result.stages.items())
      line += fmt::format(" {} {:.1f} ms,", std::string_view(name).substr(0, name.size() - 3), ms.get<double>());
  return line + fmt::format(" {} {}, total {:.1f} ms, {}\n", result.attempts, result.attempts == 1 ? "login" : "logins",
                            result.duration_ms, name_of(result.status));
}

}  // namespace

RunConsole::RunConsole(const Terminal& terminal, Output& output, bool stages)
    : terminal_(terminal), output_(output), stages_(stages) {}

void RunConsole::show_live(std::vector<std::string> hosts, bool colour) {
  live_.emplace(std::move(hosts), render::LiveOutput::Terminals{terminal_.out && !output_.to_file(), terminal_.err},
                colour, output_.writer(), [this](std::string_view text) { write_error(text); });
}

void RunConsole::show_progress(std::size_t hosts) {
  progress_.emplace(
      hosts, error_width, [this](std::string_view text) { write_progress(text); }, Clock::now(), quiet_start);
}

void RunConsole::begin(asio::io_context& io, std::function<void()> wake) {
  output_.queue(std::move(wake));
  begun_ = true;
  io_ = &io;
  if (!progress_) return;
  ticker_ = std::make_unique<asio::steady_timer>(io);
  tick();
}

void RunConsole::end() {
  ticker_.reset();
  answer_.reset();
  begun_ = false;
  behind_ = output_.waiting() > 0;
  output_.settle();
}

void RunConsole::tick() {
  ticker_->expires_after(Milliseconds(200));
  ticker_->async_wait([this](boost::system::error_code error) {
    if (error) return;
    if (progress_) progress_->tick(Clock::now());
    tick();
  });
}

bool RunConsole::has_room() {
  pollfd room{STDERR_FILENO, POLLOUT, 0};
  return ::poll(&room, 1, 0) == 1;
}

// While the loop runs nobody waits for whoever reads; and not at its end either for one who did not.
void RunConsole::write_error(std::string_view text) {
  if (begun_) return output_.write_error(text);
  if (behind_ && !has_room()) return;
  (void)!::write(STDERR_FILENO, text.data(), text.size());
}

// Progress is not worth waiting for a terminal that was stopped by Ctrl-S, but a line that stands there has to go
// before another one comes. While a question is open it stands above that.
void RunConsole::write_progress(std::string_view text) {
  const bool clears = text == "\r\x1b[K";
  if (!clears && (output_.waiting() > 0 || !has_room())) return;
  write_error(question_.empty() ? std::string(text) : fmt::format("{}\x1b[A{}{}", save_cursor, text, restore_cursor));
}

void RunConsole::make_room() {
  if (!question_.empty())
    write_error(progress_ ? "\r\x1b[K\x1b[A\x1b[K" : "\r\x1b[K");
  else if (progress_)
    progress_->clear();
}

void RunConsole::ask_further() {
  if (!question_.empty()) write_error((progress_ ? "\n" : "") + question_);
}

void RunConsole::tell(std::string_view text) {
  make_room();
  write_error(error_text(text));
  ask_further();
}

void RunConsole::started(std::size_t running) {
  if (progress_) progress_->started(running, Clock::now());
}

void RunConsole::said(const std::string& host, bool is_stderr, std::string_view bytes) {
  if (!live_) return;
  if (terminal_.err) make_room();
  const auto stream = is_stderr ? render::OutputStream::err : render::OutputStream::out;
  live_->write(host, stream, bytes);
  if (terminal_.err) ask_further();
}

void RunConsole::tell_object(const Value& object) {
  write_error(object.dump(-1, ' ', false, Value::error_handler_t::replace) + '\n');
}

// A note that is an object has numbers in it.
void RunConsole::noted(const std::string& host, std::string_view text) {
  if (told_) {
    Value object = {{"host", host}};
    const Value note = text.starts_with('{') ? Value::parse(text, nullptr, false) : Value();
    if (note.is_object())
      object.update(note);
    else
      object["note"] = std::string(text);
    tell_object(object);
  }
  if (progress_) progress_->noted(fmt::format("{}: {}", host, escape_controls(text)), Clock::now());
}

void RunConsole::done(const HostResult& result, std::size_t running) {
  if (live_) live_->end(result.host);
  if (reader() == Reader::gone) return;
  if (stages_) tell(stage_line(result));
  if (renderer_) {
    // Formats that write as results come share the terminal with the progress line.
    if (terminal_.out) make_room();
    renderer_->result(result);
    if (terminal_.out) ask_further();
  } else if (result.error) {
    complain(Error{result.error->code, fmt::format("{}: {}", result.host, result.error->message), result.error->hint});
  }
  if (progress_) progress_->done(result, running, Clock::now());
  if (told_)
    tell_object({{"host", result.host},
                 {"status", std::string(name_of(result.status))},
                 {"done", ++told_->done},
                 {"hosts", told_->hosts}});
}

void RunConsole::finish(const Report& report) {
  make_room();
  progress_.reset();
  if (renderer_) renderer_->finish(report);
  counts_ = counts_of(report, "host");
  if (look_over_)
    for (const std::string& sentence : look_over_(report)) warn(sentence);
}

// Nobody reads on who has closed the results.
render::Writer RunConsole::aside() {
  return [this](std::string_view text) {
    if (reader() != Reader::gone) write_error(text);
  };
}

Result<void> RunConsole::close() {
  auto written = output_.finish();
  if (written && !file_.empty()) note(fmt::format("wrote {}: {}", file_, counts_));
  return written;
}

void RunConsole::ask(const std::vector<transport::UnknownKey>& keys, Answer answer) {
  make_room();
  write_error(error_text(show_keys(keys)));
  question_ = question_about(keys);
  ask_further();
  answer_ = std::make_unique<AnswerReader>(*io_, [this, keys, answer = std::move(answer)](std::string_view line) {
    const KeyAnswer said = read_key_answer(line, keys);
    if (said.what != KeyAnswer::What::trusted) {
      if (said.what == KeyAnswer::What::show) write_error(error_text(show_keys(keys, keys.size())));
      question_ = said.what == KeyAnswer::What::show ? question_about(keys) : said.reason;
      ask_further();
      return false;
    }
    question_.clear();
    // The answer's line has ended; the progress line above it is history.
    if (progress_) write_error(fmt::format("{}\x1b[2A\r\x1b[K{}", save_cursor, restore_cursor));
    const auto then = answer;  // this lambda goes with the reader
    const auto trusted = said.hosts;
    answer_.reset();
    then(trusted);
    return true;
  });
}

void RunConsole::withdraw() {
  answer_.reset();
  question_.clear();
  write_error("\n");
}

void RunConsole::waiting(std::size_t hosts) {
  if (progress_) progress_->waiting(hosts, Clock::now());
}

void RunConsole::warn(std::string_view message) { tell(warning(message)); }
void RunConsole::complain(const Error& error) { tell(complaint(error)); }

void RunConsole::interrupted(bool again) {
  if (!again && question_.empty()) make_room();
}

}  // namespace cef::cli
