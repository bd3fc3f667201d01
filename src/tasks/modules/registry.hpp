// Every module by its name in the code.
#pragma once

#include <cef/tasks/task.hpp>

namespace cef::tasks::modules {
#define MODULE(name) extern const Task name;
#include <cef/tasks/modules.def>
#undef MODULE
}  // namespace cef::tasks::modules
