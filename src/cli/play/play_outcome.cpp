#include "play_outcome.hpp"

#include "task_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cef::cli {

runner::Outcome outcome_of(const playbook::Recap& recap, const std::vector<TaskRecord>& records) {
  runner::Outcome outcome;
  outcome.status = recap.unreachable ? Status::unreachable
                   : recap.failed    ? Status::failed
                   : recap.changed   ? Status::changed
                                     : Status::ok;
  Value data = Value::object();
  for (const auto& [name, count] : counted) data[name] = recap.*count;
  Value& tasks = data["tasks"] = Value::array();
  for (const TaskRecord& record : records) tasks.push_back(to_json(record));
  outcome.data = std::move(data);
  const bool ended_badly = outcome.status == Status::failed || outcome.status == Status::unreachable;
  const auto last =
      std::find_if(records.rbegin(), records.rend(), [](const TaskRecord& each) { return is_bad(each.status); });
  if (ended_badly && last != records.rend()) {
    const std::string text = failure_text(last->result);
    outcome.error =
        Error{last->code.value_or(Code::command_failed),
              fmt::format("{}: {}", last->task, text.substr(0, text.find('\n'))), fmt::format("at {}", last->place)};
  }
  return outcome;
}

}  // namespace cef::cli
