// Source: ssh(1), ssh_config(5).
#include "ssh_command.hpp"

#include <cef/core/shell.hpp>

#include <fmt/format.h>

#include <utility>

namespace cef::cli {

namespace {

using transport::Target;

const char* strictness(HostKeyPolicy policy) {
  switch (policy) {
    case HostKeyPolicy::ask:
      return "ask";
    case HostKeyPolicy::accept_new:
      return "accept-new";
    case HostKeyPolicy::strict:
      return "yes";
    case HostKeyPolicy::off:
      return "no";
  }
  return "ask";
}

// One of several values in a line.
std::string quoted(const std::string& text) {
  return text.find_first_of(" \t\"'#") == std::string::npos ? text : fmt::format("\"{}\"", text);
}

// `%` begins a token there.
std::string without_tokens(std::string_view text) {
  std::string out;
  for (const char c : text) out.append(c == '%' ? 2 : 1, c);
  return out;
}

using Lines = std::vector<std::pair<std::string, std::string>>;

// A program that logs in to the last of the jump hosts, through those before it, and passes the connection on.
std::string way_through(const std::vector<Target>& jumps, std::size_t count, const Target& to);

// What ssh is told of the way and the login; `jumps` lead to the target.
Lines settings(const Target& target, const std::vector<Target>& jumps, std::size_t count) {
  Lines lines;
  const auto add = [&lines](const char* keyword, std::string value) { lines.emplace_back(keyword, std::move(value)); };
  add("Port", fmt::format("{}", target.port));
  add("User", target.user);
  for (const std::string& file : target.key_files) add("IdentityFile", quoted(without_tokens(file)));
  for (const std::string& file : target.certificates) add("CertificateFile", quoted(without_tokens(file)));
  if (target.identities_only) add("IdentitiesOnly", "yes");
  if (target.agent) add("IdentityAgent", target.agent->empty() ? "none" : quoted(without_tokens(*target.agent)));
  std::string known;
  for (const std::string& file : target.known_hosts) known += (known.empty() ? "" : " ") + quoted(without_tokens(file));
  if (!known.empty()) {
    add("UserKnownHostsFile", known);
    add("GlobalKnownHostsFile", "/dev/null");  // it is among those
  }
  add("StrictHostKeyChecking", strictness(target.host_key));
  if (!target.host_key_alias.empty()) add("HostKeyAlias", target.host_key_alias);
  if (!target.revoked_host_keys.empty()) add("RevokedHostKeys", quoted(without_tokens(target.revoked_host_keys)));
  const transport::Algorithms& offered = target.algorithms;
  for (const auto& [keyword, list] :
       {std::pair("KexAlgorithms", &offered.key_exchanges), std::pair("HostKeyAlgorithms", &offered.host_keys),
        std::pair("Ciphers", &offered.ciphers), std::pair("MACs", &offered.macs),
        std::pair("PubkeyAcceptedAlgorithms", &offered.public_keys)})
    if (!list->empty()) add(keyword, *list);
  if (target.family != transport::Family::any)
    add("AddressFamily", target.family == transport::Family::ipv6 ? "inet6" : "inet");
  if (!target.bind_address.empty()) add("BindAddress", target.bind_address);
  if (!target.tries_keys) add("PubkeyAuthentication", "no");
  const std::optional<std::string> command = count > 0 ? way_through(jumps, count, target) : target.proxy_command;
  add("ProxyCommand", command ? without_tokens(*command) : "none");
  return lines;
}

std::vector<std::string> options(const Lines& lines) {
  std::vector<std::string> words;
  for (const auto& [keyword, value] : lines) words.push_back(fmt::format("-o{}={}", keyword, value));
  return words;
}

std::string way_through(const std::vector<Target>& jumps, std::size_t count, const Target& to) {
  const Target& jump = jumps[count - 1];
  // All that there is to know of a jump host has been found out. ssh has its shell exec the command by itself.
  std::string command = "ssh -F none";
  for (const std::string& word : options(settings(jump, jumps, count - 1))) command += " " + shell_quote(word);
  const bool is_ipv6 = to.address.find(':') != std::string::npos;
  const std::string there =
      is_ipv6 ? fmt::format("[{}]:{}", to.address, to.port) : fmt::format("{}:{}", to.address, to.port);
  return command + fmt::format(" -W {} -- {}", shell_quote(there), shell_quote(jump.address));
}

}  // namespace

std::vector<std::string> ssh_command(const Target& target, const std::string& destination,
                                     const SshConfigFile& config) {
  std::vector<std::string> words{"ssh"};
  if (config) words.insert(words.end(), {"-F", *config});
  for (std::string& word : options(settings(target, target.jumps, target.jumps.size())))
    words.push_back(std::move(word));
  if (target.address != destination) words.push_back(fmt::format("-oHostName={}", target.address));
  words.insert(words.end(), {"--", destination});
  return words;
}

std::string ssh_config_block(const Target& target) {
  std::string text = fmt::format("Host {}\n  HostName {}\n", quoted(target.name), target.address);
  for (const auto& [keyword, value] : settings(target, target.jumps, target.jumps.size()))
    if (keyword != "ProxyCommand" || value != "none") text += fmt::format("  {} {}\n", keyword, value);
  return text;
}

}  // namespace cef::cli
