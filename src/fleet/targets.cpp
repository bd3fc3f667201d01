#include <cef/core/file.hpp>
#include <cef/fleet/targets.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <pwd.h>
#include <unistd.h>

namespace cef::fleet {

namespace {

using inventory::SshConfig;
using inventory::SshSettings;
using transport::Target;

// The run's forced setting over the host's variables over ssh's configuration over the run's other settings and the
// default. ssh's configuration stands above those because it speaks of single hosts.
template <class T>
T layered(const Setting<T>& run, const std::optional<T>& own, const std::optional<T>& ssh, T otherwise) {
  if (run.forced && run.value) return *run.value;
  if (own) return *own;
  if (ssh) return *ssh;
  return run.value.value_or(std::move(otherwise));
}

// The same for files; an empty list says nothing.
std::vector<std::string> files(const Setting<std::vector<std::string>>& run, const std::vector<std::string>& own,
                               const std::vector<std::string>& ssh, std::vector<std::string> otherwise) {
  const auto said = [](const std::vector<std::string>& list) {
    return list.empty() ? std::nullopt : std::optional(list);
  };
  auto list = layered(run, said(own), said(ssh), std::move(otherwise));
  for (std::string& file : list) file = expand_user(file).string();
  return list;
}

Result<SshConfig, std::vector<Diagnostic>> load_config(const Login& login) {
  if (!login.ssh_config) return SshConfig::load();
  if (login.ssh_config->empty()) return SshConfig();
  return SshConfig::load(*login.ssh_config);
}

}  // namespace

std::string current_user() {
  if (const passwd* entry = ::getpwuid(::geteuid())) return entry->pw_name;
  const char* name = std::getenv("USER");
  return name && *name ? name : "root";
}

Result<Targets> Targets::make(const inventory::Inventory& inventory, const Login& login, Warn warn) {
  Targets targets(inventory, login, std::move(warn));
  auto config = load_config(login);
  if (!config) {
    std::vector<std::string> lines;
    for (const auto& diagnostic : config.error()) lines.push_back(show(diagnostic));
    return Unexpected(Error{Code::invalid_config, fmt::format("{}", fmt::join(lines, "\n")),
                            "mend it, or leave it out with --ssh-config none"});
  }
  targets.config_ = std::move(*config);
  for (const auto& diagnostic : targets.config_.warnings()) targets.warn_(show(diagnostic));
  return targets;
}

SshSettings Targets::ssh_of(const inventory::Settings& own) const {
  const bool typed = login_.user.forced && login_.user.value;
  return config_.of(own.address, typed ? login_.user.value : own.user);
}

// Why the host's variables say nothing that a login could go by, unless the run says it for all hosts.
std::optional<std::string> Targets::unusable(const inventory::Settings& own) {
  const auto forced = [](const auto& setting) { return setting.forced && setting.value.has_value(); };
  for (const inventory::Unusable& one : own.unusable) {
    const std::string_view setting = one.setting;
    if ((setting == "user" && forced(login_.user)) || (setting == "key_file" && forced(login_.key_files)) ||
        (setting == "known_hosts" && forced(login_.known_hosts)) ||
        (setting == "host_key" && forced(login_.host_key)) || (setting == "become" && forced(login_.become)) ||
        (setting == "become_user" && forced(login_.become_user)))
      continue;
    if (setting != "password" && setting != "become_password") return one.why;
    // Keys may do, or nobody asks for one.
    if (warned_.insert(one.why).second) warn_(fmt::format("{}: no password is taken from there", one.why));
  }
  return std::nullopt;
}

// All but the jump hosts.
Result<Targets::Route> Targets::resolve(const std::string& name, const inventory::Settings& own,
                                        SshSettings ssh) const {
  if (!ssh.wrong.empty())
    return Unexpected(Error{Code::invalid_config, ssh.wrong, "mend it, or leave it out with --ssh-config none"});
  Route route;
  Target& target = route.target;
  target.name = name;
  target.address = ssh.address.value_or(own.address);
  target.port = own.port.value_or(ssh.port.value_or(22));
  target.user = layered(login_.user, own.user, ssh.user, self_);
  target.host_key = layered(login_.host_key, own.host_key, ssh.host_key, HostKeyPolicy::ask);
  target.identities_only = own.identities_only.value_or(ssh.identities_only.value_or(false));
  target.keepalive = login_.keepalive;
  if (!own.local && own.password) target.password.emplace(*own.password);
  route.connect_timeout =
      layered(login_.connect_timeout, own.connect_timeout, ssh.connect_timeout, Milliseconds(10'000));

  const inventory::SshTokens tokens{target.address, own.address, target.port,
                                    target.user,    self_,       ssh.host_key_alias.value_or("")};
  const auto expand = [&tokens](std::vector<std::string>& paths) -> Result<void> {
    for (std::string& path : paths) {
      auto expanded = inventory::expand_tokens(path, tokens);
      if (!expanded) return Unexpected(expanded.error());
      path = std::move(*expanded);
    }
    return {};
  };
  const std::vector<std::string> user_file{"~/.ssh/known_hosts"}, global_file{"/etc/ssh/ssh_known_hosts"};
  std::vector<std::string> known;
  if (ssh.known_hosts || ssh.global_known_hosts) {
    known = ssh.known_hosts.value_or(user_file);
    if (known.empty()) known.emplace_back("/dev/null");  // the first one is for new keys
    for (const std::string& file : ssh.global_known_hosts.value_or(global_file)) known.push_back(file);
  }
  if (auto done = expand(known); !done) return Unexpected(done.error());
  if (auto done = expand(ssh.key_files); !done) return Unexpected(done.error());
  if (auto done = expand(ssh.certificates); !done) return Unexpected(done.error());
  if (ssh.agent) {
    auto socket = inventory::agent_socket(*ssh.agent, tokens);
    if (!socket) return Unexpected(socket.error());
    target.agent = std::move(*socket);
  }
  target.host_key_alias = ssh.host_key_alias.value_or("");
  target.certificates = std::move(ssh.certificates);
  // ssh says nothing of identity files that are not there, and many a configuration names some.
  const auto missing = [](const std::string& path) {
    std::error_code ignored;
    return !std::filesystem::exists(path, ignored);
  };
  if (!std::all_of(ssh.key_files.begin(), ssh.key_files.end(), missing)) std::erase_if(ssh.key_files, missing);

  target.key_files = files(login_.key_files, own.key_files, ssh.key_files, {});
  target.known_hosts = files(login_.known_hosts, own.known_hosts, known, {user_file.front(), global_file.front()});
  return route;
}

Result<Targets::Route> Targets::to(const inventory::Host& host) {
  const inventory::Settings& own = host.settings;
  if (const auto why = unusable(own))
    return Unexpected(
        Error{Code::invalid_inventory, *why, "cef_NAME is cef's own name for a setting, with a value of its own"});
  if (own.local) return resolve(host.name, own, {});
  SshSettings ssh = ssh_of(own);
  if (ssh.proxy && !own.jump && warned_.insert(*ssh.proxy).second)
    warn_(fmt::format("{} is not run: cef knows ProxyJump only", *ssh.proxy));
  auto jumps = jumps_of(own, ssh, {});
  if (!jumps)
    return Unexpected(
        Error{jumps.error().code, fmt::format("{}: {}", host.name, jumps.error().message), jumps.error().hint});
  auto route = resolve(host.name, own, std::move(ssh));
  if (route) route->target.jumps = std::move(*jumps);
  return route;
}

Result<std::vector<Target>> Targets::jumps_of(const inventory::Settings& own, const SshSettings& ssh,
                                              const Trail& trail) {
  const std::string jump = own.jump.value_or(ssh.jump.value_or(""));
  if (jump.empty()) return std::vector<Target>();
  if (!trail.empty()) return hops(jump, trail);
  auto known = known_hops_.find(jump);
  if (known == known_hops_.end()) known = known_hops_.emplace(jump, hops(jump, trail)).first;
  return known->second;
}

// [user@]host[:port], IPv6 addresses in brackets, or ssh://... of these.
std::optional<Targets::Hop> Targets::parse(std::string_view text) {
  Hop hop;
  if (text.starts_with("ssh://")) text.remove_prefix(6);
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    hop.user = text.substr(0, at);
    text.remove_prefix(at + 1);
    if (hop.user.empty()) return std::nullopt;
  }
  const auto bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) return std::nullopt;
  auto colon = text.find(':', bracket);
  // More than one colon without brackets is an IPv6 address.
  if (bracket == 0 && colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos)
    colon = std::string_view::npos;
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || port == 0) return std::nullopt;
    hop.port = port;
    text = text.substr(0, colon);
  }
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  hop.host = text;
  if (hop.host.empty() || hop.host.find_first_of(" \t/") != std::string::npos) return std::nullopt;
  return hop;
}

// As in ssh, only the first hop's own jump hosts count: the others are reached from the hop before them.
Result<std::vector<Target>> Targets::hops(const std::string& jump, Trail trail) {
  std::vector<Target> way;
  std::size_t start = 0;
  for (bool first = true; start <= jump.size(); first = false) {
    const std::size_t end = std::min(jump.find(',', start), jump.size());
    const std::string text = jump.substr(start, end - start);
    start = end + 1;
    const inventory::Host* known = inventory_.host(text);
    auto hop = known ? Hop{"", text, {}} : parse(text);
    if (!hop)
      return Unexpected(Error{Code::invalid_inventory,
                              fmt::format("jump '{}' is not a host of the inventory or [user@]host[:port]", text), ""});
    if (!known) known = inventory_.host(hop->host);
    inventory::Settings own;
    own.address = hop->host;
    if (known) own = known->settings;
    if (own.local)
      return Unexpected(
          Error{Code::invalid_inventory, fmt::format("jump host {} is this machine itself (local: true)", text), ""});
    if (!hop->user.empty()) own.user = hop->user;
    if (hop->port) own.port = hop->port;
    if (const auto why = unusable(own))
      return Unexpected(Error{Code::jump_failed, fmt::format("jump host {}: {}", text, *why), ""});
    SshSettings ssh = ssh_of(own);
    if (first) {
      // A pattern that takes in the jump host itself means that it is reached directly.
      if (!own.jump && ssh.jump && *ssh.jump == text) ssh.jump.reset();
      const std::string name = known ? known->name : hop->host;
      const bool circle = std::find(trail.begin(), trail.end(), name) != trail.end();
      trail.push_back(name);
      if (circle)
        return Unexpected(Error{Code::invalid_inventory,
                                fmt::format("the jump hosts lead in a circle: {}", fmt::join(trail, " -> ")),
                                "one of them must be reached without the others"});
      auto before = jumps_of(own, ssh, trail);
      if (!before) return before;
      way = std::move(*before);
    }
    auto route = resolve(known ? known->name : text, own, std::move(ssh));
    if (!route) return Unexpected(route.error());
    // The user that a hop names is not for --user to change.
    if (!hop->user.empty()) route->target.user = hop->user;
    way.push_back(std::move(route->target));
  }
  return way;
}

}  // namespace cef::fleet
