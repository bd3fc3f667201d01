// Entries of a tree as a tar stream, made while it is sent. In the format that GNU tar and BusyBox's have in common:
// ustar, with names that are too long for it in entries of their own.
#pragma once

#include <cef/core/opened_file.hpp>
#include <cef/remote/tree.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::remote {

/// The header of an entry, with what must stand before it.
std::string tar_header(const TreeEntry& entry);
/// What stands at the end.
std::string_view tar_end();

class TarWriter {
 public:
  /// Those entries, by index; both must stay.
  TarWriter(const Tree& tree, std::vector<std::size_t> indices);

  /// At most so many bytes, which stay until the next call. Empty: that was all.
  std::string_view next(std::size_t most);
  /// Bytes of files given so far.
  std::int64_t file_bytes() const { return file_bytes_; }
  /// The file that could not be read as it was when the tree was opened, or empty. What is given for it is zeros.
  const std::string& changed() const { return changed_; }

 private:
  void fill();
  void add_contents(std::size_t room);

  const Tree& tree_;
  const std::vector<std::size_t> indices_;
  std::size_t at_ = 0;              // in indices_
  std::size_t left_ = 0;            // of the file under way
  std::optional<OpenedFile> file_;  // while its turn lasts; nothing: it cannot be read
  std::string buffer_, changed_;
  std::size_t given_ = 0;
  std::int64_t file_bytes_ = 0;
  bool ended_ = false;
};

}  // namespace cef::remote
