#include "play_console.hpp"

#include "console/secrets.hpp"
#include "play_outcome.hpp"
#include "task_text.hpp"

#include <cef/core/report.hpp>
#include <cef/core/secret.hpp>
#include <cef/core/text.hpp>
#include <cef/inventory/host_set.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <unistd.h>

namespace cef::cli {

namespace {

using playbook::TaskResult;
using playbook::TaskView;

constexpr std::chrono::milliseconds most_wait{500};  // of a line for hosts that may end alike
constexpr double worth_telling_ms = 1000;
constexpr std::size_t slowest = 5;

std::string indented(const std::string& text) {
  std::string out = "    ";
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "    ";
  }
  return out;
}

}  // namespace

Value to_json(const TaskRecord& record) {
  Value task{{"play", record.play},   {"task", record.task},     {"module", record.action},
             {"place", record.place}, {"status", record.status}, {"duration_ms", record.duration_ms}};
  if (!record.result.is_null()) task["result"] = record.result;
  return task;
}

PlayConsole::PlayConsole(RunConsole& console, PlayView view, render::Writer write, Over over)
    : console_(console), view_(view), write_(std::move(write)), over_(std::move(over)) {}

void PlayConsole::say(std::string_view text) {
  if (view_.text) write_(secrets_ != nullptr ? secrets_->mask(std::string(text)) : std::string(text));
}

std::string PlayConsole::painted(const std::string& word, const std::string& text) const {
  if (!view_.colour) return text;
  const char* code = is_bad(word)                               ? "31"
                     : word == "changed"                        ? "33"
                     : word == "skipping" || word == "included" ? "36"
                     : word == "ignored" || word == "retrying"  ? "35"
                                                                : "32";
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string PlayConsole::headline(const std::string& text) const {
  return view_.colour ? fmt::format("\n\x1b[1m{}\x1b[0m\n", text) : fmt::format("\n{}\n", text);
}

void PlayConsole::play_begins(const playbook::Play&, const std::string& name, std::size_t hosts) {
  flush();
  play_ = name;
  pending_headline_.clear();
  pending_play_ = headline(fmt::format("PLAY [{}]  {}", escape_controls(name),
                                       hosts == 0   ? "no hosts matched"
                                       : hosts == 1 ? "1 host"
                                                    : fmt::format("{} hosts", hosts)));
  if (!view_.quiet) say(std::exchange(pending_play_, ""));
}

void PlayConsole::batch_begins(std::size_t number, std::size_t of, const std::vector<std::string>& hosts) {
  flush();
  pending_headline_.clear();
  if (!view_.quiet) say(headline(fmt::format("BATCH {} of {}  [{}]", number, of, inventory::fold(hosts))));
}

void PlayConsole::task_begins(const TaskView& task, std::size_t) {
  flush();
  const std::string place = view_.verbosity > 0 ? "  " + playbook::show(task.task.place) : "";
  pending_headline_ =
      headline(fmt::format("{} [{}]{}", task.is_handler ? "HANDLER" : "TASK", escape_controls(task.name), place));
}

// Hosts that end alike stand in one line.
void PlayConsole::add_line(const std::string& word, std::string text, const std::string& host) {
  if (!view_.text || (view_.quiet && !is_bad(word))) return;
  const auto now = std::chrono::steady_clock::now();
  if (lines_.empty()) first_ = now;
  const auto same = std::find_if(lines_.begin(), lines_.end(),
                                 [&](const Line& line) { return line.word == word && line.text == text; });
  if (same == lines_.end())
    lines_.push_back({word, std::move(text), {host}});
  else
    same->hosts.push_back(host);
  if (now - first_ > most_wait) flush();
}

void PlayConsole::flush() {
  if (lines_.empty()) return;
  std::string text = std::exchange(pending_play_, "") + std::exchange(pending_headline_, "");
  for (const Line& line : lines_) {
    const std::string hosts = line.hosts.size() == 1 ? line.hosts.front() : inventory::fold(line.hosts);
    const auto first_end = line.text.find('\n');
    text += painted(line.word, fmt::format("{}: [{}]{}", line.word, hosts, line.text.substr(0, first_end)));
    text += '\n';
    if (first_end != std::string::npos) text += line.text.substr(first_end + 1) + '\n';
  }
  lines_.clear();
  say(text);
}

std::string PlayConsole::details(const TaskView& task, const TaskResult& result) const {
  if (result.hidden) return result.failed ? " => (hidden by no_log)" : "";
  std::string text;
  const std::string_view word = word_for(result);
  if (is_bad(word) || word == "ignored") {
    std::string why = failure_text(result.value);
    if (!result.why.empty() && !why.starts_with(result.why)) why = result.why + (why.empty() ? "" : "\n") + why;
    const auto end = std::min(why.find('\n'), why.size());
    text = fmt::format(" => {}{}\n{}", why.substr(0, end), result.rescued ? " (rescued)" : "",
                       indented("at " + playbook::show(task.task.place)));
    if (end < why.size()) text += "\n" + indented(why.substr(end + 1));
  } else if (task.task.action == "debug" && !result.skipped) {
    for (const auto& [name, value] : result.value.items()) {
      if (name == "hint" || name == "failed") continue;
      const std::string message = shown(value);
      text += fmt::format("\n{}", indented(name == "msg" ? message : fmt::format("{}: {}", name, message)));
    }
    if (text.empty()) text = "";
  } else if (view_.verbosity > 0 && !result.skipped) {
    text = "\n" + indented(shown(result.value));
  }
  if (view_.diff && !result.diff.is_null())
    if (const std::string diff = diff_text(result.diff, view_.colour); !diff.empty()) text += "\n" + diff;
  return text;
}

void PlayConsole::item_done(const TaskView& task, const std::string& host, const std::string& label,
                            const TaskResult& result) {
  if (result.skipped && view_.verbosity == 0) return;
  const std::string shown_label = result.hidden ? "(hidden)" : cut(escape_controls(label), 120);
  add_line(std::string(word_for(result)), fmt::format(" => (item={}){}", shown_label, details(task, result)), host);
}

void PlayConsole::host_done(const TaskView& task, const std::string& host, const TaskResult& result) {
  const std::string word(word_for(result));
  TaskRecord record{play_, task.name,          task.task.action, playbook::show(task.task.place),
                    word,  result.duration_ms, nullptr,          result.code};
  const bool keeps = view_.whole || view_.lines || is_bad(word);
  if (keeps) record.result = result.hidden ? Value{{"censored", "hidden by no_log"}} : result.value;
  if (view_.lines) {
    Value line{{"host", host}};
    line.update(to_json(record));
    if (secrets_ != nullptr) mask(*secrets_, line);
    write_(render::dump(line) + '\n');
    if (!is_bad(word)) record.result = nullptr;
  }
  records_[host].push_back(std::move(record));
  const bool looped = result.value.contains("results");
  // The lines of its rounds have said it all.
  if (looped && !result.skipped && !result.unreachable && !result.value["results"].empty()) return;
  add_line(word, looped ? "" : details(task, result), host);
}

void PlayConsole::task_ends(const TaskView& task, double duration_ms) {
  flush();
  times_.emplace_back(duration_ms, task.name);
}

void PlayConsole::included(const TaskView&, const std::string& what, const std::vector<std::string>& hosts) {
  for (const std::string& host : hosts) add_line("included", fmt::format(" => {}", escape_controls(what)), host);
  flush();
}

void PlayConsole::retrying(const TaskView& task, const std::string& host, int left) {
  add_line("retrying", fmt::format(" => {} ({} more)", escape_controls(task.name), left), host);
  flush();
}

void PlayConsole::warn(const std::string& message) { console_.warn(message); }

std::optional<std::string> PlayConsole::ask(const std::string& question, bool is_private) {
  flush();
  if (is_private) {
    if (!can_ask_secret()) return std::nullopt;
    const auto answer = ask_secret(question + " ", "");
    return answer ? std::optional(std::string(answer->reveal())) : std::nullopt;
  }
  if (::isatty(STDIN_FILENO) == 0) return std::nullopt;
  say(escape_controls(question) + " ");
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return line;
}

void PlayConsole::done(const HostResult& result, std::size_t running) {
  over_(result);
  console_.done(result, running);
}

void PlayConsole::recap(const playbook::Ended& ended) {
  flush();
  if (!ended.matched || !view_.text) return;
  // Hosts with the same counts stand in one line, as short as can be: 80 columns are to do.
  struct Row {
    playbook::Recap counts;
    std::vector<std::string> hosts;
    std::string names{};
  };
  std::vector<Row> rows;
  for (const std::string& host : ended.order) {
    const playbook::Recap& counts = ended.recap.at(host);
    if (view_.quiet && !counts.failed && !counts.unreachable) continue;
    const auto same = std::ranges::find(rows, counts, &Row::counts);
    if (same == rows.end())
      rows.push_back({counts, {host}});
    else
      same->hosts.push_back(host);
  }
  if (view_.quiet && rows.empty()) return;
  std::size_t width = 0;
  for (Row& row : rows) {
    row.names = row.hosts.size() == 1 ? row.hosts.front() : inventory::fold(row.hosts);
    width = std::max(width, std::min<std::size_t>(row.names.size(), 48));
  }
  std::array<std::size_t, counted.size()> digits{};  // the last one is not padded
  for (std::size_t i = 0; i + 1 < counted.size(); ++i)
    for (const Row& row : rows) digits[i] = std::max(digits[i], std::to_string(row.counts.*counted[i].second).size());
  std::string text = headline("PLAY RECAP");
  for (const Row& row : rows) {
    const char* word = row.counts.failed || row.counts.unreachable ? "failed" : row.counts.changed ? "changed" : "ok";
    text += painted(word, fmt::format("{:<{}}", row.names, width)) + " :";
    for (std::size_t i = 0; i < counted.size(); ++i)
      text += fmt::format(" {}={:<{}}", counted[i].first, row.counts.*counted[i].second, digits[i]);
    text += '\n';
  }
  std::sort(times_.rbegin(), times_.rend());
  std::string slow;
  for (std::size_t i = 0; i < std::min(slowest, times_.size()) && times_[i].first >= worth_telling_ms; ++i)
    slow += fmt::format("{:>8.1f} s  {}\n", times_[i].first / 1000, escape_controls(times_[i].second));
  if (!slow.empty() && !view_.quiet) text += "\nslowest tasks\n" + slow;
  say(text);
}

}  // namespace cef::cli
