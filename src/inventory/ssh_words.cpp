#include "ssh_words.hpp"

#include <cef/core/text.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <netdb.h>

namespace cef::inventory {

namespace {

constexpr std::string_view blanks = " \t\r\f";

std::size_t skip_blanks(std::string_view line, std::size_t at) {
  return std::min(line.find_first_not_of(blanks, at), line.size());
}

}  // namespace

Result<SshLine, std::string> split_ssh_line(std::string_view line) {
  SshLine split;
  std::size_t at = skip_blanks(line, 0);
  if (at == line.size() || line[at] == '#') return split;
  const std::size_t keyword_end = std::min(line.find_first_of(" \t\r\f=\"", at), line.size());
  split.keyword = line.substr(at, keyword_end - at);
  at = skip_blanks(line, keyword_end);
  if (at < line.size() && line[at] == '=') ++at;
  split.rest = line.substr(skip_blanks(line, at));
  split.rest.erase(split.rest.find_last_not_of(blanks) + 1);
  for (;;) {
    at = skip_blanks(line, at);
    if (at == line.size() || line[at] == '#') return split;
    std::string word;
    char quote = '\0';
    for (; at < line.size() && (quote != '\0' || blanks.find(line[at]) == std::string_view::npos); ++at) {
      const char c = line[at];
      const char next = at + 1 < line.size() ? line[at + 1] : '\0';
      if (c == '\\' && (next == '"' || next == '\'' || next == '\\' || (next == ' ' && quote == '\0'))) {
        word += next;
        ++at;
      } else if (quote == '\0' && (c == '"' || c == '\'')) {
        quote = c;
      } else if (quote != '\0' && c == quote) {
        quote = '\0';
      } else {
        word += c;
      }
    }
    if (quote != '\0') return Unexpected(std::string("a quote is not closed"));
    split.words.push_back(std::move(word));
  }
}

std::optional<std::uint16_t> ssh_port(const std::string& text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error == std::errc() && end == text.data() + text.size()) return port == 0 ? std::nullopt : std::optional(port);
  const servent* service = ::getservbyname(text.c_str(), "tcp");
  return service ? std::optional(ntohs(static_cast<std::uint16_t>(service->s_port))) : std::nullopt;
}

std::optional<bool> yes_or_no(std::string_view text) {
  const std::string word = lower(text);
  if (word == "yes" || word == "true") return true;
  if (word == "no" || word == "false") return false;
  return std::nullopt;
}

bool matches_ssh_pattern(std::string_view pattern, std::string_view text) {
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

bool in_ssh_list(std::string_view list, std::string_view text) {
  bool any = false;
  while (!list.empty()) {
    std::string_view pattern = list.substr(0, list.find(','));
    list.remove_prefix(std::min(pattern.size() + 1, list.size()));
    const bool negated = pattern.starts_with('!');
    if (negated) pattern.remove_prefix(1);
    if (!matches_ssh_pattern(pattern, text)) continue;
    if (negated) return false;
    any = true;
  }
  return any;
}

}  // namespace cef::inventory
