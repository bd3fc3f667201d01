// Looking things up in an SshConfig; ssh_config_read.cpp makes one.
#include "ssh_line.hpp"

#include <cef/core/file.hpp>
#include <cef/core/process.hpp>
#include <cef/core/sha256.hpp>
#include <cef/core/text.hpp>
#include <cef/inventory/ssh_config.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <cstdlib>
#include <pwd.h>
#include <set>
#include <unistd.h>

namespace cef::inventory {

namespace {

// Of a command of `Match exec`, and of ssh itself, which may have to look names up.
constexpr std::chrono::seconds command_limit{20};
constexpr std::size_t command_output = std::size_t{1} << 20U;

std::string own_name() {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  return name;
}

// In HostName, ssh knows `%h` and `%%` alone.
std::string host_name(std::string_view text, std::string_view host) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool token = text[i] == '%' && i + 1 < text.size();
    if (token) ++i;
    if (token && text[i] == 'h')
      result += host;
    else
      result += text[i];
  }
  return result;
}

// What ssh before 9.6 makes of it: it has the jump in it since then.
std::string connection_hash(const SshTokens& tokens) {
  return sha1_of(own_name() + tokens.host + std::to_string(tokens.port) + tokens.remote_user);
}

}  // namespace

Result<std::string> replace_tokens(std::string_view text, const SshTokens& tokens) {
  const auto failed = [text](std::string_view why) {
    return Unexpected(Error{Code::invalid_config, fmt::format("'{}' in ssh's configuration: {}", text, why), ""});
  };
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    switch (++i < text.size() ? text[i] : '\0') {
      case '%':
        result += '%';
        break;
      case 'C':
        result += connection_hash(tokens);
        break;
      case 'd':
        result += expand_user("~").string();
        break;
      case 'h':
        result += tokens.host;
        break;
      case 'k':
        result += tokens.alias.empty() ? tokens.original : tokens.alias;
        break;
      case 'i':
        result += std::to_string(::getuid());
        break;
      case 'l':
        result += own_name();
        break;
      case 'L':
        result += own_name().substr(0, own_name().find('.'));
        break;
      case 'n':
        result += tokens.original;
        break;
      case 'p':
        result += std::to_string(tokens.port);
        break;
      case 'r':
        result += tokens.remote_user;
        break;
      case 'u':
        result += tokens.local_user;
        break;
      default:
        return failed("it has a token that is not supported");
    }
  }
  return result;
}

// What one host comes to. Source: ssh.c and readconf.c of OpenSSH: a Match is judged by what the lines before it have
// said; `Match final` makes ssh read everything a second time, then for the name that HostName gave.
class SshLookup {
 public:
  SshLookup(const SshConfig& config, std::string_view host, const std::optional<std::string>& user)
      : config_(config), original_(host), host_(host), given_user_(user) {}

  SshSettings run() {
    pass();
    if (only_ssh_knows_ || settings_.canonicalize.value_or(false)) return ask_ssh();
    if (settings_.address) settings_.address = host_name(*settings_.address, host_);
    if (!asks_for_final()) return std::move(settings_);
    host_ = settings_.address.value_or(host_);
    if (!is_address(host_)) host_ = lower(host_);
    settings_.address = host_;
    final_ = true;
    pass();
    return only_ssh_knows_ ? ask_ssh() : std::move(settings_);
  }

 private:
  void pass() {
    counts_.assign(config_.conditions_.size(), false);
    std::size_t judged = 0;
    for (std::size_t i = 0; i < config_.lines_.size(); ++i) {
      for (; judged < counts_.size() && config_.conditions_[judged].first_line <= i; ++judged)
        counts_[judged] = holds(config_.conditions_[judged]);
      const SshConfig::Line& line = config_.lines_[i];
      if (!counts_[line.condition]) continue;
      // Of a keyword that has its value already, what comes later does not matter.
      const bool is_new = decided_.insert(line.keyword).second || line.keyword.empty();
      if (!line.says.wrong.empty() && is_new && settings_.wrong.empty()) settings_.wrong = line.says.wrong;
      if (is_new) settings_.places.emplace(line.keyword, line.place);
      merge(line.says);
    }
  }

  template <class T>
  static void fill(T& place, const T& value) {
    if (!place) place = value;
  }
  static void add(std::vector<std::string>& list, const std::vector<std::string>& more) {
    for (const std::string& one : more)
      if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(one);
  }

  void merge(const SshSettings& from) {
    SshSettings& into = settings_;
    fill(into.address, from.address);
    fill(into.port, from.port);
    fill(into.user, from.user);
    add(into.key_files, from.key_files);
    fill(into.identities_only, from.identities_only);
    if (!into.jump && !into.proxy) {  // the first of the two counts
      into.jump = from.jump;
      into.proxy = from.proxy;
    }
    fill(into.known_hosts, from.known_hosts);
    fill(into.global_known_hosts, from.global_known_hosts);
    fill(into.host_key, from.host_key);
    fill(into.connect_timeout, from.connect_timeout);
    fill(into.host_key_alias, from.host_key_alias);
    add(into.certificates, from.certificates);
    fill(into.agent, from.agent);
    fill(into.canonicalize, from.canonicalize);
    into.options.fill(from.options);
  }

  bool asks_for_final() const {
    return std::any_of(config_.conditions_.begin(), config_.conditions_.end(), [](const auto& condition) {
      return std::any_of(condition.criteria.begin(), condition.criteria.end(),
                         [](const auto& criterion) { return criterion.word == "final"; });
    });
  }

  bool holds(const SshConfig::Condition& condition) {
    if (condition.parent && !counts_[*condition.parent]) return false;
    if (!condition.criteria.empty()) return meets(condition.criteria);
    return condition.patterns.empty() || any_of(condition.patterns, host_);
  }

  static bool any_of(const std::vector<SshConfig::Pattern>& patterns, const std::string& text) {
    bool any = false;
    for (const SshConfig::Pattern& pattern : patterns) {
      if (!matches_ssh_pattern(pattern.text, text)) continue;
      if (pattern.negated) return false;
      any = true;
    }
    return any;
  }

  bool meets(const std::vector<SshConfig::Criterion>& criteria) {
    bool so_far = true;
    for (const SshConfig::Criterion& criterion : criteria) {
      bool here = false;
      if (criterion.word.empty() || criterion.word == "exec") {
        if (!so_far) continue;  // ssh runs no command whose outcome does not matter
        if (criterion.word.empty()) only_ssh_knows_ = true;
        here = !criterion.word.empty() && succeeds(criterion.argument);
      } else if (criterion.word == "all") {
        here = true;
      } else if (criterion.word == "final" || criterion.word == "canonical") {
        here = final_;
      } else if (criterion.word == "host") {
        here = in_ssh_list(lower(criterion.argument), lower(host_now()));
      } else if (criterion.word == "originalhost") {
        here = in_ssh_list(lower(criterion.argument), lower(original_));
      } else {
        here = in_ssh_list(criterion.argument, criterion.word == "user" ? user() : local_user());
      }
      if (here == criterion.negated) so_far = false;
    }
    return so_far;
  }

  std::string host_now() const {
    return settings_.address && !final_ ? host_name(*settings_.address, host_) : settings_.address.value_or(host_);
  }
  std::string user() const { return given_user_ ? *given_user_ : settings_.user.value_or(local_user()); }
  static const std::string& local_user() {
    static const std::string name = [] {
      const passwd* entry = ::getpwuid(::getuid());
      return std::string(entry ? entry->pw_name : "");
    }();
    return name;
  }

  bool succeeds(const std::string& command) {
    const auto text = replace_tokens(command, {.host = host_now(),
                                               .original = original_,
                                               .port = settings_.port.value_or(22),
                                               .remote_user = user(),
                                               .local_user = local_user(),
                                               .alias = settings_.host_key_alias.value_or("")});
    if (!text) {
      if (settings_.wrong.empty()) settings_.wrong = text.error().message;
      return false;
    }
    const auto known = config_.commands_.find(*text);
    if (known != config_.commands_.end()) return known->second;
    const char* shell = std::getenv("SHELL");
    const bool done = ask({shell && *shell ? shell : "/bin/sh", "-c", *text}).failure.empty();
    return config_.commands_[*text] = done;
  }

  static ProgramOutput ask(std::vector<std::string> command) {
    return run_program({.command = std::move(command), .limit = command_limit, .limit_bytes = command_output});
  }

  // `ssh -G` tells all keywords; what it also says without any configuration was not set.
  SshSettings ask_ssh() const {
    SshSettings answer;
    const auto set = call_ssh(config_.file_, answer.wrong), unset = call_ssh("/dev/null", answer.wrong);
    for (const std::string& line : set) {
      if (std::find(unset.begin(), unset.end(), line) != unset.end()) continue;
      const auto split = split_ssh_line(line);
      SshSettings says;
      std::string_view keyword;
      if (!split || !read_ssh_line(*split, says, keyword).value_or("-").empty()) continue;
      SshLookup collect(config_, original_, given_user_);
      collect.settings_ = std::move(answer);
      collect.merge(says);
      collect.settings_.places.emplace(keyword, "ssh -G");
      answer = std::move(collect.settings_);
    }
    return answer;
  }

  std::vector<std::string> call_ssh(const std::filesystem::path& file, std::string& wrong) const {
    std::vector<std::string> command{"ssh", "-G"};
    if (!file.empty()) command.insert(command.end(), {"-F", file.string()});
    if (given_user_) command.insert(command.end(), {"-l", *given_user_});
    command.insert(command.end(), {"--", original_});
    const ProgramOutput said = ask(std::move(command));
    if (!said.failure.empty() && wrong.empty())
      wrong =
          fmt::format("ssh -G {}, which had to be asked, {}: {}", original_, said.failure, first_line(trim(said.err)));
    std::vector<std::string> lines;
    for (std::string_view rest = said.out; !rest.empty();) {
      lines.emplace_back(first_line(rest));
      rest.remove_prefix(std::min(lines.back().size() + 1, rest.size()));
    }
    return lines;
  }

  static bool is_address(const std::string& host) {
    unsigned char bytes[sizeof(in6_addr)];
    return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
  }

  const SshConfig& config_;
  const std::string original_;
  std::string host_;  // that Host lines are compared with
  const std::optional<std::string>& given_user_;
  SshSettings settings_;
  std::vector<bool> counts_;
  std::set<std::string_view> decided_;
  bool final_ = false;
  bool only_ssh_knows_ = false;
};

SshSettings SshConfig::of(std::string_view host, const std::optional<std::string>& user) const {
  return SshLookup(*this, host, user).run();
}

Result<std::string> expand_tokens(std::string_view text, const SshTokens& tokens) {
  std::string with_environment;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!text.substr(i).starts_with("${")) {
      with_environment += text[i];
      continue;
    }
    const auto end = text.find('}', i);
    const std::string name(text.substr(i + 2, end == std::string_view::npos ? end : end - i - 2));
    const char* value = std::getenv(name.c_str());
    if (end == std::string_view::npos || !value)
      return Unexpected(
          Error{Code::invalid_config,
                fmt::format("'{}' in ssh's configuration: {}", text,
                            end == std::string_view::npos ? "'${' is not closed"
                                                          : fmt::format("the variable {} is not set", name)),
                ""});
    for (const char* c = value; *c; ++c) with_environment.append(*c == '%' ? "%%" : std::string(1, *c));
    i = end;
  }
  auto expanded = replace_tokens(with_environment, tokens);
  if (expanded) *expanded = expand_user(*expanded).string();
  return expanded;
}

Result<std::string> agent_socket(std::string_view text, const SshTokens& tokens) {
  if (text == "none") return std::string();
  const bool is_name = text.starts_with('$') && !text.starts_with("${");
  if (!is_name && text != "SSH_AUTH_SOCK") return expand_tokens(text, tokens);
  const char* value = std::getenv(std::string(text.substr(is_name ? 1 : 0)).c_str());
  return std::string(value ? value : "");
}

}  // namespace cef::inventory
