#include "ssh_words.hpp"

#include <algorithm>

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

}  // namespace cef::inventory
