#include "select.hpp"

#include "app.hpp"
#include "options/config.hpp"

#include <cef/core/file.hpp>
#include <cef/core/secret.hpp>
#include <cef/inventory/load.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <optional>
#include <sstream>
#include <unistd.h>

namespace cef::cli {

std::vector<std::filesystem::path> inventory_sources(const Options& options) {
  std::vector<std::filesystem::path> paths;
  if (const auto* setting = options.find("inventory")) {
    for (const std::string& value : setting->values) {
      std::istringstream parts(value);
      // Several in one variable are separated as in PATH.
      const char separator = setting->source == Options::Source::environment ? ':' : '\0';
      for (std::string part; std::getline(parts, part, separator);)
        if (!part.empty()) paths.push_back(expand_user(part));
    }
    return paths;
  }
  for (const auto& folder : {std::filesystem::path("inventory"), config_folder() / "inventory",
                             std::filesystem::path("/etc/cef/inventory")}) {
    std::error_code ignored;
    if (std::filesystem::exists(folder, ignored)) return {folder};
  }
  return {};
}

Result<inventory::Inventory> load_inventory(const Options& options, const Warn& warn) {
  const auto paths = inventory_sources(options);
  if (paths.empty())
    return Unexpected(Error{Code::invalid_inventory, "there is no inventory",
                            "name one with -i or CEF_INVENTORY, or put files into ./inventory/"});
  auto loaded = inventory::load(paths);
  if (!loaded) {
    std::string all;
    for (const auto& diagnostic : loaded.error()) all += (all.empty() ? "" : "\n") + show(diagnostic);
    return Unexpected(Error{Code::invalid_inventory, std::move(all), ""});
  }
  for (const auto& host : loaded->inventory.hosts()) keep_visible(host.name);
  for (const auto& group : loaded->inventory.groups()) keep_visible(group.name);
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
