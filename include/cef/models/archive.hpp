// What an archive would unpack to, found out by reading it through: by its content and not by its name, and before
// anything of it is written anywhere. What a host must not be given is refused here.
#pragma once

#include <cef/core/result.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::models {

struct ArchiveEntry {
  enum class Type { file, folder, symlink, hard_link };
  std::string path;  // relative, parts split by single slashes, none of them `.` or `..`; bytes as the archive has them
  Type type = Type::file;
  std::uint64_t size = 0;  // bytes of a file
  std::string target{};    // of a link
};
std::string_view name_of(ArchiveEntry::Type type);

struct Listing {
  std::string format;  // zip, tar, tar.gz, tar.xz, tar.zst, tar.bz2
  std::vector<ArchiveEntry> entries;
  std::uint64_t unpacked_bytes = 0;
  std::size_t files = 0;  // of the entries, those that are no folders
};

/// What an archive may grow to.
struct ArchiveLimits {
  std::uint64_t max_unpacked = std::uint64_t{64} << 30;  // bytes
  std::size_t max_entries = 1'000'000;
  // Unpacked bytes to packed ones. Deflate reaches 1032 at most, and only of nothing but zeros; small archives may.
  std::uint64_t max_ratio = 200;
  std::uint64_t ratio_free = std::uint64_t{1} << 30;  // bytes for which the ratio does not count
};

/// Reads all of it. Nothing: the file is no archive of these kinds, or one without entries.
/// Errors: unpack_failed, for one that is damaged, encrypted, or larger than the limits, and for one that holds what
/// would be written outside the folder it is unpacked to, a device, a set-uid or set-gid file, or a name twice; the
/// message has the entry. io_failed, when the file cannot be read.
Result<std::optional<Listing>> read_archive(const std::filesystem::path& file, const ArchiveLimits& limits);

/// Writes what `file`, which read_archive() has let pass, holds to `target` as tar, compressed by gzip: what every
/// host can unpack. Owners are left out; times and modes stay. `target` is replaced. Errors: as above,
/// and interrupted, once `stop` is set.
Result<void> to_tar_gz(const std::filesystem::path& file, const std::filesystem::path& target,
                       const ArchiveLimits& limits, const std::atomic<bool>& stop);

}  // namespace cef::models
