// Where results go: standard output, or a file that appears only when it is complete.
#pragma once

#include "write_queue.hpp"

#include <cef/core/new_file.hpp>
#include <cef/core/result.hpp>
#include <cef/engine/observer.hpp>
#include <cef/render/render.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cef::cli {

class Output {
 public:
  explicit Output(std::optional<std::string> file) : file_(std::move(file)) {}
  render::Writer writer();
  /// A text that nobody has looked through: on a terminal control characters are shown escaped.
  void write_text(std::string_view text);
  /// Whether the file can be written, before there is anything to write. Errors: usage.
  Result<void> check() const;
  bool to_file() const { return file_.has_value(); }
  /// Whether what goes to standard error stands right below: both go to one terminal, or one pipe.
  bool is_joined() const;

  /// From now until settle() nobody waits for the readers of standard output and standard error: what they do not take
  /// is queued. That is never more than the run's results, which have a limit. `wake`, from another thread: look at
  /// reader().
  void queue(std::function<void()> wake);
  void settle();
  /// Bytes for standard error; where that is what standard output is, they come after what was written so far. Only
  /// while there is a queue.
  void write_error(std::string_view bytes);
  /// How the reader of standard output gets on.
  engine::Observer::Reader reader() const;
  /// Bytes that they have not taken, of standard error too.
  std::size_t waiting() const;

  /// Writes the file. Errors: io_failed, also for what standard output did not take.
  Result<void> finish();

 private:
  void write_to_file(std::string_view bytes);
  int failure() const { return queue_ && failure_ == 0 ? queue_->failure() : failure_; }

  std::optional<std::string> file_;
  std::optional<NewFile> new_file_;
  std::optional<Error> file_failure_;
  std::unique_ptr<WriteQueue> queue_, errors_;  // `errors_`: null while standard error is what standard output is
  int failure_ = 0;                             // errno
};

/// Ends the process as every other program in a pipe ends whose reader has gone, so that a shell sees the usual 141,
/// when that is the `exit_code` of a run; returns any other.
int end_by_pipe(int exit_code);

}  // namespace cef::cli
