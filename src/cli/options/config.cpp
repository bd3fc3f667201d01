#include "config.hpp"

#include "options.hpp"

#include <cef/core/file.hpp>
#include <cef/core/suggest.hpp>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <set>

namespace cef::cli {

namespace {

Unexpected<Error> invalid(const std::filesystem::path& file, const YAML::Mark& mark, std::string_view what) {
  return Unexpected(Error{Code::invalid_config,
                          fmt::format("{}:{}:{}: {}", file.string(), mark.line + 1, mark.column + 1, what), ""});
}

Result<Config> read_config(const std::filesystem::path& file, Config config) {
  std::error_code failed;
  const auto status = std::filesystem::status(file, failed);
  if (status.type() == std::filesystem::file_type::not_found) return config;
  if (std::filesystem::is_fifo(status))  // nobody may ever write to it
    return Unexpected(Error{Code::invalid_config, fmt::format("{} is not read: it is a pipe", file.string()), ""});
  const auto text = read_file(file);
  if (!text) return Unexpected(Error{Code::invalid_config, text.error().message, ""});
  // Whoever writes it says which programs run and whom one logs in as.
  if (const std::string why = writers_of(file); !why.empty())
    return Unexpected(Error{Code::invalid_config, fmt::format("{} is not read: {}", file.string(), why), ""});
  return parse_config(*text, file, std::move(config));
}

}  // namespace

Result<Config> parse_config(const std::string& text, const std::filesystem::path& file, Config config) {
  std::vector<std::string> known;
  for (const Param& spec : option_specs())
    if (spec.group != group_typed) known.emplace_back(spec.name);
  try {
    const YAML::Node root = YAML::Load(text);
    if (root.IsNull()) return config;
    if (!root.IsMap()) return invalid(file, root.Mark(), "expected `option: value` lines");
    std::set<std::string> seen;
    for (const auto& pair : root) {
      std::string name = pair.first.as<std::string>();
      std::replace(name.begin(), name.end(), '_', '-');
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        const auto near = nearest(name, known);
        return invalid(file, pair.first.Mark(),
                       near ? fmt::format("unknown option '{}': did you mean '{}'?", name, *near)
                            : fmt::format("unknown option '{}'", name));
      }
      if (!seen.insert(name).second)
        return invalid(file, pair.first.Mark(), fmt::format("option '{}' stands here twice", name));
      ConfigEntry entry{{}, fmt::format("{}:{}", file.string(), pair.first.Mark().line + 1)};
      if (pair.second.IsScalar()) {
        entry.values.push_back(pair.second.as<std::string>());
      } else if (pair.second.IsSequence()) {
        for (const auto& item : pair.second) entry.values.push_back(item.as<std::string>());
      } else {
        return invalid(file, pair.second.Mark(), fmt::format("option '{}' takes a value or a list of values", name));
      }
      config[name] = std::move(entry);
    }
  } catch (const YAML::Exception& error) {
    return invalid(file, error.mark, error.msg);
  }
  return config;
}

std::filesystem::path config_folder() {
  const char* base = std::getenv("XDG_CONFIG_HOME");
  return (base && *base ? std::filesystem::path(base) : expand_user("~/.config")) / "cef";
}

Result<Config> load_config() {
  auto config = read_config("/etc/cef/config.yml", {});
  if (!config) return config;
  return read_config(config_folder() / "config.yml", std::move(*config));
}

}  // namespace cef::cli
