#include <cef/core/text.hpp>
#include <cef/tasks/docker_ignore.hpp>

#include <algorithm>
#include <span>

namespace cef::tasks {

namespace {

// Without empty parts and dots; `..` takes the part before it away.
std::vector<std::string> parts_of_path(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('/'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.emplace_back(part);
    }
  }
  return parts;
}

// Of `[a-z]` or `[^a-z]`, whose bracket `pattern` begins with: whether `c` is in it, and how long it is; 0: it has no
// end.
std::size_t class_at(std::string_view pattern, char c, bool& is_in) {
  std::size_t i = 1;
  const bool is_not = i < pattern.size() && pattern[i] == '^';
  if (is_not) ++i;
  bool found = false;
  for (bool first = true; i < pattern.size() && (first || pattern[i] != ']'); first = false) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    const char low = pattern[i++];
    char high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      high = pattern[i + 1];
      i += 2;
    }
    found = found || (low <= c && c <= high);
  }
  if (i >= pattern.size()) return 0;
  is_in = found != is_not;
  return i + 1;
}

// As Go's filepath.Match, of one part. Tries the last star again and again, and so takes no time that grows fast.
bool fits(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, star_at = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_at = n;
      continue;
    }
    bool is_in = false;
    std::size_t length = 0;
    if (p < pattern.size()) {
      if (pattern[p] == '?') {
        is_in = true;
        length = 1;
      } else if (pattern[p] == '[') {
        length = class_at(pattern.substr(p), name[n], is_in);
      } else {
        length = pattern[p] == '\\' && p + 1 < pattern.size() ? 2 : 1;
        is_in = pattern[p + length - 1] == name[n];
      }
    }
    if (length > 0 && is_in) {
      p += length;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_at;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// Whether the pattern means the path or a folder above it. `**` is any number of parts, also none.
bool means(std::span<const std::string> pattern, std::span<const std::string> path) {
  // By the number of the pattern's parts that are done: whether it fits what is done of the path.
  std::vector<char> now(pattern.size() + 1, 0);
  const auto skip = [&](std::vector<char>& at) {
    for (std::size_t i = 0; i < pattern.size(); ++i)
      if (at[i] && pattern[i] == "**") at[i + 1] = 1;
  };
  now[0] = 1;
  skip(now);
  for (const std::string& part : path) {
    std::vector<char> next(pattern.size() + 1, 0);
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (!now[i]) continue;
      if (pattern[i] == "**")
        next[i] = 1;
      else if (fits(pattern[i], part))
        next[i + 1] = 1;
    }
    skip(next);
    now = std::move(next);
    if (now.back()) return true;
  }
  return false;
}

}  // namespace

DockerIgnore::DockerIgnore(std::string_view text, std::string_view dockerfile) {
  for (const std::string& part : parts_of_path(dockerfile)) dockerfile_ += (dockerfile_.empty() ? "" : "/") + part;
  text = without_byte_order_mark(text);
  while (!text.empty()) {
    const std::string_view line = first_line(text);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    std::string_view words = trim(line);
    if (words.empty() || line.starts_with('#')) continue;
    Pattern pattern;
    pattern.keeps = words.starts_with('!');
    if (pattern.keeps) words = trim(words.substr(1));
    pattern.parts = parts_of_path(words);
    if (!pattern.parts.empty()) patterns_.push_back(std::move(pattern));
  }
}

bool DockerIgnore::leaves_out(std::string_view path) const {
  if (path == ".dockerignore" || path == dockerfile_) return false;
  const auto parts = parts_of_path(path);
  bool is_out = false;
  for (const Pattern& pattern : patterns_)
    if (means(pattern.parts, parts)) is_out = !pattern.keeps;
  return is_out;
}

}  // namespace cef::tasks
