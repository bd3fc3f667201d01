#include "config.hpp"

#include "options.hpp"

#include <cef/core/file.hpp>
#include <cef/core/suggest.hpp>
#include <cef/yaml/yaml.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <span>

namespace cef::cli {

namespace {

Unexpected<Error> invalid(const std::vector<Diagnostic>& problems) {
  std::string text;
  for (const Diagnostic& problem : problems) text += (text.empty() ? "" : "\n") + show(problem);
  return Unexpected(Error{Code::invalid_config, std::move(text), ""});
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
  yaml::Problems problems;
  const auto document = yaml::parse(text, file.string(), problems);
  if (!document) return invalid(problems.errors());
  const yaml::Node* root = document->root;
  const auto is_nothing = [](const yaml::Node& node) {
    return node.kind == yaml::Node::Kind::scalar && node.plain && yaml::plain_scalar(node.text).is_null();
  };
  if (!root || is_nothing(*root)) return config;
  if (root->kind != yaml::Node::Kind::map) {
    problems.error(root->place, fmt::format("expected `option: value` lines, not {}", yaml::describe(*root)));
    return invalid(problems.errors());
  }
  if (!problems.warnings().empty()) return invalid(problems.warnings());  // what stands twice
  for (const auto& [key, value] : root->entries) {
    std::string name = yaml::key_text(*key);
    std::replace(name.begin(), name.end(), '_', '-');
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const auto near = nearest(name, known);
      problems.error(key->place, near ? fmt::format("unknown option '{}': did you mean '{}'?", name, *near)
                                      : fmt::format("unknown option '{}'", name));
      continue;
    }
    ConfigEntry entry{{}, fmt::format("{}:{}", file.string(), key->place.line)};
    const std::span<const yaml::Node* const> values =
        value->kind == yaml::Node::Kind::list ? std::span(value->items) : std::span(&value, 1);
    for (const yaml::Node* each : values) {
      if (each->kind == yaml::Node::Kind::scalar && !is_nothing(*each))
        entry.values.push_back(each->text);
      else
        problems.error(is_nothing(*each) ? key->place : each->place,
                       fmt::format("option '{}' takes a value or a list of values", name));
    }
    config[name] = std::move(entry);
  }
  if (!problems.errors().empty()) return invalid(problems.errors());
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
