// What is wrong with a task that can be told before anything runs.
#include "load/loader.hpp"
#include "load/modules.hpp"

#include <cef/tasks/modules.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>

namespace cef::playbook {

namespace check_parts {
namespace {

// What a playbook has beside the language itself: see vars/lookups.cpp.
constexpr std::string_view own_filters[] = {"expanduser", "fileglob", "from_yaml", "from_yaml_all", "realpath"};
constexpr std::string_view own_tests[] = {"abs", "directory", "exists", "file", "link"};
constexpr std::string_view lookups[] = {
    "cartesian",   "dict",          "env",           "file",        "fileglob",
    "first_found", "flattened",     "indexed_items", "ini",         "inventory_hostnames",
    "items",       "lines",         "list",          "nested",      "password",
    "pipe",        "random_choice", "sequence",      "subelements", "template",
    "together",    "unvault",       "url",           "varnames",    "vars"};
constexpr std::string_view meta_words[] = {"flush_handlers",    "noop",        "end_host",          "end_play",
                                           "end_batch",         "clear_facts", "clear_host_errors", "reset_connection",
                                           "refresh_inventory", "end_role"};

bool is_one_of(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// Empty when it can be used.
std::string why_unusable(const expr::Use& use) {
  const std::string_view name = std::string_view(use.name).substr(use.name.rfind('.') + 1);
  if (const auto why = expr::why_refused(name); !why.empty())
    return fmt::format("'{}' is not supported: {}", use.name, why);
  switch (use.kind) {
    case expr::Use::Kind::filter:
      return expr::knows_filter(name) || is_one_of(own_filters, name)
                 ? ""
                 : fmt::format("there is no filter '{}'", use.name);
    case expr::Use::Kind::test:
      return expr::knows_test(name) || is_one_of(own_tests, name) ? "" : fmt::format("there is no test '{}'", use.name);
    case expr::Use::Kind::lookup:
      return is_one_of(lookups, name) ? "" : fmt::format("there is no lookup '{}'", use.name);
  }
  return "";
}

}  // namespace
}  // namespace check_parts

// `apply` of an include: keywords of what it includes.
void Loader::take_apply(Task& task) {
  const auto apply = task.raw_args.find("apply");
  if (apply == task.raw_args.end()) return;
  auto frame = std::make_shared<Frame>();
  frame->place = task.place;
  for (const auto& [key, value] : apply->items()) {
    yaml::Problems ignored;
    const auto document = yaml::parse(Value{{key, value}}.dump(), "apply", ignored);
    if (!document || !document->root) continue;
    const auto& entry = document->root->entries.front();
    if (!take_common(*entry.first, *entry.second, 'b', *frame))
      error(task.place, fmt::format("apply has no '{}'", key));
  }
  task.apply = frame;
  task.raw_args.erase("apply");
  if (auto tree = expr::Tree::parse(task.raw_args)) task.args = std::move(*tree);
}

void Loader::check_task(Task& task, const Around& around) {
  using namespace check_parts;
  if (task.loop && task.loop->place.line == 0) task.loop.reset();  // loop_control alone
  const bool guarded = around.guarded || has_condition(*task.frame) || task.is_handler;
  const auto tell = [&](const Place& place, std::string message) {
    if (guarded)
      problems_.warn(place, std::move(message));
    else
      error(place, std::move(message));
  };
  if (const std::string why = why_unsupported(task.written); !why.empty()) tell(task.place, why);
  // What is a template is known when it is reached.
  if (const tasks::Task* module = tasks::find_module(task.action);
      module && task.args.constant() && !task.raw_args.contains("_variable_params") && !is_own_action(task.action))
    if (const auto params = tasks::read_params(*module, task.raw_args); !params) {
      const auto& [code, message, hint] = params.error();
      const std::string whose = message.starts_with(module->name) ? "" : fmt::format("{}: ", task.written);
      tell(task.place, fmt::format("{}{}{}{}", whose, message, hint.empty() ? "" : "; ", hint));
    }
  const auto check_uses = [&](const std::vector<expr::Use>& uses) {
    for (const expr::Use& use : uses)
      if (const std::string why = why_unusable(use); !why.empty()) tell(task.place, why);
  };
  check_uses(task.args.uses());
  if (task.loop) check_uses(task.loop->terms.uses());
  for (const Conditions* conditions : {&task.frame->when, &task.until, &task.failed_when, &task.changed_when})
    for (const Condition& each : *conditions) check_uses(each.test.uses());
  if (is_include(task.action)) {
    task.frame->passes_on = false;
    take_apply(task);
    foresee(task, around, guarded);
  }
  if (task.action == "meta" || task.action == "import_playbook") {
    const std::string what = task.raw_args.value("_raw_params", "");
    if (!is_one_of(meta_words, what)) tell(task.place, fmt::format("meta has no '{}'", what));
  }
}

}  // namespace cef::playbook
