#include <cef/core/shell.hpp>

#include <cctype>

namespace cef {

namespace {
// `=` would make a word an assignment, or in zsh the path of a command, unless the word is an option.
bool plain(char c, bool is_option) {
  return std::isalnum(static_cast<unsigned char>(c)) ||
         std::string_view("_-./:,+@").find(c) != std::string_view::npos || (c == '=' && is_option);
}
}  // namespace

std::string shell_quote(std::string_view text) {
  std::string out;
  bool quoted = false;
  const auto set_quoted = [&](bool wanted) {
    if (quoted != wanted) out += '\'';
    quoted = wanted;
  };
  for (const char c : text) {
    if (c == '\'' || c == '\\' || c == '!') {
      set_quoted(false);
      out += '\\';
    } else if (!plain(c, text.starts_with('-'))) {
      set_quoted(true);
    }
    out += c;
  }
  set_quoted(false);
  if (text.empty()) out = "''";
  return out;
}

}  // namespace cef
