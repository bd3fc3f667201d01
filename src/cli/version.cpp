#include "help.hpp"

#include <cef/render/render.hpp>
#include <cef/tasks/modules.hpp>
#include <cef/transport/libraries.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cef::cli {

std::string version_text() { return fmt::format("cef {}\n{}\n", CEF_VERSION, transport::libraries()); }

std::string long_version_text() {
  std::string text = version_text();
  // Those that have become parts of the program, and those that the system keeps, as they were when it was made.
  text += "made with " CEF_LIBRARIES "\n";
  text += "compiler " CEF_COMPILER ", " CEF_LINKAGE "\n";
  text += fmt::format("formats {}\n", fmt::join(render::format_names(), ", "));
  std::vector<std::string_view> names;
  for (const Verb& verb : verbs()) names.push_back(verb.name);
  text += fmt::format("verbs {}\n", fmt::join(names, ", "));
  std::vector<std::string_view> modules;
  for (const tasks::Task* module : tasks::all_modules()) modules.push_back(module->name);
  return text + fmt::format("modules {}\n", fmt::join(modules, ", "));
}

}  // namespace cef::cli
