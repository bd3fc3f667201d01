#include "task_text.hpp"

#include "console/lines.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace cef::cli {

namespace {

constexpr std::size_t most_lines = 12;       // of a program's output
constexpr std::size_t most_compared = 2000;  // lines of a file whose diff is worked out exactly
constexpr std::size_t context_lines = 3;

std::string text_of(const Value& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? std::string() : value.dump(2, ' ', false, Value::error_handler_t::replace);
}

struct Change {
  char kind;  // ' ', '-', '+'
  std::string_view line;
};

// The longest common subsequence, after what is equal at both ends.
std::vector<Change> changes_of(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
  std::size_t head = 0, tail = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  while (tail < a.size() - head && tail < b.size() - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  const std::size_t n = a.size() - head - tail, m = b.size() - head - tail;
  std::vector<Change> changes;
  for (std::size_t i = 0; i < head; ++i) changes.push_back({' ', a[i]});
  if (n > most_compared || m > most_compared) {
    for (std::size_t i = 0; i < n; ++i) changes.push_back({'-', a[head + i]});
    for (std::size_t i = 0; i < m; ++i) changes.push_back({'+', b[head + i]});
  } else {
    std::vector<std::vector<unsigned>> length(n + 1, std::vector<unsigned>(m + 1));
    for (std::size_t i = n; i-- > 0;)
      for (std::size_t j = m; j-- > 0;)
        length[i][j] =
            a[head + i] == b[head + j] ? length[i + 1][j + 1] + 1 : std::max(length[i + 1][j], length[i][j + 1]);
    for (std::size_t i = 0, j = 0; i < n || j < m;) {
      if (i < n && j < m && a[head + i] == b[head + j]) {
        changes.push_back({' ', a[head + i]});
        ++i, ++j;
      } else if (i < n && (j == m || length[i + 1][j] >= length[i][j + 1])) {
        changes.push_back({'-', a[head + i++]});
      } else {
        changes.push_back({'+', b[head + j++]});
      }
    }
  }
  for (std::size_t i = a.size() - tail; i < a.size(); ++i) changes.push_back({' ', a[i]});
  return changes;
}

}  // namespace

std::string_view word_for(const playbook::TaskResult& result) {
  if (result.unreachable) return result.ignored ? "ignored" : "unreachable";
  if (result.failed) return result.ignored ? "ignored" : "failed";
  if (result.skipped) return "skipping";
  return result.changed ? "changed" : "ok";
}

bool is_bad(std::string_view word) { return word == "failed" || word == "unreachable"; }

std::string shown(const Value& value) { return escape_controls(text_of(value)); }

std::string failure_text(const Value& result) {
  std::string text;
  const auto add = [&text](std::string_view part) {
    if (!part.empty()) text += (text.empty() ? "" : "\n") + std::string(part);
  };
  const auto end_of = [](const std::string& output) {
    const auto lines = lines_of(output);
    std::string end;
    if (lines.size() > most_lines) end = fmt::format("[... {} lines before]\n", lines.size() - most_lines);
    for (std::size_t i = lines.size() - std::min(lines.size(), most_lines); i < lines.size(); ++i)
      end += escape_controls(lines[i]) + '\n';
    if (!end.empty()) end.pop_back();
    return end;
  };
  if (const auto message = result.find("msg"); message != result.end()) {
    const auto status = result.find("rc");
    const bool tells_status = status != result.end() && *message == "non-zero return code";
    add(tells_status ? fmt::format("{}: {}", shown(*message), status->dump()) : shown(*message));
  }
  if (const auto assertion = result.find("assertion"); assertion != result.end())
    add(fmt::format("assertion: {}", shown(*assertion)));
  for (const char* name : {"stdout", "stderr", "module_stdout", "module_stderr"})
    if (const auto output = result.find(name); output != result.end() && output->is_string())
      if (const std::string end = end_of(output->get<std::string>()); !end.empty())
        add(fmt::format("{}: {}", name, end));
  if (const auto hint = result.find("hint"); hint != result.end()) add(shown(*hint));
  return text;
}

std::string diff_text(const Value& diff, bool colour) {
  if (diff.is_array()) {
    std::string all;
    for (const Value& each : diff) all += diff_text(each, colour);
    return all;
  }
  if (!diff.is_object()) return {};
  if (const auto made = diff.find("prepared"); made != diff.end()) return shown(*made) + '\n';
  const auto part = [&](const char* name) {
    const auto found = diff.find(name);
    return found == diff.end() ? std::string() : text_of(*found);
  };
  const std::string before = part("before"), after = part("after");
  if (before == after) return {};
  const auto header = [&](const char* name) { return diff.contains(name) ? part(name) : std::string(); };
  const auto paint = [&](const char* code, const std::string& line) {
    return colour ? fmt::format("\x1b[{}m{}\x1b[0m\n", code, line) : line + '\n';
  };
  std::string text = paint("1", fmt::format("--- before: {}", escape_controls(header("before_header")))) +
                     paint("1", fmt::format("+++ after: {}", escape_controls(header("after_header"))));
  const auto changes = changes_of(lines_of(before), lines_of(after));
  std::size_t old_line = 1, new_line = 1;
  for (std::size_t i = 0; i < changes.size();) {
    std::size_t next = i;
    while (next < changes.size() && changes[next].kind == ' ') ++next;
    if (next == changes.size()) break;
    const std::size_t begin = std::max(i, next - std::min(next, context_lines));
    old_line += begin - i;
    new_line += begin - i;
    // A hunk ends where more than twice the context is equal.
    std::size_t end = next, equal = 0;
    for (std::size_t k = next; k < changes.size() && equal <= 2 * context_lines; ++k) {
      equal = changes[k].kind == ' ' ? equal + 1 : 0;
      if (equal == 0) end = k + 1;
    }
    end = std::min(end + context_lines, changes.size());
    std::size_t olds = 0, news = 0;
    std::string body;
    for (std::size_t k = begin; k < end; ++k) {
      const Change& change = changes[k];
      olds += change.kind != '+';
      news += change.kind != '-';
      const std::string line = change.kind + escape_controls(change.line);
      body += change.kind == ' ' ? line + '\n' : paint(change.kind == '-' ? "31" : "32", line);
    }
    text += paint("36", fmt::format("@@ -{},{} +{},{} @@", olds ? old_line : old_line - 1, olds,
                                    news ? new_line : new_line - 1, news)) +
            body;
    old_line += olds;
    new_line += news;
    i = end;
  }
  return text + '\n';
}

}  // namespace cef::cli
