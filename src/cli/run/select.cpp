#include "select.hpp"

#include "app.hpp"
#include "options/config.hpp"

#include <cef/core/file.hpp>
#include <cef/inventory/load.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <optional>
#include <unistd.h>

namespace cef::cli {

namespace {

// Several in one variable are separated as in PATH; a colon in brackets is a range's, and one in a list of hosts
// (`n1:2222,n2`) a port's.
std::vector<std::string> split_paths(const std::string& value) {
  const bool is_list = value.find(',') != std::string::npos && value.find('/') == std::string::npos;
  if (is_list) return {value};
  std::vector<std::string> parts{""};
  bool inside = false;
  for (const char c : value) {
    if (c == '[') inside = true;
    if (c == ']') inside = false;
    if (c == ':' && !inside)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

// The first entry of the folder that somebody else could have written, and why; empty when there is none. What it links
// to lies elsewhere, and is looked at by itself.
std::string foreign_part(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  if (const std::string why = writers_of(folder); !why.empty()) return fmt::format("{}: {}", folder.string(), why);
  std::error_code failed;
  for (fs::recursive_directory_iterator entry(folder, fs::directory_options::follow_directory_symlink, failed), end;
       !failed && entry != end; entry.increment(failed)) {
    if (entry.depth() > 20) return fmt::format("{}: folders in one another too deeply", folder.string());
    std::error_code gone;
    if (!fs::exists(entry->path(), gone)) continue;  // a dangling link is told when it is read
    if (const std::string why = writers_of(entry->path()); !why.empty())
      return fmt::format("{}: {}", entry->path().string(), why);
  }
  return failed ? fmt::format("{}: {}", folder.string(), failed.message()) : "";
}

}  // namespace

Sources inventory_sources(const Options& options, const Warn& warn) {
  Sources sources;
  if (const auto* setting = options.find("inventory")) {
    for (const std::string& value : setting->values)
      for (const std::string& part :
           setting->source == Options::Source::environment ? split_paths(value) : std::vector{value})
        if (!part.empty()) sources.paths.push_back(expand_user(part));
    return sources;
  }
  std::error_code ignored;
  if (const std::filesystem::path here = "inventory"; std::filesystem::exists(here, ignored)) {
    const std::string foreign = foreign_part(here);
    if (foreign.empty()) return {{here}, true};
    warn(fmt::format("./inventory does not count: {}; it does with -i inventory", foreign));
  }
  for (const auto& folder : {config_folder() / "inventory", std::filesystem::path("/etc/cef/inventory")})
    if (std::filesystem::exists(folder, ignored)) return {{folder}, false};
  return {};
}

Result<inventory::Inventory> load_inventory(const Options& options, const Warn& warn, const inventory::Beside& beside) {
  return load_inventory(inventory_sources(options, warn), options, warn, beside);
}

Result<inventory::Inventory> load_inventory(const Sources& sources, const Options& options, const Warn& warn,
                                            const inventory::Beside& beside) {
  if (sources.paths.empty())
    return Unexpected(Error{Code::invalid_inventory, "there is no inventory",
                            "name one with -i or CEF_INVENTORY, or put files into ./inventory/"});
  using inventory::Programs;
  auto loaded = inventory::load(sources.paths, sources.implicit ? Programs::skip : Programs::run, beside);
  if (!loaded) {
    std::string all;
    for (const auto& diagnostic : loaded.error()) all += (all.empty() ? "" : "\n") + show(diagnostic);
    return Unexpected(Error{Code::invalid_inventory, std::move(all), ""});
  }
  if (sources.implicit && !options.flag("quiet")) note("the inventory is ./inventory");
  for (const auto& diagnostic : loaded->warnings) warn(show(diagnostic));
  return std::move(loaded->inventory);
}

inventory::ReadInput standard_input() {
  return [input = std::optional<std::string>()]() mutable -> Result<std::string> {
    if (input) return *input;
    std::string text;
    for (char part[65536];;) {
      const ssize_t n = ::read(STDIN_FILENO, part, sizeof part);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      text.append(part, static_cast<std::size_t>(n));
      if (text.size() > longest_file)
        return Unexpected(
            Error{Code::usage, fmt::format("standard input is longer than {} MiB", longest_file >> 20U), ""});
    }
    return input.emplace(std::move(text));
  };
}

Result<std::vector<std::size_t>> select_hosts(const inventory::Inventory& inventory,
                                              const std::vector<std::string>& words, const Options& options) {
  const inventory::ReadInput read = standard_input();
  std::vector<inventory::Selector> selectors;
  for (const std::string& word : words) {
    if (!inventory::is_selector(word))
      return Unexpected(Error{Code::usage, fmt::format("'{}' is not a selector", word),
                              inventory.group(word)  ? fmt::format("write group={}", word)
                              : inventory.host(word) ? fmt::format("write host={}", word)
                                                     : "write group=, host= or tag=; a command comes after --"});
    auto selector = inventory::parse_selector(word, read);
    if (!selector) return Unexpected(selector.error());
    selectors.push_back(std::move(*selector));
  }
  return inventory::select(inventory, selectors, options.values("limit"));
}

}  // namespace cef::cli
