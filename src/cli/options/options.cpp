#include "options.hpp"

#include "config.hpp"

#include <cef/inventory/load.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <filesystem>

namespace cef::cli {

namespace {

using Kind = Param::Kind;

const Param& spec_of(std::string_view name) { return *std::ranges::find(option_specs(), name, &Param::name); }

std::string variable_of(std::string_view name) {
  std::string variable = "CEF_";
  for (const char c : name) variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return variable;
}

bool is_on(std::string_view text) { return text == "1" || text == "true" || text == "yes" || text == "on"; }

bool is_off(std::string_view text) {
  return text.empty() || text == "0" || text == "false" || text == "no" || text == "off";
}

}  // namespace

void Options::declare(CLI::App& app, std::span<const Param> own) {
  for (const Param& spec : option_specs()) {
    std::string names = fmt::format("--{}", spec.name);
    if (!spec.shorthand.empty() && std::ranges::find(own, spec.shorthand, &Param::shorthand) == own.end())
      names = fmt::format("-{},{}", spec.shorthand, names);
    auto& values = given_[std::string(spec.name)];
    if (!spec.has_value())
      app.add_flag_callback(names, [&values] { values.emplace_back("yes"); })->trigger_on_parse();
    else
      app.add_option_function<std::string>(names, [&values](const std::string& text) { values.push_back(text); })
          ->trigger_on_parse()
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
          ->allow_extra_args(false);
  }
}

Result<void> Options::complete(Groups groups) {
  const auto config = load_config();
  if (!config) return Unexpected(config.error());
  settings_.clear();
  for (const Param& spec : option_specs()) {
    if ((groups & bit(static_cast<Group>(spec.group))) == 0) continue;
    const std::string name(spec.name), variable = variable_of(spec.name);
    if (auto& given = given_[name]; !given.empty()) {
      if (spec.has_value() && !spec.is_several()) given = {given.back()};
      settings_[name] = {given, Source::command_line, fmt::format("--{}", name)};
    } else if (const auto former = repeated_.find(name); former != repeated_.end()) {
      settings_[name] = former->second;
    } else if (const char* value = spec.group == group_typed ? nullptr : std::getenv(variable.c_str())) {
      settings_[name] = {{value}, Source::environment, variable};
    } else if (const auto entry = config->find(name); entry != config->end()) {
      settings_[name] = {entry->second.values, Source::config, fmt::format("{} in {}", name, entry->second.where)};
    }
    const Setting* setting = find(name);
    if (setting && spec.kind == Kind::flag && !is_off(setting->values.back()) && !is_on(setting->values.back()))
      return Unexpected(
          Error{Code::usage, fmt::format("{}: '{}' is neither yes nor no", setting->name, setting->values.back()), ""});
    if (setting && spec.never_empty && std::ranges::count(setting->values, std::string()))
      return Unexpected(
          Error{Code::usage, fmt::format("{}: it is empty", setting->name), "leave it out for the default"});
  }
  return {};
}

void Options::resolve_paths() {
  for (const Param& spec : option_specs()) {
    if (!spec.is_path()) continue;
    for (std::string& path : given_[std::string(spec.name)])
      if (!path.starts_with('~') && path != "none" && !inventory::is_host_list(path))
        path = std::filesystem::absolute(path).string();
  }
}

bool Options::is_typed(std::string_view name) const {
  const auto found = given_.find(name);
  return found != given_.end() && !found->second.empty();
}

const Options::Setting* Options::find(std::string_view name) const {
  const auto found = settings_.find(name);
  return found == settings_.end() ? nullptr : &found->second;
}

bool Options::is_forced(std::string_view name) const {
  const Setting* setting = find(name);
  return setting && setting->source != Source::config;
}

bool Options::flag(std::string_view name) const {
  const Setting* setting = find(name);
  return setting && !setting->values.empty() && !is_off(setting->values.back());
}

int Options::count(std::string_view name) const {
  const Setting* setting = find(name);
  if (!setting) return 0;
  if (setting->source == Source::command_line) return static_cast<int>(setting->values.size());
  const std::string& text = setting->values.front();
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && *end == '\0') return value;
  return is_off(text) ? 0 : 1;
}

std::optional<std::string> Options::text(std::string_view name) const {
  const Setting* setting = find(name);
  if (!setting || setting->values.empty()) return std::nullopt;
  return setting->values.back();
}

std::vector<std::string> Options::values(std::string_view name) const {
  const Setting* setting = find(name);
  return setting ? setting->values : std::vector<std::string>();
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (comma > 0) items.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

std::vector<std::string> Options::list(std::string_view name) const {
  std::vector<std::string> items;
  for (const std::string& value : values(name))
    for (std::string& item : split_list(value)) items.push_back(std::move(item));
  return items;
}

Result<std::optional<std::int64_t>> Options::number(std::string_view name) const {
  const auto value = text(name);
  if (!value) return std::optional<std::int64_t>();
  const auto number = read_number(spec_of(name), find(name)->name, *value);
  if (!number) return Unexpected(number.error());
  return std::optional(*number);
}

Result<std::optional<Milliseconds>> Options::duration(std::string_view name) const {
  const auto value = text(name);
  if (!value) return std::optional<Milliseconds>();
  const auto duration = read_duration(spec_of(name), find(name)->name, *value);
  if (!duration) return Unexpected(duration.error());
  return std::optional(*duration);
}

}  // namespace cef::cli
