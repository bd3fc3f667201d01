#include <cef/tasks/task.hpp>
#include <cef/tasks/tasks.hpp>

#include <algorithm>

namespace cef::tasks {

namespace {
constexpr const Task* tasks[] = {
#define TASK(name) &(name),
#include <cef/tasks/tasks.def>
#undef TASK
};
}  // namespace

std::span<const Task* const> all() { return tasks; }

const Task* find(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(tasks), std::end(tasks), [&](const Task* t) { return t->name == name; });
  return found == std::end(tasks) ? nullptr : *found;
}

}  // namespace cef::tasks
