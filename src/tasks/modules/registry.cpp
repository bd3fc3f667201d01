#include "registry.hpp"

#include <cef/tasks/modules.hpp>

#include <algorithm>

namespace cef::tasks {

namespace {

constexpr const Task* list[] = {
#define MODULE(name) &modules::name,
#include <cef/tasks/modules.def>
#undef MODULE
};

bool is_called(const Task& module, std::string_view name) {
  if (module.name == name) return true;
  std::string_view rest = module.aliases;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    if (rest.substr(0, comma) == name) return true;
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return false;
}

}  // namespace

std::span<const Task* const> all_modules() { return list; }

const Task* find_module(std::string_view name) {
  const auto* const found = std::ranges::find_if(list, [&](const Task* module) { return is_called(*module, name); });
  return found == std::end(list) ? nullptr : *found;
}

}  // namespace cef::tasks
