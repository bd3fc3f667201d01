// Where results go: standard output, or a file that appears only when it is complete.
#pragma once

#include <cef/core/result.hpp>
#include <cef/render/render.hpp>

#include <cerrno>
#include <optional>
#include <string>

namespace cef::cli {

class Output {
 public:
  explicit Output(std::optional<std::string> file) : file_(std::move(file)) {}
  render::Writer writer();
  /// Whether the file can be written, before there is anything to write. Errors: usage.
  Result<void> check() const;
  bool to_file() const { return file_.has_value(); }
  /// Whether the reader of standard output has gone, so that writing more is of no use.
  bool reader_gone() const { return failure_ == EPIPE; }
  /// Whether standard output does not take any more, for whatever reason.
  bool broken() const { return failure_ != 0; }
  /// Writes the file. Errors: io_failed, also for what standard output did not take.
  Result<void> finish();

 private:
  std::optional<std::string> file_;
  std::string collected_;
  int failure_ = 0;  // errno
};

}  // namespace cef::cli
