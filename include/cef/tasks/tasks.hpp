// Every task by its name.
#pragma once

#include <cef/tasks/task.hpp>

namespace cef::tasks {
#define TASK(name) extern const Task name;
#include <cef/tasks/tasks.def>
#undef TASK
}  // namespace cef::tasks
