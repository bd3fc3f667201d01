#include "task_job.hpp"

#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>

#include <utility>

namespace cef::cli {

namespace {

constexpr std::size_t longest_line = 4096;

// Names, or records with one.
std::string names_in(const Value& list) {
  std::string names;
  for (const Value& entry : list) {
    const Value& name = entry.is_object() ? entry.at("name") : entry;
    names += (names.empty() ? "" : ", ") + name.get<std::string>();
  }
  return names;
}

}  // namespace

std::optional<TaskJob> TaskJob::of(std::string_view label) {
  if (label != "upgrade" && label != "package") return std::nullopt;
  tasks::Course course = tasks::find(label)->course({});
  auto step = course.begin();
  if (!step || !step->progress) return std::nullopt;
  return TaskJob(std::move(course), std::move(*step));
}

std::string TaskJob::hear(std::string_view bytes) {
  std::string note;
  for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
    line_ += bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (std::string said = step_.progress(line_); !said.empty()) note = std::move(said);
    line_.clear();
  }
  if (line_.size() < longest_line) line_ += bytes;
  return note;
}

tasks::Verdict TaskJob::end(const transport::ExecResult& ran) {
  tasks::StepResult result{ran.status, ran.signal, ran.out, ran.err, {}};
  // What it was begun without it does not ask for now: a reboot, for one.
  (void)course_.tell(std::move(result));
  return course_.verdict();
}

std::string tell_packages(const Value& data) {
  std::string text;
  const auto list = [&](const char* name) { return data.value(name, Value::array()); };
  for (const Value& change : list("upgraded"))
    text += fmt::format("upgraded {} {} -> {}\n", change.at("name").get<std::string>(),
                        change.at("from").get<std::string>(), change.at("to").get<std::string>());
  const auto add = [&](const char* what, const char* name) {
    if (const std::string names = names_in(list(name)); !names.empty()) text += fmt::format("{} {}\n", what, names);
  };
  add("installed", "installed");
  add("removed", "removed");
  add("configured", "configured");
  add("held back", "held_back");
  add("kept as they were:", "kept_conffiles");
  if (data.value("reboot_required", false)) text += "the host wants a reboot\n";
  return text.empty() ? "nothing had to be done\n" : text;
}

}  // namespace cef::cli
