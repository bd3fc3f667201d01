// Looking things up in an SshConfig; ssh_config_read.cpp makes one.
#include <cef/core/file.hpp>
#include <cef/inventory/ssh_config.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <unistd.h>

namespace cef::inventory {

namespace {

// `*` and `?` and nothing else, unlike the shell's patterns.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

template <class T>
void fill(T& place, const T& value) {
  if (!place) place = value;
}

void merge(SshSettings& into, const SshSettings& from) {
  fill(into.address, from.address);
  fill(into.port, from.port);
  fill(into.user, from.user);
  into.key_files.insert(into.key_files.end(), from.key_files.begin(), from.key_files.end());
  fill(into.identities_only, from.identities_only);
  if (!into.jump && !into.proxy) {  // the first of the two counts
    into.jump = from.jump;
    into.proxy = from.proxy;
  }
  fill(into.known_hosts, from.known_hosts);
  fill(into.global_known_hosts, from.global_known_hosts);
  fill(into.host_key, from.host_key);
  fill(into.connect_timeout, from.connect_timeout);
}

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

}  // namespace

bool SshConfig::holds(const Condition& condition, const std::string& host) {
  if (condition.never) return false;
  bool any = condition.patterns.empty();
  for (const Pattern& pattern : condition.patterns) {
    if (!matches(pattern.text, host)) continue;
    if (pattern.negated) return false;
    any = true;
  }
  return any;
}

SshSettings SshConfig::of(std::string_view host) const {
  const std::string name(host);
  std::vector<bool> counts;
  counts.reserve(conditions_.size());
  for (const Condition& condition : conditions_)
    counts.push_back((!condition.parent || counts[*condition.parent]) && holds(condition, name));
  SshSettings settings;
  for (const Line& line : lines_)
    if (counts[line.condition]) merge(settings, line.says);
  if (settings.address) settings.address = host_name(*settings.address, host);
  return settings;
}

Result<std::string> expand_tokens(std::string_view text, const SshTokens& tokens) {
  const auto failed = [text](std::string_view why) {
    return Unexpected(Error{Code::invalid_config, fmt::format("'{}' in ssh's configuration: {}", text, why), ""});
  };
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("${")) {
      const auto end = text.find('}', i);
      if (end == std::string_view::npos) return failed("'${' is not closed");
      const std::string name(text.substr(i + 2, end - i - 2));
      const char* value = std::getenv(name.c_str());
      if (!value) return failed(fmt::format("the variable {} is not set", name));
      result += value;
      i = end;
      continue;
    }
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    switch (++i < text.size() ? text[i] : '\0') {
      case '%':
        result += '%';
        break;
      case 'd':
        result += expand_user("~").string();
        break;
      case 'h':
      case 'k':
        result += tokens.host;
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
  return expand_user(result).string();
}

}  // namespace cef::inventory
