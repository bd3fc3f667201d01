// A local folder as it is sent to hosts: what is in it, and the hashes of its files, found once for all hosts.
#pragma once

#include <cef/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::remote {

struct TreeEntry {
  enum class Kind { folder, file, link };

  std::string path;  // in the tree, without `./`; any bytes but NUL, and no `..`
  Kind kind = Kind::file;
  unsigned mode = 0;          // what chmod takes, without the bits that let a program run as another user
  std::int64_t modified = 0;  // seconds since 1970
  std::size_t size = 0;       // of a file
  std::string target{};       // of a link
};

class Tree {
 public:
  /// Links are entries, and not followed; `path` itself may be one. Errors: io_failed, for what cannot
  /// be read, and for more than `most_entries` entries.
  static Result<Tree> open(const std::filesystem::path& path, std::size_t most_entries = 5'000'000);
  /// Without those of whose path `leaves_out` says so; a folder that holds others stays.
  static Result<Tree> open(const std::filesystem::path& path, const std::function<bool(std::string_view)>& leaves_out);
  Tree(Tree&& other) noexcept;
  Tree& operator=(Tree&&) = delete;
  ~Tree();

  /// The folder's own name.
  const std::string& name() const { return name_; }
  const std::filesystem::path& path() const { return path_; }
  /// Folders stand before what is in them; in the order of their bytes.
  const std::vector<TreeEntry>& entries() const { return entries_; }
  std::int64_t bytes() const { return bytes_; }
  std::size_t files() const { return files_; }
  /// What is neither folder, file nor link, and is not sent.
  const std::vector<std::string>& left_out() const { return left_out_; }

  /// When reading it began, and the last time at which anything in it was changed; seconds since 1970.
  std::int64_t read_at() const { return read_at_; }
  std::int64_t changed_at() const { return changed_at_; }

  /// One hash of kinds, names, sizes, times and links, as `find` tells them of a copy with times in whole seconds.
  const std::string& listing() const;
  /// Of every file, by the index of its entry; empty for what is no file. Nothing: hashing goes on, which the first
  /// call begins. Errors: io_failed, for a file that cannot be read, or has changed since the tree was opened.
  std::optional<Result<const std::vector<std::string>*>> hashes() const;
  /// Whether the file is other than it was when the tree was opened.
  bool has_changed(std::size_t index) const;

 private:
  class Hashing;

  Tree(std::filesystem::path path, std::string name);
  static Result<Tree> read(const std::filesystem::path& path, std::size_t most_entries);
  Result<void> read(int parent, const std::string& name, const std::string& prefix, std::size_t most);

  std::filesystem::path path_;
  std::string name_;
  std::vector<TreeEntry> entries_;
  std::vector<std::string> left_out_;
  std::int64_t bytes_ = 0, read_at_ = 0, changed_at_ = 0;
  std::size_t files_ = 0;
  mutable std::string listing_;
  mutable std::unique_ptr<Hashing> hashing_;
};

}  // namespace cef::remote
