#include "apt.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <sstream>

namespace cef::tasks::apt {

namespace {

// Calls `take` for every line, without its end.
template <class Take>
void each_line(std::string_view text, Take take) {
  while (!text.empty()) {
    const std::string_view line = first_line(text);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    take(line);
  }
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Up to the next `end`, which is taken too.
std::string_view take_until(std::string_view& text, char end) {
  const std::string_view taken = text.substr(0, text.find(end));
  text.remove_prefix(std::min(taken.size() + 1, text.size()));
  return taken;
}

// apt's own progress, dpkg's, and what nobody needs to read.
bool is_progress(std::string_view line) {
  for (const char* const begin : {"=cef ", "pmstatus:", "dlstatus:", "media-change:", "(Reading database"})
    if (line.starts_with(begin)) return true;
  return trim(line).empty();
}

// `foo [1.0] (1.1 Debian:12/stable [amd64])`: the old version is there only where there is one.
Change parse_inst(std::string_view rest) {
  Change change;
  change.name = take_until(rest, ' ');
  if (take_prefix(rest, "[")) change.from = take_until(rest, ']');
  rest = trim(rest);
  if (take_prefix(rest, "(")) change.to = take_until(rest, ' ');
  return change;
}

struct State {
  std::string version, state;
};

std::string removed_end(std::string_view text, std::string_view end) {
  if (text.ends_with(end)) text.remove_suffix(end.size());
  return std::string(text);
}

}  // namespace

Answer::Answer(std::string_view out) {
  constexpr std::string_view mark = "=cef ";
  std::size_t at = out.starts_with(mark) ? 0 : out.find("\n=cef ");
  while (at < out.size()) {
    if (out[at] == '\n') ++at;
    std::string_view line = out.substr(at, out.find('\n', at) - at);
    const std::size_t begin = std::min(at + line.size() + 1, out.size());
    const std::size_t next = line.size() + at == out.size() ? std::string_view::npos : out.find("\n=cef ", begin - 1);
    line.remove_prefix(mark.size());
    const std::string_view name = take_until(line, ' ');
    const std::size_t end = std::min(next == std::string_view::npos ? next : next + 1, out.size());
    sections_.push_back({name, line, out.substr(begin, end > begin ? end - begin : 0)});
    at = next;
  }
}

const Answer::Section* Answer::find(std::string_view name) const {
  const auto found =
      std::find_if(sections_.rbegin(), sections_.rend(), [&](const Section& s) { return s.name == name; });
  return found == sections_.rend() ? nullptr : &*found;
}

std::string_view Answer::rest(std::string_view name) const {
  const Section* section = find(name);
  return section ? section->rest : std::string_view();
}

std::string_view Answer::text(std::string_view name) const {
  const Section* section = find(name);
  return section ? section->text : std::string_view();
}

Plan parse_plan(std::string_view text) {
  Plan plan;
  bool held = false;
  each_line(text, [&](std::string_view line) {
    held = line.starts_with(' ') ? held : line == "The following packages have been kept back:";
    if (held && line.starts_with(' ')) {
      std::istringstream names{std::string(line)};
      for (std::string name; names >> name;) plan.held_back.push_back(name);
    }
    if (take_prefix(line, "Inst ")) {
      Change change = parse_inst(line);
      (change.from.empty() ? plan.installed : plan.upgraded).push_back(std::move(change));
    } else if (take_prefix(line, "Remv ") || take_prefix(line, "Purg ")) {
      Change change = parse_inst(line);
      plan.removed.push_back(std::move(change));
    }
  });
  return plan;
}

Changes parse_changes(std::string_view text) {
  std::map<std::string, std::pair<State, State>> packages;  // before and after
  each_line(text, [&](std::string_view line) {
    const bool after = take_prefix(line, "\t");
    std::istringstream words{std::string(line)};
    std::string name;
    State state;
    if (!(words >> name >> state.version >> state.state)) return;
    auto& both = packages[name];
    (after ? both.second : both.first) = std::move(state);
  });
  Changes changes;
  for (auto& [name, states] : packages) {
    auto& [before, after] = states;
    if (before.version.empty())
      changes.installed.push_back({name, "", after.version});
    else if (after.version.empty())
      changes.removed.push_back({name, before.version, ""});
    else if (before.version != after.version)
      changes.upgraded.push_back({name, before.version, after.version});
    else
      changes.configured.push_back(name);
  }
  return changes;
}

std::vector<std::string> stale_sources(std::string_view text) {
  std::vector<std::string> sources;
  const auto add = [&](std::string source) {
    if (std::ranges::find(sources, source) == sources.end()) sources.push_back(std::move(source));
  };
  each_line(text, [&](std::string_view line) {
    if (!take_prefix(line, "W: ") && !take_prefix(line, "E: ")) return;
    if (take_prefix(line, "Failed to fetch ")) {
      const std::string_view url = take_until(line, ' ');
      const std::string_view reason = trim(line);
      add(reason.empty() ? std::string(url) : fmt::format("{}: {}", url, reason));
    } else if (line.starts_with("The repository '") || line.starts_with("GPG error: ")) {
      add(std::string(line));
    }
  });
  return sources;
}

bool any_source_answered(std::string_view text) {
  // What became of each file, by the number that apt gives it: of which source it is, and whether it is there.
  std::map<std::string_view, std::pair<std::string, bool>> files;
  each_line(text, [&](std::string_view line) {
    const std::string_view kind = line.substr(0, 4);
    if (kind != "Get:" && kind != "Hit:" && kind != "Ign:" && kind != "Err:") return;
    line.remove_prefix(4);
    const std::string_view number = take_until(line, ' '), url = take_until(line, ' ');
    const std::string_view suite = line.substr(0, line.find_first_of("/ "));
    const bool there = kind == "Get:" || kind == "Hit:";
    const bool matters =
        line.find("Packages") != std::string_view::npos || line.find("Release") != std::string_view::npos;
    if (there || (kind == "Err:" && matters))
      files.insert_or_assign(number, std::pair(fmt::format("{} {}", url, suite), there));
    else
      files.erase(number);
  });
  std::set<std::string> answered;
  for (const auto& [number, file] : files)
    if (file.second) answered.insert(file.first);
  for (const auto& [number, file] : files)
    if (!file.second) answered.erase(file.first);
  return !answered.empty();
}

std::vector<std::string> kept_conffiles(std::string_view text) {
  std::vector<std::string> files;
  std::string_view file;
  each_line(text, [&](std::string_view line) {
    if (std::string_view rest = line; take_prefix(rest, "Configuration file '")) file = take_until(rest, '\'');
    const bool kept =
        line.starts_with(" ==> Keeping old config file") || line.starts_with(" ==> Using current old file");
    if (kept && !file.empty()) files.emplace_back(std::exchange(file, {}));
  });
  return files;
}

std::string why_failed(std::string_view text) {
  std::vector<std::string> packages, errors;
  std::string package;
  each_line(text, [&](std::string_view line) {
    if (!package.empty()) {
      const std::string found = fmt::format("{}: {}", package, trim(line));
      if (std::ranges::find(packages, found) == packages.end()) packages.push_back(found);
      package.clear();
    }
    std::string_view rest = line;
    if (take_prefix(rest, "dpkg: error processing package "))
      package = take_until(rest, ' ');
    else if (take_prefix(rest, "dpkg: error processing archive "))
      package = rest.substr(0, rest.find(" ("));
    else if (take_prefix(rest, "E: ") || take_prefix(rest, "dpkg: error: "))
      if (!rest.starts_with("Sub-process ")) errors.emplace_back(rest);
  });
  const auto& found = packages.empty() ? errors : packages;
  if (!found.empty()) return fmt::format("{}", fmt::join(found, "; "));
  const std::string last = last_lines(text, 1);
  return last.empty() ? "it says nothing" : removed_end(last, "\n");
}

std::string last_lines(std::string_view text, std::size_t count) {
  std::vector<std::string_view> lines;
  each_line(text, [&](std::string_view line) {
    if (!is_progress(line)) lines.push_back(line);
  });
  if (lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
  return lines.empty() ? "" : fmt::format("{}\n", fmt::join(lines, "\n"));
}

std::int64_t to_number(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::optional<Error> early_end(const StepResult& ran, const Answer& answer) {
  if (ran.error) return ran.error;
  if (answer.find("missing"))
    return Error{Code::unsupported_platform, "there is no apt here: only hosts of the Debian family are looked after",
                 "leave the host out"};
  if (const auto* locked = answer.find("locked")) {
    std::string_view rest = locked->rest;
    const std::string pid(take_until(rest, ' ')), name(take_until(rest, ' '));
    return Error{Code::apt_locked,
                 fmt::format("apt's lock is held by {} (process {}{}{}), also after a wait of {} s",
                             name.empty() ? "another process" : name, pid, trim(rest).empty() ? "" : ": ", trim(rest),
                             to_number(answer.rest("waited"))),
                 ""};
  }
  if (answer.find("unmended"))
    return Error{
        Code::dpkg_interrupted,
        fmt::format("dpkg was interrupted before, and could not be put right: {}", why_failed(answer.text("mend"))),
        ""};
  if (!answer.find("end"))
    return Error{Code::command_failed,
                 ran.signal.empty() ? fmt::format("the script ended with exit status {}{}{}", ran.status,
                                                  ran.err.empty() ? "" : ": ", first_line(ran.err))
                                    : fmt::format("the script was ended by signal {}", ran.signal),
                 ""};
  if (to_number(answer.rest("updated")) != 0 && !any_source_answered(answer.text("update"))) {
    const auto stale = stale_sources(answer.text("update"));
    return Error{Code::apt_failed,
                 fmt::format("no source of packages could be updated: {}",
                             stale.empty() ? why_failed(answer.text("update")) : stale.front()),
                 "look at the host's network and its sources.list, or use the lists it has with --no-update"};
  }
  return std::nullopt;
}

std::optional<Error> failure(const Answer& answer) {
  if (to_number(answer.rest("plan")) != 0)
    return Error{Code::apt_failed, fmt::format("apt-get: {}", why_failed(answer.text("plan"))), ""};
  if (to_number(answer.rest("ran")) != 0)
    return Error{Code::apt_failed, fmt::format("apt-get: {}", why_failed(answer.text("run"))), ""};
  return std::nullopt;
}

std::function<std::string(std::string_view)> progress() {
  struct Seen {
    std::int64_t total = 0;
    std::set<std::string, std::less<>> unpacked, configured;
  };
  return [seen = std::make_shared<Seen>()](std::string_view line) -> std::string {
    if (take_prefix(line, "=cef ")) {
      const std::string_view name = take_until(line, ' ');
      if (name == "run") seen->total = to_number(line);
      if (name == "update") return "update";
      if (name == "mend") return "repairs what was interrupted";
      if (name != "waiting") return "";
      const std::string pid(take_until(line, ' '));
      return fmt::format("waits for {} ({})", take_until(line, ' '), pid);
    }
    if (take_prefix(line, "dlstatus:")) {
      take_until(line, ':');
      return fmt::format("download {} %", to_number(line));
    }
    if (!take_prefix(line, "pmstatus:")) return "";
    const std::string package(take_until(line, ':'));
    // `foo:amd64` would be one field too many.
    while (!line.empty() && !std::isdigit(static_cast<unsigned char>(line.front()))) take_until(line, ':');
    take_until(line, ':');
    const bool unpacks = line.starts_with("Unpacking "), configures = line.starts_with("Configuring ");
    if (!unpacks && !configures) return "";
    auto& those = unpacks ? seen->unpacked : seen->configured;
    those.insert(package);
    return fmt::format("{} {}/{} {}", unpacks ? "unpack" : "configure", those.size(),
                       std::max<std::int64_t>(seen->total, static_cast<std::int64_t>(those.size())), package);
  };
}

Value to_json(const std::vector<Change>& changes) {
  Value list = Value::array();
  for (const Change& change : changes)
    list.push_back({{"name", change.name}, {"from", change.from}, {"to", change.to}});
  return list;
}

Value diff_of(const Changes& changes) {
  std::map<std::string, const Change*> all;
  for (const auto* list : {&changes.upgraded, &changes.installed, &changes.removed})
    for (const Change& change : *list) all[change.name] = &change;
  if (all.empty()) return nullptr;
  std::string before, after;
  for (const auto& [name, change] : all) {
    if (!change->from.empty()) before += fmt::format("{} {}\n", name, change->from);
    if (!change->to.empty()) after += fmt::format("{} {}\n", name, change->to);
  }
  return {{"before_header", "packages"}, {"after_header", "packages"}, {"before", before}, {"after", after}};
}

Value names_of(const std::vector<Change>& changes) {
  Value list = Value::array();
  for (const Change& change : changes) list.push_back(change.name);
  return list;
}

}  // namespace cef::tasks::apt
