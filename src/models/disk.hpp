// What the repository asks of the file system: each call is complete on the disk when it returns.
#pragma once

#include <cef/core/descriptor.hpp>
#include <cef/core/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace cef::models {

Error disk_error(const char* doing, const std::filesystem::path& path, int reason);

/// What was renamed into the folder stays there.
Result<void> sync_folder(const std::filesystem::path& folder);
/// Takes the place of `to`, which is then on the disk.
Result<void> move_into_place(const std::filesystem::path& from, const std::filesystem::path& to);
/// What is in it, unsorted; nothing for a folder that is not there.
Result<std::vector<std::filesystem::path>> names_in(const std::filesystem::path& folder);

/// A name in `folder` that nobody has, for a file that does not stay: removed when this goes.
class Temporary {
 public:
  explicit Temporary(const std::filesystem::path& folder);
  ~Temporary();
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A lock of a file, for as long as this is there.
class Lock {
 public:
  enum class Kind { shared, exclusive, exclusive_now };
  /// Waits, but for exclusive_now: null when another holds it.
  static Result<std::unique_ptr<Lock>> take(const std::filesystem::path& file, Kind kind);
  explicit Lock(int fd) : file_(fd) {}

 private:
  Descriptor file_;
};

/// What came of taking a file's bytes.
struct Taken {
  std::string sha256;
  std::uint64_t size = 0;
  bool cloned = false;
};
/// Copies `from` to `to`, a new file, by sharing its blocks where that can be, and hashes what came there.
/// Errors: io_failed, also for a source that is no file or that was changed meanwhile.
Result<Taken> take_copy(const std::filesystem::path& from, const std::filesystem::path& to);
/// Makes `to` another name of `from`. Errors: as above.
Result<Taken> take_link(const std::filesystem::path& from, const std::filesystem::path& to);
/// Errors: io_failed.
Result<Taken> hash_of(const std::filesystem::path& file);

}  // namespace cef::models
