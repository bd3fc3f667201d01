#include <cef/core/shell.hpp>

#include <algorithm>
#include <array>

namespace cef {

namespace {

enum class Kind : char { quoted, plain, escaped };

// `=` would make a word an assignment, or in zsh the path of a command, unless the word is an option.
constexpr auto kinds = [] {
  std::array<Kind, 256> all{};
  for (int c = 'a'; c <= 'z'; ++c)
    all[static_cast<std::size_t>(c)] = all[static_cast<std::size_t>(c - 'a' + 'A')] = Kind::plain;
  for (const char c : std::string_view("0123456789_-./:,+@")) all[static_cast<unsigned char>(c)] = Kind::plain;
  for (const char c : std::string_view("'\\!")) all[static_cast<unsigned char>(c)] = Kind::escaped;
  return all;
}();

}  // namespace

// Whole scripts go through here, for each host.
std::string shell_quote(std::string_view text) {
  if (text.empty()) return "''";
  const bool is_option = text.front() == '-';
  const auto kind = [&](char c) { return c == '=' && is_option ? Kind::plain : kinds[static_cast<unsigned char>(c)]; };
  std::string out;
  out.reserve(text.size() + text.size() / 8 + 2);
  for (std::size_t at = 0; at < text.size();) {
    const auto rest = text.substr(at);
    const auto run_while = [&](auto holds) {
      const auto end = std::find_if_not(rest.begin(), rest.end(), [&](char c) { return holds(kind(c)); });
      return rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    };
    if (kind(rest.front()) == Kind::escaped) {
      out += '\\';
      out += rest.front();
      ++at;
    } else if (const auto plain = run_while([](Kind k) { return k == Kind::plain; }); !plain.empty()) {
      out += plain;
      at += plain.size();
    } else {
      const auto quoted = run_while([](Kind k) { return k != Kind::escaped; });
      out += '\'';
      out += quoted;
      out += '\'';
      at += quoted.size();
    }
  }
  return out;
}

}  // namespace cef
