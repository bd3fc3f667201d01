// The user's and the machine's config.yml: option names and their values.
#pragma once

#include <cef/core/result.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace cef::cli {

struct ConfigEntry {
  std::vector<std::string> values;
  std::string where;  // file:line
};
using Config = std::map<std::string, ConfigEntry, std::less<>>;

/// $XDG_CONFIG_HOME/cef/config.yml over /etc/cef/config.yml; files that are not there are empty.
/// Errors: invalid_config, with file and line: not a mapping, an unknown key (with the nearest), a nested value.
Result<Config> load_config();

/// `config` with what `text` says laid over it. `file` is named in messages.
Result<Config> parse_config(const std::string& text, const std::filesystem::path& file, Config config);

/// $XDG_CONFIG_HOME/cef, or ~/.config/cef.
std::filesystem::path config_folder();

}  // namespace cef::cli
