#include "help.hpp"
#include "manual/page.hpp"

#include <cef/render/render.hpp>
#include <cef/tasks/modules.hpp>
#include <cef/transport/libraries.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cef::cli {

std::string version_text() { return fmt::format("cef {}\n{}\n", CEF_VERSION, transport::libraries()); }

std::string long_version_text(std::size_t width) {
  std::vector<std::string_view> verb_names, modules;
  for (const Verb& verb : verbs()) verb_names.push_back(verb.name);
  for (const tasks::Task* module : tasks::all_modules()) modules.push_back(module->name);
  std::string text = version_text();
  // The libraries: those that have become parts of the program, and those that the system keeps, as they were when it
  // was made.
  for (const std::string& line :
       {std::string("made with " CEF_LIBRARIES), std::string("compiler " CEF_COMPILER ", " CEF_LINKAGE),
        fmt::format("formats {}", fmt::join(render::format_names(), ", ")),
        fmt::format("verbs {}", fmt::join(verb_names, ", ")), fmt::format("modules {}", fmt::join(modules, ", "))})
    text += manual::paragraph(line, width, 2);
  return text;
}

}  // namespace cef::cli
