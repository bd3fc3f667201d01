#include "archive_entry.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::models {

namespace {

using Type = ArchiveEntry::Type;

// Of Linux; the whole path with room for the folder it is unpacked to.
constexpr std::size_t longest_part = 255, longest_path = 3000;
constexpr unsigned set_ids = 06000;

// The parts between slashes without empty ones and `.`.
std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    if (const auto part = path.substr(0, end); !part.empty() && part != ".") parts.push_back(part);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

std::string join(const std::vector<std::string_view>& parts) {
  std::string path;
  for (const std::string_view part : parts) {
    if (!path.empty()) path += '/';
    path += part;
  }
  return path;
}

bool is_absolute(std::string_view path) {
  const bool has_drive = path.size() > 1 && path[1] == ':' && std::isalpha(static_cast<unsigned char>(path[0]));
  return path.starts_with('/') || path.starts_with('\\') || has_drive;
}

bool climbs(const std::vector<std::string_view>& parts) { return std::ranges::find(parts, "..") != parts.end(); }

}  // namespace

Error refused(std::string_view path, std::string_view why) {
  return {Code::unpack_failed, fmt::format("the entry '{}' {}", escape_controls(cut(valid_utf8(path), 120)), why),
          "an archive that does this is not unpacked anywhere: make it anew without that"};
}

Result<std::optional<ArchiveEntry>> EntryCheck::look(std::string_view path, Type type, unsigned mode,
                                                     std::string_view target) {
  const auto parts = parts_of(path);
  if (is_absolute(path)) return Unexpected(refused(path, "has an absolute path"));
  if (climbs(parts)) return Unexpected(refused(path, "climbs out of the folder it is unpacked to"));
  if (parts.empty() && type == Type::folder) return std::optional<ArchiveEntry>();
  if (parts.empty()) return Unexpected(refused(path, "has no name"));
  ArchiveEntry entry{join(parts), type, 0, std::string(target)};
  if (type == Type::hard_link && !is_absolute(target)) entry.target = join(parts_of(target));
  const bool fits = std::ranges::all_of(parts, [](std::string_view part) { return part.size() <= longest_part; });
  if (!fits || entry.path.size() > longest_path) return Unexpected(refused(path, "has too long a name"));
  if (type != Type::symlink && (mode & set_ids)) return Unexpected(refused(path, "is set-uid or set-gid"));
  if (++count_ > limits_.max_entries)
    return Unexpected(
        Error{Code::unpack_failed, fmt::format("it holds more than {} entries", limits_.max_entries), ""});
  if (const auto fine = look_at_link(entry); !fine) return Unexpected(fine.error());
  if (const auto fine = look_at_place(entry); !fine) return Unexpected(fine.error());
  return std::optional(std::move(entry));
}

// What is above an entry is a folder of the archive's own, never a link: so no write goes through one.
Result<void> EntryCheck::look_at_place(const ArchiveEntry& entry) {
  for (auto end = entry.path.find('/'); end != std::string::npos; end = entry.path.find('/', end + 1)) {
    const auto [above, is_new] = seen_.emplace(entry.path.substr(0, end), Type::folder);
    if (!is_new && above->second != Type::folder)
      return Unexpected(refused(entry.path, fmt::format("stands below a {}", name_of(above->second))));
  }
  const auto [place, is_new] = seen_.emplace(entry.path, entry.type);
  if (!is_new && (entry.type != Type::folder || place->second != Type::folder))
    return Unexpected(refused(entry.path, "stands there twice"));
  return {};
}

// A link may climb only at its beginning: `a/..` is not where it seems to be when `a` is a link itself. As all folders
// above it are real, its target then lies in the tree, and so does what that leads to.
Result<void> EntryCheck::look_at_link(const ArchiveEntry& entry) {
  if (entry.type == Type::hard_link) {
    const auto known = is_absolute(entry.target) ? seen_.end() : seen_.find(entry.target);
    if (known == seen_.end() || known->second == Type::folder || known->second == Type::symlink)
      return Unexpected(refused(entry.path, "is a hard link to what is no file before it"));
  }
  if (entry.type != Type::symlink) return {};
  if (is_absolute(entry.target)) return Unexpected(refused(entry.path, "is a link to an absolute path"));
  const auto parts = parts_of(entry.target);
  const auto rest = std::ranges::find_if(parts, [](std::string_view part) { return part != ".."; });
  const auto depth = std::ranges::count(entry.path, '/');
  if (parts.empty() && entry.target.empty()) return Unexpected(refused(entry.path, "is a link to nothing"));
  if (rest - parts.begin() > depth || std::find(rest, parts.end(), "..") != parts.end())
    return Unexpected(refused(entry.path, "is a link out of the tree"));
  return {};
}

}  // namespace cef::models
