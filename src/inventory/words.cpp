#include "words.hpp"

namespace cef::inventory {

Result<std::vector<std::string>> split_words(std::string_view text, bool comments) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;  // '' is a word too
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else if (c == '#' && comments) {
      break;
    } else if (c == '\\') {
      if (++i == text.size()) return Unexpected(Error{Code::usage, "a backslash at the end escapes nothing", ""});
      word += text[i];
      in_word = true;
    } else if (c == '\'' || c == '"') {
      in_word = true;
      for (++i;; ++i) {
        if (i >= text.size()) return Unexpected(Error{Code::usage, "a quote is not closed", ""});
        if (text[i] == c) break;
        // Inside double quotes a backslash escapes only a quote and itself.
        if (c == '"' && text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
        word += text[i];
      }
    } else {
      word += c;
      in_word = true;
    }
  }
  if (in_word) words.push_back(std::move(word));
  return words;
}

}  // namespace cef::inventory
