// What is sent to hosts: a local file, opened and hashed once for all of them. Hashing is done by a thread of its own,
// beside the sending of what is hashed.
#pragma once

#include <cef/core/opened_file.hpp>
#include <cef/core/result.hpp>
#include <cef/core/sha256.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cef::remote {

class Source {
 public:
  /// `sha256`: when it is known already; it is then believed, and only hashed if a transfer is to be resumed.
  /// Errors: io_failed, with the system's reason, and for what is no file.
  static Result<Source> open(const std::filesystem::path& path, std::string sha256 = "");
  Source(Source&& other) noexcept;
  Source& operator=(Source&&) = delete;
  /// Hashing is broken off.
  ~Source();

  /// The file's own name, without its folder.
  const std::string& name() const { return name_; }
  std::size_t size() const { return file_->size(); }
  /// See OpenedFile::read.
  std::string_view read(std::size_t at, std::span<char> into) const { return file_->read(at, into); }
  unsigned mode() const { return file_->mode(); }
  std::int64_t modified() const { return file_->modified(); }
  /// Whether it is other than it was when it was opened: then what was sent is neither the old nor the new one.
  bool has_changed() const { return file_->has_changed(); }

  /// Of the whole. Nothing: hashing has begun, or goes on, and it is to be asked for again.
  std::optional<std::string> sha256() const;
  /// Of the first `size` bytes, at most all; as above.
  std::optional<std::string> sha256_of_first(std::size_t size) const;

 private:
  class Hashing;

  Source(OpenedFile file, std::string name, std::string sha256);
  Hashing& hashing() const;

  std::unique_ptr<const OpenedFile> file_;
  std::string name_;
  std::string known_;
  mutable std::unique_ptr<Hashing> hashing_;  // from when it is first asked for
};

}  // namespace cef::remote
