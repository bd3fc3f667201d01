// A local file as it was when it was opened, read in pieces.
#pragma once

#include <cef/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

namespace cef {

class OpenedFile {
 public:
  enum class Link { followed, refused };  // where the path's last name is one

  /// Errors: io_failed, with the system's reason, and for what is no file.
  static Result<OpenedFile> open(const std::filesystem::path& path, Link link = Link::followed);
  OpenedFile(OpenedFile&& other) noexcept;
  OpenedFile& operator=(OpenedFile&&) = delete;
  ~OpenedFile();

  /// In bytes, as it was.
  std::size_t size() const;
  /// The bytes from `at` on, as many as `into` takes and the file had; they are in `into`. By any thread. What others
  /// write into the file is seen here. What they cut off, and what the disk cannot give, is read as zeros, and
  /// has_changed() says so afterwards.
  std::string_view read(std::size_t at, std::span<char> into) const;
  /// What chmod takes, without the bits that let a program run as another user.
  unsigned mode() const;
  /// Seconds since 1970, of the last change of its contents.
  std::int64_t modified() const;
  /// Whether it is other than it was when it was opened, or could not be read.
  bool has_changed() const;

 private:
  struct State;
  explicit OpenedFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cef
