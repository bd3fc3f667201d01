#include "select.hpp"

#include "app.hpp"
#include "console/secrets.hpp"
#include "options/config.hpp"

#include <cef/core/file.hpp>
#include <cef/inventory/load.hpp>
#include <cef/inventory/selector.hpp>

#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <sstream>

namespace cef::cli {

namespace {

// Command line and environment over the host's variables over config file and default.
template <class T>
T layered(bool forced, const std::optional<T>& option, const std::optional<T>& host, T otherwise) {
  if (forced && option) return *option;
  if (host) return *host;
  return option.value_or(std::move(otherwise));
}

// Hosts that share a link: those of one `site`, or else of one address, behind the same jump hosts.
std::string site_of(const inventory::Settings& own, const transport::Target& target) {
  if (own.site) return "site " + *own.site;
  std::string site;
  for (const transport::Target& jump : target.jumps) site += fmt::format("{}:{} ", jump.address, jump.port);
  return site + target.address;
}

}  // namespace

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
  for (const auto& diagnostic : loaded->warnings) warn(show(diagnostic));
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
                                           const Options& options, Milliseconds default_timeout, const Warn& warn) {
  const auto timeout = options.duration("timeout");
  if (!timeout) return Unexpected(timeout.error());
  auto targets = Targets::make(inventory, options, warn);
  if (!targets) return Unexpected(targets.error());
  const std::optional<std::string> become_user = options.text("become-user");
  const auto password = secret_from(options, "ask-pass", "connection-password-file", "SSH password: ", warn);
  if (!password) return Unexpected(password.error());
  if (*password)
    targets->set_password(**password, options.is_forced("ask-pass") || options.is_forced("connection-password-file"));

  std::vector<runner::Job> jobs;
  jobs.reserve(hosts.size());
  for (const std::size_t index : hosts) {
    const inventory::Host& host = inventory.hosts()[index];
    const inventory::Settings& own = host.settings;
    auto way = targets->to(host);
    if (!way) return Unexpected(way.error());
    runner::Job job;
    job.host = host.name;
    job.groups = host.groups;
    job.local = own.local;
    job.target = std::move(way->target);
    job.site = site_of(own, job.target);
    job.connect_timeout = way->connect_timeout;
    job.timeout = timeout->value_or(default_timeout);
    job.become_user = layered(options.is_forced("become-user"), become_user, own.become_user, std::string("root"));
    if (options.is_forced("become") ? options.flag("become") : own.become.value_or(options.flag("become")))
      job.become = job.become_user;
    jobs.push_back(std::move(job));
  }
  return jobs;
}

}  // namespace cef::cli
