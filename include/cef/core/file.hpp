// Files of the controller: read whole, written whole or not at all.
#pragma once

#include <cef/core/result.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace cef {

/// More than anyone writes by hand; a device such as /dev/zero never ends.
inline constexpr std::size_t longest_file = std::size_t{256} << 20;

/// Errors: io_failed, with the system's reason (also for a folder), and for what is longer than `limit` bytes.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit = longest_file);

/// Who else could have written this file or folder: an owner who is neither the user nor root, everybody, a group of
/// several. Empty when nobody else can; of a link, both ends count.
std::string writers_of(const std::filesystem::path& path);

/// Writes aside in the same folder, syncs and renames, so that a reader sees the old bytes or the new ones; see
/// NewFile. Errors: io_failed; nothing is left behind.
Result<void> write_file(const std::filesystem::path& path, std::string_view bytes, unsigned mode = 0644);

/// Adds whole lines to the end of a file in one write, so that what others append at the same time stays whole; a last
/// line without its end gets one first. A file that is not there is made with `mode`. Errors: io_failed, and of `lines`
/// nothing was kept.
Result<void> append_lines(const std::filesystem::path& path, std::string_view lines, unsigned mode);

/// Makes the folder, and those above it that are missing, for the user alone (0700). One that is there is left as it
/// is. Errors: io_failed.
Result<void> make_private_folder(const std::filesystem::path& path);

/// `~` and `~/x` with the user's home directory (HOME, else the password database) in place of the tilde.
std::filesystem::path expand_user(std::string_view path);

}  // namespace cef
