#include "syntax/header.hpp"

#include "syntax/token.hpp"

#include <algorithm>

namespace cef::expr {

namespace {

std::string_view strip_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

void change(Syntax& syntax, std::string_view key, std::string_view value) {
  const Place place{1, 1};
  const auto flag = [&]() {
    if (value == "True" || value == "1") return true;
    if (value == "False" || value == "0") return false;
    fail_syntax(place, "#jinja2: {} is True or False, not {}", key, value);
  };
  const auto text = [&]() {
    const auto tokens = tokens_of_expression(value, Syntax::file());
    if (tokens.size() != 2 || tokens[0].kind != Token::Kind::string || tokens[0].text.empty())
      fail_syntax(place, "#jinja2: {} is a text in quotes, not {}", key, value);
    return tokens[0].text;
  };
  if (key == "trim_blocks")
    syntax.trim_blocks = flag();
  else if (key == "lstrip_blocks")
    syntax.lstrip_blocks = flag();
  else if (key == "keep_trailing_newline")
    (void)flag();  // the text's own line feeds are kept in any case
  else if (key == "variable_start_string")
    syntax.variable_start = text();
  else if (key == "variable_end_string")
    syntax.variable_end = text();
  else if (key == "block_start_string")
    syntax.block_start = text();
  else if (key == "block_end_string")
    syntax.block_end = text();
  else if (key == "comment_start_string")
    syntax.comment_start = text();
  else if (key == "comment_end_string")
    syntax.comment_end = text();
  else if (key == "newline_sequence")
    syntax.newline = text();
  else
    fail_syntax(place, "#jinja2: '{}' is not supported", key);
}

}  // namespace

void read_header(std::string& text, Syntax& syntax) {
  constexpr std::string_view header = "#jinja2:";
  if (!text.starts_with(header)) return;
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = std::string_view(text).substr(header.size(), end - header.size());
  while (!line.empty()) {
    const std::size_t comma = std::min(line.find(','), line.size());
    const std::string_view pair = line.substr(0, comma);
    const std::size_t colon = pair.find(':');
    if (colon == std::string_view::npos)
      fail_syntax({1, 1}, "#jinja2: '{}' is not of the form `name: value`", strip_blanks(pair));
    change(syntax, strip_blanks(pair.substr(0, colon)), strip_blanks(pair.substr(colon + 1)));
    line.remove_prefix(std::min(comma + 1, line.size()));
  }
  text.erase(0, std::min(end + 1, text.size()));
}

}  // namespace cef::expr
