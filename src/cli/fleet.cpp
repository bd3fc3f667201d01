#include "fleet.hpp"

#include "app.hpp"
#include "config.hpp"
#include "secrets.hpp"

#include <cef/core/file.hpp>
#include <cef/inventory/load.hpp>
#include <cef/inventory/selector.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <iterator>
#include <pwd.h>
#include <sstream>
#include <unistd.h>

namespace cef::cli {

namespace {

std::vector<std::filesystem::path> sources(const Options& options) {
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

// Command line and environment over the host's variables over config file and default.
template <class T>
T layered(bool forced, const std::optional<T>& option, const std::optional<T>& host, T otherwise) {
  if (forced && option) return *option;
  if (host) return *host;
  return option.value_or(std::move(otherwise));
}

std::vector<std::string> layered_files(const Options& options, std::string_view name,
                                       const std::vector<std::string>& host, std::vector<std::string> otherwise) {
  std::vector<std::string> files = options.values(name);
  if (!options.is_forced(name) && !host.empty()) files = host;
  if (files.empty()) files = std::move(otherwise);
  for (std::string& file : files) file = expand_user(file).string();
  return files;
}

}  // namespace

std::string current_user() {
  if (const passwd* entry = ::getpwuid(::geteuid())) return entry->pw_name;
  const char* name = std::getenv("USER");
  return name && *name ? name : "root";
}

Result<inventory::Inventory> load_inventory(const Options& options, const Warn& warn) {
  const auto paths = sources(options);
  if (paths.empty())
    return Unexpected(Error{Code::invalid_inventory, "there is no inventory",
                            "name one with -i or CEF_INVENTORY, or put files into ./inventory/"});
  auto loaded = inventory::load(paths);
  if (!loaded) {
    std::string all;
    for (const auto& diagnostic : loaded.error()) all += (all.empty() ? "" : "\n") + inventory::show(diagnostic);
    return Unexpected(Error{Code::invalid_inventory, std::move(all), ""});
  }
  for (const auto& diagnostic : loaded->warnings) warn(inventory::show(diagnostic));
  return std::move(loaded->inventory);
}

Result<std::vector<std::size_t>> select_hosts(const inventory::Inventory& inventory,
                                              const std::vector<std::string>& words, const Options& options) {
  std::optional<std::string> input;  // read once, however often it is named
  const inventory::ReadInput read = [&input]() -> Result<std::string> {
    if (!input) input.emplace(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
    return *input;
  };
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

Result<std::vector<runner::Job>> make_jobs(const inventory::Inventory& inventory, const std::vector<std::size_t>& hosts,
                                           const Options& options, Milliseconds default_timeout) {
  const auto connect_timeout = options.duration("connect-timeout");
  if (!connect_timeout) return Unexpected(connect_timeout.error());
  const auto timeout = options.duration("timeout");
  if (!timeout) return Unexpected(timeout.error());
  const auto keepalive = options.duration("keepalive");
  if (!keepalive) return Unexpected(keepalive.error());
  std::optional<HostKeyPolicy> policy;
  if (const auto text = options.text("host-key")) {
    policy = host_key_policy_from(*text);
    if (!policy)
      return Unexpected(Error{
          Code::usage,
          fmt::format("{}: '{}' is not ask, accept-new, strict or off", options.find("host-key")->name, *text), ""});
  }
  const std::optional<std::string> user = options.text("user");
  const std::optional<std::string> become_user = options.text("become-user");
  const std::string self = current_user();
  const auto password = secret_from(options, "ask-pass", "connection-password-file", "SSH password: ", warn);
  if (!password) return Unexpected(password.error());
  const bool password_forced = options.is_forced("ask-pass") || options.is_forced("connection-password-file");

  std::vector<runner::Job> jobs;
  jobs.reserve(hosts.size());
  for (const std::size_t index : hosts) {
    const inventory::Host& host = inventory.hosts()[index];
    const inventory::Settings& own = host.settings;
    runner::Job job;
    job.host = host.name;
    job.groups = host.groups;
    job.local = own.local;
    job.target.name = host.name;
    job.target.address = own.address;
    job.target.port = own.port.value_or(22);
    job.target.user = layered(options.is_forced("user"), user, own.user, self);
    job.target.key_files = layered_files(options, "key-file", own.key_files, {});
    job.target.known_hosts =
        layered_files(options, "known-hosts", own.known_hosts, {"~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts"});
    job.target.host_key = layered(options.is_forced("host-key"), policy, own.host_key, HostKeyPolicy::ask);
    job.target.keepalive = keepalive->value_or(transport::default_keepalive);
    job.target.identities_only = own.identities_only.value_or(false);
    if (!own.local && (*password || own.password))
      job.target.password = (*password && password_forced) || !own.password ? **password : Secret(*own.password);
    job.connect_timeout =
        layered(options.is_forced("connect-timeout"), *connect_timeout, own.connect_timeout, Milliseconds(10'000));
    job.timeout = timeout->value_or(default_timeout);
    if (options.is_forced("become") ? options.flag("become") : own.become.value_or(options.flag("become")))
      job.become = layered(options.is_forced("become-user"), become_user, own.become_user, std::string("root"));
    if (own.jump && !own.jump->empty() && !own.local)
      job.refused = Error{Code::jump_failed,
                          fmt::format("it is behind {}, and this version cannot pass through another host", *own.jump),
                          "give it an address that this machine can reach"};
    jobs.push_back(std::move(job));
  }
  return jobs;
}

}  // namespace cef::cli
