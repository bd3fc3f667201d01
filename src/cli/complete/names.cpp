#include "complete.hpp"
#include "run/select.hpp"

#include <cef/core/file.hpp>
#include <cef/inventory/host_set.hpp>
#include <cef/inventory/names.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <optional>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace cef::cli::complete {

namespace names_parts {
namespace {

namespace fs = std::filesystem;

// Nobody gains by two that are the same, and a cryptographic one would be a good part of a Tab's time.
std::string hash_of(const std::string& text) { return fmt::format("{:016x}", std::hash<std::string>{}(text)); }

void stamp_file(const fs::path& file, std::string& stamp) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return;
  stamp += fmt::format("{} {} {}.{} {}\n", file.string(), static_cast<std::uint64_t>(found.st_ino),
                       found.st_mtim.tv_sec, found.st_mtim.tv_nsec, found.st_size);
}

void stamp_folder(const fs::path& folder, std::string& stamp) {
  std::error_code failed;
  for (fs::recursive_directory_iterator entry(folder, fs::directory_options::follow_directory_symlink, failed), end;
       !failed && entry != end; entry.increment(failed)) {
    if (entry.depth() > 20) return;
    stamp_file(entry->path(), stamp);
  }
}

// Of every file that the names may come from: other bytes give another stamp.
std::string stamp_of(const std::vector<fs::path>& sources) {
  std::string stamp = "cef " CEF_VERSION "\n";
  std::error_code ignored;
  for (const fs::path& source : sources) {
    const fs::path whole = fs::absolute(source, ignored);
    stamp += whole.string() + '\n';
    if (fs::is_directory(whole, ignored)) {
      stamp_folder(whole, stamp);
      continue;
    }
    stamp_file(whole, stamp);
    for (const char* beside : {"group_vars", "host_vars"}) stamp_folder(whole.parent_path() / beside, stamp);
  }
  return hash_of(stamp);
}

fs::path cache_file(const std::vector<fs::path>& sources) {
  const char* base = std::getenv("XDG_CACHE_HOME");
  const fs::path folder = base && *base ? fs::path(base) : expand_user("~/.cache");
  std::string all;
  std::error_code ignored;
  for (const fs::path& source : sources) all += fs::absolute(source, ignored).string() + '\n';
  return folder / "cef" / ("names-" + hash_of(all));
}

// Lists of lines, an empty one after each; a name has none of these signs.
std::string written(const std::string& stamp, const Names& names) {
  std::string text = stamp + '\n';
  for (const auto* list : {&names.groups, &names.hosts, &names.tags, &names.sets}) {
    for (const std::string& name : *list) text += name + '\n';
    text += '\n';
  }
  return text;
}

std::optional<Names> read(std::string_view text, const std::string& stamp) {
  if (!text.starts_with(stamp + '\n')) return std::nullopt;
  text.remove_prefix(stamp.size() + 1);
  Names names;
  for (auto* list : {&names.groups, &names.hosts, &names.tags, &names.sets})
    for (;;) {
      const auto end = text.find('\n');
      if (end == std::string_view::npos) return std::nullopt;
      const std::string_view name = text.substr(0, end);
      text.remove_prefix(end + 1);
      if (name.empty()) break;
      list->emplace_back(name);
    }
  return names;
}

// Aside and renamed, so that nobody reads half of it; not synced, which takes as long as all else: what a power cut
// leaves is known by its stamp and its end.
void keep(const fs::path& file, const std::string& text) {
  const fs::path aside = file.string() + fmt::format(".{}", ::getpid());
  std::error_code failed;
  if (std::ofstream out(aside); !(out << text).flush()) {
    fs::remove(aside, failed);
    return;
  }
  fs::rename(aside, file, failed);
}

Names gather(inventory::NameList inventory) {
  Names names;
  names.hosts = std::move(inventory.hosts);
  names.tags = std::move(inventory.tags);
  std::set<std::string> sets;
  for (const inventory::NameList::Group& group : inventory.groups) {
    if (group.hosts.empty() && group.name != "all") continue;
    names.groups.push_back(group.name);
    if (group.name == "all") continue;
    std::string set = inventory::fold(group.hosts);
    if (set.find('[') != std::string::npos && set.find(',') > set.find('[') && sets.insert(set).second)
      names.sets.push_back(std::move(set));
  }
  return names;
}

}  // namespace
}  // namespace names_parts

Names names_of(const Options& options) {
  using namespace names_parts;
  Sources sources = inventory_sources(options, [](std::string_view) {});
  // Of a pipe or a device nobody knows when it ends.
  std::erase_if(sources.paths, [](const fs::path& path) {
    std::error_code ignored;
    return !fs::is_regular_file(path, ignored) && !fs::is_directory(path, ignored);
  });
  if (sources.paths.empty()) return {};
  const std::string stamp = stamp_of(sources.paths);
  const fs::path cache = cache_file(sources.paths);
  if (const auto kept = read_file(cache))
    if (auto names = read(*kept, stamp)) return *std::move(names);
  auto loaded = inventory::load_names(sources.paths);
  if (!loaded) return {};
  Names names = gather(*std::move(loaded));
  // Without it the next call takes longer.
  if (make_private_folder(cache.parent_path())) keep(cache, written(stamp, names));
  return names;
}

}  // namespace cef::cli::complete
