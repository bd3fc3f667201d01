// A local file as it was when it was opened, without a copy of it in memory.
#pragma once

#include <cef/core/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace cef {

class MappedFile {
 public:
  /// Follows links. Errors: io_failed, with the system's reason, and for what is no file.
  static Result<MappedFile> open(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  /// What others write into the file is seen here. What they cut off, and what the disk cannot give, is read as zeros,
  /// and has_changed() says so afterwards.
  std::string_view bytes() const;
  /// What chmod takes, without the bits that let a program run as another user.
  unsigned mode() const;
  /// Seconds since 1970, of the last change of its contents.
  std::int64_t modified() const;
  /// Whether it is other than it was when it was opened, or could not be read.
  bool has_changed() const;

 private:
  struct State;
  explicit MappedFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cef
