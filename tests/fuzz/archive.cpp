#include "input_file.hpp"

#include <cef/models/archive.hpp>

#include <map>

using namespace cef::models;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ArchiveLimits limits;
  limits.max_unpacked = 4 << 20;
  limits.max_entries = 1000;
  const auto read = read_archive(input_file(data, size), limits);
  if (!read || !*read) return 0;
  // Whoever writes these entries below a folder stays in it.
  std::uint64_t bytes = 0;
  std::map<std::string, ArchiveEntry::Type> known;
  for (const ArchiveEntry& entry : (*read)->entries) {
    const std::string inside = '/' + entry.path + '/';
    require(!entry.path.empty() && entry.path.front() != '/');
    require(inside.find("/../") == std::string::npos && inside.find("//") == std::string::npos);
    require(entry.target.empty() || entry.target.front() != '/');
    for (auto end = entry.path.find('/'); end != std::string::npos; end = entry.path.find('/', end + 1)) {
      const auto above = known.find(entry.path.substr(0, end));
      require(above == known.end() || above->second == ArchiveEntry::Type::folder);
    }
    known[entry.path] = entry.type;
    bytes += entry.size;
  }
  require(bytes == (*read)->unpacked_bytes && bytes <= limits.max_unpacked);
  require((*read)->entries.size() <= limits.max_entries);
  return 0;
}
