#include "explain.hpp"

#include <cef/render/render.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

namespace cef::cli {

namespace {

using inventory::Host;
using inventory::SshSettings;

constexpr auto masked = "********";

// A setting, the option that may force it, and the keyword of ssh's configuration for the same.
struct Row {
  std::string_view setting, option, keyword;
  bool ssh_first = false;  // ssh has another name for the address that the variables give
};
constexpr Row setting_rows[] = {{"address", "", "hostname", true},
                                {"port", "", "port"},
                                {"user", "user", "user"},
                                {"key_file", "key-file", "identityfile"},
                                {"identities_only", "", "identitiesonly"},
                                {"password", "", ""},
                                {"jump", "", "proxyjump"},
                                {"ssh_config", "", ""},
                                {"host_key", "host-key", "stricthostkeychecking"},
                                {"known_hosts", "known-hosts", "userknownhostsfile"},
                                {"host_key_alias", "", "hostkeyalias"},
                                {"certificate", "", "certificatefile"},
                                {"agent", "", "identityagent"},
                                {"connect_timeout", "connect-timeout", "connecttimeout"},
                                {"become", "become", ""},
                                {"become_user", "become-user", ""},
                                {"become_password", "", ""},
                                {"local", "", ""},
                                {"site", "", ""},
                                {"forks", "", ""},
                                {"assert", "", ""}};

Value value_of(std::string_view setting, const Host& host, const fleet::Targets::Route& route,
               const fleet::Login& login) {
  const transport::Target& target = route.target;
  const inventory::Settings& own = host.settings;
  if (setting == "address") return target.address;
  if (setting == "port") return target.port;
  if (setting == "user") return target.user;
  if (setting == "key_file") return target.key_files;
  if (setting == "identities_only") return target.identities_only;
  if (setting == "password") return masked;
  if (setting == "become_password") return masked;
  if (setting == "host_key") return name_of(target.host_key);
  if (setting == "known_hosts") return target.known_hosts;
  if (setting == "host_key_alias") return target.host_key_alias;
  if (setting == "certificate") return target.certificates;
  if (setting == "agent") return target.agent ? Value(*target.agent) : Value(nullptr);
  if (setting == "connect_timeout") return show_duration(route.connect_timeout);
  if (setting == "become") return login.become.over(own.become).value_or(false);
  if (setting == "become_user") return login.become_user.over(own.become_user).value_or("root");
  if (setting == "local") return own.local;
  if (setting == "site") return own.site ? Value(*own.site) : Value(nullptr);
  if (setting == "forks") return own.forks ? Value(*own.forks) : Value(nullptr);
  if (setting == "assert") return own.assertions;
  if (setting == "ssh_config") return own.ssh_config ? Value(*own.ssh_config) : Value(nullptr);
  return way_to(target);
}

// As short as it is still found from here; with the variable that it is, where it is not called as the setting.
std::string place_of(const inventory::Origin& origin) {
  std::error_code ignored;
  const auto near =
      std::filesystem::path(*origin.file).lexically_proximate(std::filesystem::current_path(ignored)).string();
  const std::string& file = near.starts_with("..") ? *origin.file : near;
  const std::string variable = origin.variable == origin.setting ? "" : fmt::format("{}, ", origin.variable);
  return origin.line ? fmt::format("{}{}:{}", variable, file, origin.line) : variable + file;
}

// Nothing for a setting that nobody has said anything of, and that has no default worth a line.
std::optional<std::string> source_of(const Row& row, const Host& host, const SshSettings& ssh, const Options& options) {
  const auto* option = row.option.empty() ? nullptr : options.find(row.option);
  const auto origin = std::ranges::find(host.origins, row.setting, &inventory::Origin::setting);
  const auto line = ssh.places.find(row.keyword);
  const bool by_ssh = !row.keyword.empty() && line != ssh.places.end();
  if (option && options.is_forced(row.option)) return option->name;
  if (by_ssh && row.ssh_first) return line->second;
  if (origin != host.origins.end()) return place_of(*origin);
  if (by_ssh) return line->second;
  if (option) return option->name;
  if (row.setting == "address") return "the host's name";
  for (const char* always : {"port", "user", "key_file", "host_key", "known_hosts", "connect_timeout"})
    if (row.setting == always) return "default";
  return std::nullopt;
}

}  // namespace

std::string way_to(const transport::Target& target) {
  const transport::Target& first = target.jumps.empty() ? target : target.jumps.front();
  std::string way = first.proxy_command ? fmt::format("({})", *first.proxy_command) : "";
  for (const transport::Target& hop : target.jumps) way += (way.empty() ? "" : ",") + hop.name;
  return way;
}

Value explain(const Host& host, fleet::Targets& targets, const fleet::Login& login, const Options& options) {
  Value list = Value::array();
  const auto add = [&list](std::string_view setting, Value value, std::string from) {
    list.push_back({{"setting", setting}, {"value", std::move(value)}, {"from", std::move(from)}});
  };
  const auto route = targets.to(host);
  const auto said = host.settings.local ? Result<SshSettings>(SshSettings()) : targets.ssh_of(host.settings);
  const SshSettings ssh = said.value_or(SshSettings());
  if (route)
    for (const Row& row : setting_rows)
      if (const auto from = source_of(row, host, ssh, options))
        add(row.setting, value_of(row.setting, host, *route, login), *from);
  for (const inventory::Unusable& one : host.settings.unusable) add(one.setting, nullptr, one.why);
  if (!route && host.settings.unusable.empty()) add("login", nullptr, route.error().message);
  for (const std::string_view word : inventory::plain_words()) {
    if (!host.vars.contains(word) || word == "tags") continue;
    const bool counts = std::ranges::find(host.origins, word, &inventory::Origin::variable) != host.origins.end();
    if (counts) continue;
    const bool is_secret = word == "password" || word == "become_password";
    const Value& value = host.vars[std::string(word)];
    add(word, is_secret ? Value(masked) : value, fmt::format("not used: cef's own name is cef_{}", word));
  }
  return list;
}

std::string show_sources(const Value& settings) {
  std::string line;
  for (const Value& setting : settings) {
    const std::string from = setting.value("from", "");
    const Value& value = setting.at("value");
    if (from == "default" || from == "the host's name" || from.starts_with("not used") || value.is_null()) continue;
    line += fmt::format("{}{} {} ({})", line.empty() ? "" : ", ", setting.value("setting", ""),
                        render::show(value, Unit::none), from);
  }
  return line;
}

Columns explain_columns() {
  return {{"host", "host", Unit::none, Align::left, "name in the inventory"},
          {"setting", "data.settings.*.setting", Unit::none, Align::left, "what is set"},
          {"value", "data.settings.*.value", Unit::none, Align::left, "what it is"},
          {"from", "data.settings.*.from", Unit::none, Align::left, "who says so"}};
}

}  // namespace cef::cli
