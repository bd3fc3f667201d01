#include <cef/core/file.hpp>
#include <cef/core/text.hpp>
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

Error config_error(const std::vector<Diagnostic>& diagnostics, std::string hint) {
  std::vector<std::string> lines;
  for (const auto& diagnostic : diagnostics) lines.push_back(show(diagnostic));
  return {Code::invalid_config, fmt::format("{}", fmt::join(lines, "\n")), std::move(hint)};
}

// What the options of a ProxyCommand's ssh say of its host, over what else is known of it.
void lay_over(inventory::Settings& own, const inventory::Settings& said) {
  const auto over = [](auto& to, const auto& from) {
    if (from) to = from;
  };
  over(own.user, said.user);
  over(own.port, said.port);
  over(own.host_key, said.host_key);
  over(own.identities_only, said.identities_only);
  over(own.connect_timeout, said.connect_timeout);
  over(own.agent, said.agent);
  over(own.host_key_alias, said.host_key_alias);
  inventory::SshOptions options = said.ssh;
  options.fill(own.ssh);
  own.ssh = std::move(options);
  if (!said.certificates.empty()) own.certificates = said.certificates;
  if (!said.address.empty()) own.address = said.address;
  if (!said.key_files.empty()) own.key_files = said.key_files;
  if (!said.known_hosts.empty()) own.known_hosts = said.known_hosts;
  if (said.jump || said.proxy_command) {
    own.jump = said.jump;
    own.proxy_command = said.proxy_command;
  }
}

bool is_loopback(const std::string& address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

Result<void> lay_down(const inventory::SshOptions& said, const inventory::SshTokens& tokens, Target& target) {
  target.algorithms = {said.key_exchanges.value_or(""), said.host_keys.value_or(""), said.ciphers.value_or(""),
                       said.macs.value_or(""), said.public_keys.value_or("")};
  if (const auto& revoked = said.revoked_host_keys; revoked && !revoked->empty()) {
    auto path = inventory::expand_tokens(*revoked, tokens);
    if (!path) return Unexpected(path.error());
    target.revoked_host_keys = std::move(*path);
  }
  if (said.address_family == "inet") target.family = transport::Family::ipv4;
  if (said.address_family == "inet6") target.family = transport::Family::ipv6;
  target.bind_address = said.bind_address.value_or("");
  const std::string logins = ',' + said.logins.value_or("publickey,password") + ',';
  const auto has = [&logins](const char* method) { return logins.find(method) != std::string::npos; };
  target.tries_keys = said.public_key_login.value_or(true) && has(",publickey,");
  if (!has(",password,") && !has(",keyboard-interactive,")) target.password.reset();
  return {};
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
  if (!config) return Unexpected(config_error(config.error(), "fix it, or leave it out with --ssh-config none"));
  targets.config_ = std::move(*config);
  for (const auto& diagnostic : targets.config_.warnings()) targets.warn_(show(diagnostic));
  return targets;
}

Result<SshSettings> Targets::ssh_of(const inventory::Settings& own) {
  const bool typed = login_.user.forced && login_.user.value;
  return ssh_of(own, typed ? login_.user.value : own.user);
}

Result<SshSettings> Targets::ssh_of(const inventory::Settings& own, const std::optional<std::string>& user) {
  const auto config = config_for(own.ssh_config);
  if (!config) return Unexpected(config.error());
  return (*config)->of(own.address, user);
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
    return Unexpected(Error{Code::invalid_config, ssh.wrong, "fix it, or leave it out with --ssh-config none"});
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

  target.host_key_alias = own.host_key_alias ? *own.host_key_alias : ssh.host_key_alias.value_or("");
  const inventory::SshTokens tokens = tokens_of(own, target);
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
  target.certificates = own.certificates.empty() ? std::move(ssh.certificates) : own.certificates;
  if (auto done = expand(target.certificates); !done) return Unexpected(done.error());
  if (const auto& agent = own.agent ? own.agent : ssh.agent) {
    auto socket = inventory::agent_socket(*agent, tokens);
    if (!socket) return Unexpected(socket.error());
    target.agent = std::move(*socket);
  }
  inventory::SshOptions options = own.ssh;
  options.fill(ssh.options);
  if (auto done = lay_down(options, tokens, target); !done) return Unexpected(done.error());
  const bool direct = !own.jump && !own.proxy_command && !ssh.jump && !ssh.proxy;
  if (options.trusts_localhost.value_or(false) && direct && is_loopback(tokens.host) && !login_.host_key.forced)
    target.host_key = HostKeyPolicy::off;
  // ssh says nothing of identity files that are not there, and many a configuration names some. Where the public half
  // is, an agent may have the other one.
  const auto missing = [](const std::string& path) {
    std::error_code ignored;
    return !std::filesystem::exists(path, ignored) && !std::filesystem::exists(path + ".pub", ignored);
  };
  if (!std::all_of(ssh.key_files.begin(), ssh.key_files.end(), missing)) std::erase_if(ssh.key_files, missing);

  target.key_files = files(login_.key_files, own.key_files, ssh.key_files, {});
  target.known_hosts = files(login_.known_hosts, own.known_hosts, known, {user_file.front(), global_file.front()});
  return route;
}

inventory::SshTokens Targets::tokens_of(const inventory::Settings& own, const Target& target) const {
  return {lower(target.address), own.address, target.port, target.user, self_, target.host_key_alias};
}

// ssh's configuration, or the file that is named in its place for one host.
Result<const SshConfig*> Targets::config_for(const std::optional<std::string>& file) {
  if (!file) return &config_;
  const std::string path = expand_user(*file).string();
  auto known = other_configs_.find(path);
  if (known == other_configs_.end()) {
    auto read = *file == "none" ? SshConfig() : SshConfig::load(path);
    if (!read)
      return Unexpected(Error{Code::jump_failed, config_error(read.error(), "").message, "it was named by ssh's -F"});
    known = other_configs_.emplace(path, std::move(*read)).first;
  }
  return &known->second;
}

Result<Targets::Route> Targets::to(const inventory::Host& host) {
  const inventory::Settings& own = host.settings;
  if (const auto why = unusable(own))
    return Unexpected(
        Error{Code::invalid_inventory, *why, "cef_NAME is cef's own name for a setting, with a value of its own"});
  if (own.local) return resolve(host.name, own, {});
  const auto ssh = ssh_of(own);
  if (!ssh) return Unexpected(ssh.error());
  auto route = resolve(host.name, own, *ssh);
  if (!route) return route;
  auto way = way_to(own, *ssh, tokens_of(own, route->target), {});
  if (!way)
    return Unexpected(Error{way.error().code, fmt::format("{}: {}", host.name, way.error().message), way.error().hint});
  route->target.jumps = std::move(way->jumps);
  route->target.proxy_command = std::move(way->proxy_command);
  route->proxy = std::move(way->proxy);
  return route;
}

Result<Targets::Way> Targets::way_to(const inventory::Settings& own, const SshSettings& ssh,
                                     const inventory::SshTokens& tokens, const Trail& trail) {
  Way way;
  const bool own_says = own.jump || own.proxy_command;
  const auto& proxy = own_says ? own.proxy_command : ssh.proxy;
  auto jump = own_says ? own.jump : ssh.jump;
  if (jump && jump->find('%') != std::string::npos) {
    auto replaced = inventory::replace_tokens(*jump, tokens);
    if (!replaced) return Unexpected(replaced.error());
    jump = std::move(*replaced);
  }
  Result<std::vector<Target>> jumps = std::vector<Target>();
  if (jump) {
    if (jump->empty()) return way;
    if (trail.empty()) {
      auto known = known_hops_.find(*jump);
      if (known == known_hops_.end()) known = known_hops_.emplace(*jump, hops(*jump, trail)).first;
      jumps = known->second;
    } else {
      jumps = hops(*jump, trail);
    }
  } else if (proxy) {
    if (auto host = inventory::jump_of_proxy_command(*proxy, tokens)) {
      jumps = hop_of(*proxy, std::move(*host), trail);
    } else {
      auto command = inventory::expand_proxy_command(*proxy, tokens);
      if (!command) return Unexpected(command.error());
      way.proxy_command = std::move(*command);
      way.proxy = *proxy;
    }
  }
  if (!jumps) return Unexpected(jumps.error());
  way.jumps = std::move(*jumps);
  return way;
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

Result<std::vector<Target>> Targets::hops(const std::string& jump, Trail trail) {
  std::vector<Target> way;
  for (std::size_t start = 0; start <= jump.size();) {
    const std::size_t end = std::min(jump.find(',', start), jump.size());
    const std::string text = jump.substr(start, end - start);
    start = end + 1;
    if (auto added = add_hop(text, {}, text, trail, way); !added) return Unexpected(added.error());
  }
  return way;
}

Result<std::vector<Target>> Targets::hop_of(const std::string& command, inventory::ProxyJump jump, Trail trail) {
  std::vector<Target> way;
  if (auto added = add_hop(jump.host, jump, command, trail, way); !added) return Unexpected(added.error());
  return way;
}

// As in ssh, only the first hop's own jump hosts count: the others are reached from the hop before them. `led`: the
// jump or ProxyCommand that leads here.
Result<void> Targets::add_hop(const std::string& text, const inventory::ProxyJump& said, const std::string& led,
                              Trail& trail, std::vector<Target>& way) {
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
  if (const auto why = unusable(own))
    return Unexpected(Error{Code::jump_failed, fmt::format("jump host {}: {}", text, *why), ""});
  // A setting for all that takes in the jump host itself means that it is reached directly.
  if (own.proxy_command == led) own.proxy_command.reset();
  lay_over(own, said.settings);
  if (!hop->user.empty()) own.user = hop->user;
  if (hop->port) own.port = hop->port;
  if (said.ssh_config) own.ssh_config = said.ssh_config;
  // The user that a hop names is not for --user to change.
  const bool names_user = !hop->user.empty() || said.settings.user;
  auto ssh = names_user ? ssh_of(own, own.user) : ssh_of(own);
  if (!ssh) return Unexpected(ssh.error());
  if (ssh->jump == led || ssh->proxy == led) {
    ssh->jump.reset();
    ssh->proxy.reset();
  }
  auto route = resolve(known ? known->name : text, own, *ssh);
  if (!route) return Unexpected(route.error());
  if (names_user) route->target.user = *own.user;
  if (way.empty()) {
    const std::string name = known ? known->name : hop->host;
    const bool circle = std::find(trail.begin(), trail.end(), name) != trail.end();
    trail.push_back(name);
    if (circle)
      return Unexpected(Error{Code::invalid_inventory,
                              fmt::format("the jump hosts lead in a circle: {}", fmt::join(trail, " -> ")),
                              "one of them must be reached without the others"});
    auto before = way_to(own, *ssh, tokens_of(own, route->target), trail);
    if (!before) return Unexpected(before.error());
    way = std::move(before->jumps);
    route->target.proxy_command = std::move(before->proxy_command);
  }
  way.push_back(std::move(route->target));
  return {};
}

}  // namespace cef::fleet
