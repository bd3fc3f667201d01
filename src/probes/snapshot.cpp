// All probes in one remote command, at the cost of one login and as few processes as they can do with.
#include "parts.hpp"
#include "registry.hpp"

#include <cef/core/error_json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace cef::probes {

namespace {

// Each section runs in a process of its own, so that one that hangs (a dead disk under df, a driver under nvidia-smi)
// can be left behind. `tick` comes every second from one watcher for all of them and wakes the shell from its wait.
// A section that is told to end takes the command that it waits for with it.
constexpr std::string_view sections = R"(
ticks=0; tick() { ticks=$((ticks+1)); }; trap tick USR1
{ while sleep 1; do kill -USR1 $$ || exit; done; } >/dev/null 2>&1 </dev/null & watcher=$!
run() { "$@" & child=$!; wait $child; }
section() { echo "=cef section $1="; ticks=0
{ child=; trap "kill -9 \$child; exit 124" TERM; section_$1; } 2>/dev/null & pid=$!
while :; do wait $pid; status=$?; [ $status -gt 128 ] && kill -0 $pid 2>/dev/null || break
[ $ticks -gt $2 ] && { kill $pid; status=124; break; }; done
echo; echo "=cef done $status="; }
)";

constexpr std::string_view mark = "=cef ";

Value failed(const Error& error) { return Value{{"error", to_json(error)}}; }

struct Section {
  std::string text;
  std::string_view status;  // empty when the section did not come to its end
};

// The sections' output, and after it the two readings of those that have any.
std::map<std::string_view, Section> sections_of(std::string_view text) {
  std::map<std::string_view, Section> found;
  Section* section = nullptr;
  std::string_view reading;
  for (std::string_view line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.starts_with(mark) || !line.ends_with('=') || line.size() <= mark.size()) {
      if (section) (section->text += line) += '\n';
      continue;
    }
    std::string_view name = line.substr(mark.size(), line.size() - mark.size() - 1);
    const std::string_view kind = take_word(name);
    if (kind == "section") {
      section = &found[name];
    } else if (kind == "done") {
      if (section) section->status = name;
      section = nullptr;
    } else if (kind == "reading") {
      reading = name;
      section = nullptr;
    } else if (kind == "sample") {
      section = &found[name];
      section->text += fmt::format("\n={}=\n", reading);
    }
  }
  return found;
}

Value record_of(const Probe& probe, const Section& section) {
  if (section.status == "124")
    return failed({Code::command_timeout,
                   fmt::format("it was not done after {} s and was ended on the host", probe.node_limit_s),
                   "run it by itself, with a longer --timeout"});
  if (section.status.empty()) return failed({Code::unexpected_output, "it did not come to its end", ""});
  const auto record = probe.parse(section.text);
  return record ? *record : failed(record.error());
}

}  // namespace

std::string snapshot_command_line() {
  std::string script(sections);
  std::string order, readings;
  for (const Probe* probe : all()) {
    script += fmt::format("section_{}() {{\n{}\n}}\n", probe->name, probe->script);
    order += fmt::format("section {} {}\n", probe->name, probe->node_limit_s);
    if (probe->sample.empty()) continue;
    script += fmt::format("sample_{0}() {{ echo \"=cef sample {0}=\"; {1}; }}\n", probe->name, probe->sample);
    readings += fmt::format("sample_{}; ", probe->name);
  }
  script += order;
  script += fmt::format("kill $watcher\necho \"=cef reading first=\"; {0}\n{1}\necho \"=cef reading second=\"; {0}",
                        readings, pause);
  return framed_command_line(script);
}

Result<Value> parse_snapshot(std::string_view text) {
  const auto found = sections_of(text);
  if (found.empty()) return unexpected("the snapshot has no sections");
  Value record, errors;
  for (const Probe* probe : all()) {
    const auto section = found.find(probe->name);
    Value one = section == found.end() ? failed({Code::unexpected_output, "its section is missing", ""})
                                       : record_of(*probe, section->second);
    if (one.is_object() && one.contains("error"))
      errors.push_back(fmt::format("{}: {}", probe->name, one["error"]["code"].get<std::string>()));
    record[std::string(probe->name)] = std::move(one);
  }
  record["errors"] = std::move(errors);
  return record;
}

Columns snapshot_columns() {
  std::vector<Headline> lines;
  for (const Probe* probe : all())
    if (probe->headlines) std::ranges::move(probe->headlines(), std::back_inserter(lines));
  std::ranges::stable_sort(lines, {}, &Headline::place);
  Columns columns;
  for (Headline& line : lines) columns.push_back(std::move(line.column));
  columns.push_back(
      {.name = "errors", .path = "data.errors", .help = "what could not be found out, and why", .remark = true});
  return columns;
}

}  // namespace cef::probes
