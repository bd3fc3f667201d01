#include "complete.hpp"
#include "past/find_run.hpp"
#include "past/journal_options.hpp"

#include <cef/core/moment.hpp>
#include <cef/models/repository.hpp>
#include <cef/playbook/load.hpp>
#include <cef/tasks/modules.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <set>

namespace cef::cli::complete {

namespace past_parts {
namespace {

constexpr Milliseconds patience{50};  // for a journal that is written just now
constexpr std::size_t most_runs = 50;

std::optional<store::Journal> journal_of(const Options& options) {
  const auto file = journal_file(options);
  std::error_code ignored;
  if (!file || !std::filesystem::exists(*file, ignored)) return std::nullopt;
  auto journal = store::Journal::open(*file, store::Journal::Access::read, patience);
  if (!journal) return std::nullopt;
  return std::move(*journal);
}

// Whatever is a job's id in a record: `job` of exec --detach, `jobs[].id` and `jobs[].label` of cef jobs.
void add_jobs(const Value& data, std::vector<Candidate>& jobs, std::set<std::string>& seen) {
  const auto add = [&](const Value& record, const char* field, const char* about) {
    const auto found = record.find(field);
    if (found == record.end() || !found->is_string() || !seen.insert(found->get<std::string>()).second) return;
    jobs.push_back({found->get<std::string>(), record.value(about, std::string())});
  };
  if (!data.is_object()) return;
  add(data, "job", "label");
  const auto list = data.find("jobs");
  if (list == data.end() || !list->is_array()) return;
  for (const Value& job : *list)
    if (job.is_object()) add(job, "id", job.value("command", Value()).is_string() ? "command" : "label");
}

std::optional<playbook::Playbook> playbook_of(const Line& line) {
  std::vector<std::filesystem::path> files;
  for (const std::string& word : line.words)
    if (word.find('=') == std::string::npos) files.emplace_back(word);
  if (files.empty()) return std::nullopt;
  const playbook::Config config = playbook::read_config();
  auto loaded = playbook::load(files, {.roles_path = config.roles_path, .collections_path = config.collections_path});
  if (!loaded) return std::nullopt;
  return std::move(*loaded);
}

void for_each_task(const playbook::Playbook& playbook, const std::function<void(const playbook::Task&)>& what) {
  for (const playbook::Play& play : playbook.plays)
    for (const auto* items : {&play.pre_tasks, &play.roles, &play.tasks, &play.post_tasks})
      playbook::for_each_task(*items, what);
}

}  // namespace
}  // namespace past_parts

std::vector<Candidate> recorded_runs(const Options& options, std::string_view text) {
  const auto journal = past_parts::journal_of(options);
  if (!journal) return {};
  const auto runs = journal->runs({.last = past_parts::most_runs, .since = {}, .verb = {}, .id_prefix = {}});
  if (!runs) return {};
  std::vector<Candidate> candidates{{"last", "the last run"}};
  std::set<std::string> seen;
  for (const store::RunRecord& run : *runs) {
    // Its short form as long as that is enough, the whole id for who has begun to type it.
    const std::string end = run.id.substr(run.id.rfind('-') + 1);
    const bool whole = !text.empty() && run.id.starts_with(text) && !end.starts_with(text);
    const std::string about = fmt::format("{}, {}", command_line(run), utc_time(run.started));
    if (whole || !seen.insert(end).second)
      candidates.push_back({run.id, about});
    else
      candidates.push_back({end, about});
  }
  return candidates;
}

std::vector<Candidate> recorded_jobs(const Options& options) {
  const auto journal = past_parts::journal_of(options);
  if (!journal) return {};
  const auto runs = journal->runs({.last = past_parts::most_runs, .since = {}, .verb = {}, .id_prefix = {}});
  if (!runs) return {};
  std::vector<Candidate> jobs;
  std::set<std::string> seen;
  constexpr std::size_t most_hosts = 1000;  // whose results are read
  std::size_t hosts = 0;
  for (const store::RunRecord& run : *runs) {
    const bool has_jobs = run.verb == "jobs" || std::ranges::find(run.words, "--detach") != run.words.end();
    if (!has_jobs || (hosts += run.summary.hosts) > most_hosts) continue;
    const auto report = journal->report(run);
    if (!report) continue;
    for (const HostResult& result : report->results) past_parts::add_jobs(result.data, jobs, seen);
  }
  return jobs;
}

std::vector<Candidate> known_models(const Options& options) {
  const auto folder = options.text("model-dir");
  const models::Repository repository(folder ? std::filesystem::path(*folder) : models::default_folder());
  const auto list = repository.list();
  if (!list) return {};
  std::vector<Candidate> candidates;
  std::set<std::string> seen;
  for (const models::Model& model : *list) {
    if (seen.insert(model.name).second) candidates.push_back({model.name, "the version added last"});
    candidates.push_back({model.reference(), model.file});
  }
  return candidates;
}

std::vector<Candidate> playbook_tags(const Line& line) {
  const auto playbook = past_parts::playbook_of(line);
  if (!playbook) return {};
  std::set<std::string> tags{"all", "tagged", "untagged"};
  past_parts::for_each_task(*playbook, [&](const playbook::Task& task) {
    for (std::string& tag : playbook::all_tags(*task.frame)) tags.insert(std::move(tag));
  });
  std::vector<Candidate> candidates;
  for (const std::string& tag : tags) candidates.push_back({tag});
  return candidates;
}

std::vector<Candidate> playbook_tasks(const Line& line) {
  const auto playbook = past_parts::playbook_of(line);
  if (!playbook) return {};
  std::vector<Candidate> candidates;
  past_parts::for_each_task(*playbook, [&](const playbook::Task& task) {
    if (!task.name.empty()) candidates.push_back({task.name, task.written});
  });
  return candidates;
}

std::vector<Candidate> module_params(const Line& line) {
  std::vector<Candidate> candidates;
  for (const std::string& word : line.words) {
    const tasks::Task* module = tasks::find_module(word.substr(word.rfind('.') + 1));
    if (!module) continue;
    for (const Param& param : module->params)
      candidates.push_back({fmt::format("{}=", param.name), param.required ? "required" : describe(param)});
    return candidates;
  }
  return candidates;
}

}  // namespace cef::cli::complete
