// A tar stream as it comes from a host, which may send anything.
#pragma once

#include <cef/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cef::remote {

struct TarEntry {
  enum class Kind { file, hard_link, link, folder, other };

  std::string path;
  Kind kind = Kind::file;
  unsigned mode = 0;  // what chmod takes, without the bits that let a program run as another user
  std::int64_t modified = 0;
  std::uint64_t size = 0;  // of what follows; only a file has contents
  std::string target{};    // of a link
};

/// Gets what is in a stream. Paths are as they came. An error ends it.
class TarSink {
 public:
  virtual ~TarSink() = default;
  virtual Result<void> entry(const TarEntry& entry) = 0;
  /// Of the last entry, when that is a file.
  virtual Result<void> contents(std::string_view bytes) = 0;
  /// The last entry is complete.
  virtual Result<void> end() = 0;
};

class TarReader {
 public:
  explicit TarReader(TarSink& sink) : sink_(sink) {}

  /// Returns how many of the bytes it has taken: fewer than all once the stream has ended.
  /// Errors: unexpected_output, for what is no tar stream, and those of the sink.
  Result<std::size_t> hear(std::string_view bytes);
  bool ended() const { return ended_; }

 private:
  Result<void> hear_header();
  Result<void> hear_extension();
  Result<void> hear_pax();

  TarSink& sink_;
  std::string block_, long_path_, long_target_, extension_;
  TarEntry entry_;
  char kind_ = '\0';
  std::uint64_t left_ = 0;     // of the contents
  std::uint64_t padding_ = 0;  // behind them
  bool in_entry_ = false, ended_ = false, has_size_ = false;
  std::uint64_t size_ = 0;  // as a pax header has it
  int empty_blocks_ = 0;
};

/// The parts of a path in a stream, without `.`. Errors: unexpected_output for one that begins with a slash, has `..`
/// in it, or more parts or bytes than anybody's.
Result<std::vector<std::string>> parts_of(std::string_view path);

}  // namespace cef::remote
