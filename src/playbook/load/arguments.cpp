#include <cef/core/text.hpp>
#include <cef/core/utf8.hpp>
#include <cef/playbook/arguments.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cef::playbook {

namespace {

constexpr std::array free_form{"command", "shell", "raw", "script"};
constexpr std::array of_words{"include",     "include_vars", "include_tasks", "include_role", "import_tasks",
                              "import_role", "add_host",     "group_by",      "set_fact",     "meta"};
constexpr std::array command_options{"creates", "removes",           "chdir",           "executable", "warn",
                                     "stdin",   "stdin_add_newline", "strip_empty_ends"};

template <class List>
bool has(const List& list, std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

// Where the first `=` of a word stands that splits it: not one in quotes or braces before.
std::size_t equals_of(std::string_view word) {
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    if (c == '=') return i > 0 && word[i - 1] == '\\' ? std::string_view::npos : i;
    if (!(std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.')) break;
  }
  return std::string_view::npos;
}

// Escapes mean something in and out of quotes; what is none stays as it is.
std::string without_escapes(std::string_view word) {
  constexpr std::string_view letters = "\\'\"abfnrtv", meant = "\\'\"\a\b\f\n\r\t\v";
  std::string text;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char next = word[i] == '\\' && i + 1 < word.size() ? word[i + 1] : '\0';
    const std::size_t digits = next == 'x' ? 2 : next == 'u' ? 4 : next == 'U' ? 8 : 0;
    const std::string number(word.substr(std::min(i + 2, word.size()), digits));
    if (const auto letter = letters.find(next); next != '\0' && letter != std::string_view::npos) {
      text += meant[letter];
      ++i;
    } else if (digits > 0 && number.size() == digits &&
               number.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos) {
      append_utf8(text, static_cast<char32_t>(std::stoul(number, nullptr, 16)));
      i += 1 + digits;
    } else {
      text += word[i];
    }
  }
  return text;
}

}  // namespace

bool is_free_form(std::string_view module) { return has(free_form, module); }
bool takes_words(std::string_view module) { return is_free_form(module) || has(of_words, module); }

std::string unquoted(std::string_view text) {
  if (text.size() > 1 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front() &&
      text[text.size() - 2] != '\\')
    text = text.substr(1, text.size() - 2);
  return std::string(text);
}

Result<std::vector<std::string_view>, std::string> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t begin = std::string_view::npos;
  char quote = 0;
  std::string closing;  // of the braces one is in
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!closing.empty()) {
      if (text.substr(i).starts_with(closing)) {
        ++i;
        closing.clear();
      }
      continue;
    }
    if (c == '{' && i + 1 < text.size() && std::string_view("{%#").find(text[i + 1]) != std::string_view::npos) {
      if (begin == std::string_view::npos) begin = i;
      closing = text[i + 1] == '{' ? "}}" : std::string(1, text[i + 1]) + "}";
      ++i;
      continue;
    }
    if (quote) {
      if (c == quote && text[i - 1] != '\\') quote = 0;
      continue;
    }
    if ((c == '"' || c == '\'') && (i == 0 || text[i - 1] != '\\')) quote = c;
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank && begin == std::string_view::npos) begin = i;
    if (blank && begin != std::string_view::npos) {
      words.push_back(text.substr(begin, i - begin));
      begin = std::string_view::npos;
    }
  }
  if (quote) return Unexpected(std::string("a quote does not end in the arguments"));
  if (!closing.empty()) return Unexpected(fmt::format("'{}' is missing in the arguments", closing));
  if (begin != std::string_view::npos) words.push_back(text.substr(begin));
  return words;
}

Result<Value, std::string> parse_arguments(std::string_view text, std::string_view module) {
  Value arguments = Value::object();
  auto words = split_words(text);
  const bool free = is_free_form(module);
  if (!words && !free) return Unexpected(words.error());
  // A command line keeps its own quotes and blanks; only options are cut out of it.
  std::string rest;
  std::size_t kept_to = 0;
  std::vector<std::string> others;
  if (words)
    for (const std::string_view word : *words) {
      const std::size_t equals = equals_of(word);
      const std::string key(word.substr(0, equals));
      const bool option = equals != std::string_view::npos && (!free || has(command_options, key));
      if (!option) {
        others.emplace_back(word);
        continue;
      }
      arguments[key] = unquoted(without_escapes(word.substr(equals + 1)));
      const auto at = static_cast<std::size_t>(word.data() - text.data());
      rest += text.substr(kept_to, at - kept_to);
      kept_to = at + word.size();
    }
  if (free) {
    rest += text.substr(kept_to);
    arguments["_raw_params"] = std::string(trim(rest, " \n\t\r"));
    return arguments;
  }
  if (others.empty()) return arguments;
  std::string raw;
  for (const std::string& word : others) raw += (raw.empty() ? "" : " ") + word;
  if (!takes_words(module))
    return Unexpected(fmt::format("'{}' is no key=value: {} has no use for other words (quote values with blanks)",
                                  others.front(), module));
  arguments["_raw_params"] = unquoted(raw);
  return arguments;
}

}  // namespace cef::playbook
