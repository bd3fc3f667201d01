// A file that is written beside the one whose place it takes, so that a reader sees the old bytes or all of the new.
#pragma once

#include <cef/core/result.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace cef {

class NewFile {
 public:
  /// Whether it can take the place of `path` is found out now; links are followed by the kernel, which may refuse those
  /// that others have laid. An existing file's mode is kept, a new file gets `mode` without what the umask takes away.
  /// Until commit() nothing is to be seen. A device or a pipe cannot be replaced: it is written in place by commit().
  /// Errors of all calls: io_failed, with the system's reason.
  static Result<NewFile> begin(const std::filesystem::path& path, unsigned mode);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  /// Without commit() nothing is left.
  ~NewFile();

  Result<void> write(std::string_view bytes);
  /// Waits for the disk, and then takes the place.
  Result<void> commit();

 private:
  struct State;
  explicit NewFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cef
