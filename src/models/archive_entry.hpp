// Which entries of an archive may be unpacked: looked at one after the other, in the archive's order.
#pragma once

#include <cef/models/archive.hpp>

#include <map>

namespace cef::models {

class EntryCheck {
 public:
  explicit EntryCheck(const ArchiveLimits& limits) : limits_(limits) {}

  /// `path` and `target` as the archive has them. Nothing: the entry is the folder itself. Errors: unpack_failed.
  Result<std::optional<ArchiveEntry>> look(std::string_view path, ArchiveEntry::Type type, unsigned mode,
                                           std::string_view target);

 private:
  Result<void> look_at_place(const ArchiveEntry& entry);
  Result<void> look_at_link(const ArchiveEntry& entry);

  const ArchiveLimits& limits_;
  std::size_t count_ = 0;
  std::map<std::string, ArchiveEntry::Type, std::less<>> seen_;  // with the folders that are only implied
};

/// `why` of this entry, whose name may be anything.
Error refused(std::string_view path, std::string_view why);

}  // namespace cef::models
