#include "complete.hpp"

#include <utility>

namespace cef::cli::complete {

namespace line_parts {
namespace {

const Param* find_param(const Verb* verb, auto matches) {
  if (verb)
    for (const Param& param : verb->options)
      if (matches(param)) return &param;
  for (const Param& param : option_specs())
    if (matches(param)) return &param;
  return nullptr;
}

}  // namespace
}  // namespace line_parts

Line read_line(const std::vector<std::string>& before) {
  Line line;
  const auto give = [&](const Param& param, std::string text) {
    line.given[std::string(param.name)].push_back(std::move(text));
  };
  for (const std::string& word : before) {
    if (line.open) {
      give(*std::exchange(line.open, nullptr), word);
    } else if (word == "--") {
      line.is_command = true;
      return line;
    } else if (word.starts_with("--")) {
      const auto equals = word.find('=');
      const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
      const Param* param = line_parts::find_param(line.verb, [&](const Param& each) { return each.name == name; });
      if (!param) continue;
      if (!param->has_value())
        give(*param, "true");
      else if (equals == std::string::npos)
        line.open = param;
      else
        give(*param, word.substr(equals + 1));
    } else if (word.size() > 1 && word[0] == '-') {
      for (std::size_t i = 1; i < word.size(); ++i) {
        const std::string_view letter(&word[i], 1);
        const Param* param =
            line_parts::find_param(line.verb, [&](const Param& each) { return each.shorthand == letter; });
        if (!param) break;
        if (!param->has_value()) {
          give(*param, "true");
          continue;
        }
        if (i + 1 == word.size())
          line.open = param;
        else
          give(*param, word.substr(i + 1));
        break;
      }
    } else if (!line.verb) {
      line.verb = find_verb(word);
      if (!line.verb) return line;
    } else {
      line.words.push_back(word);
    }
  }
  return line;
}

Typed split_line(std::string_view text, std::string_view breaks) {
  Typed typed;
  std::string word;
  const auto is_break = [&](char c) { return breaks.find(c) != std::string_view::npos; };
  bool inside = false;
  char quote = 0;
  std::size_t kept_before = 0;  // the quotation
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote && c == quote) {
      quote = 0;
      typed.kept = kept_before;
    } else if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      word += text[++i];
      inside = true;
    } else if (quote) {
      word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      inside = true;
      kept_before = std::exchange(typed.kept, word.size());  // bash completes what is behind an open mark
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (inside) typed.words.push_back(std::exchange(word, {}));
      inside = false;
      typed.kept = 0;
    } else if (c == ';' || c == '|' || c == '&') {
      // Another command begins.
      typed.words.clear();
      word.clear();
      inside = false;
      typed.kept = 0;
    } else {
      word += c;
      inside = true;
      if (is_break(c)) typed.kept = word.size();
    }
  }
  typed.words.push_back(std::move(word));
  typed.open_quote = quote;
  return typed;
}

Options options_of(const Line& line) {
  Options options;
  for (const Param& param : option_specs())
    if (const auto given = line.given.find(param.name); given != line.given.end())
      options.repeat(given->first, {given->second, Options::Source::command_line, "--" + given->first});
  if (!options.complete()) return {};
  return options;
}

}  // namespace cef::cli::complete
