// Reads the YAML that people write for inventories without yaml-cpp, which takes ten times as long: most of what a Tab,
// or any verb on thousands of hosts, would wait for.
#pragma once

#include <yaml-cpp/eventhandler.h>

#include <string_view>

namespace cef::yaml {

/// Gives `handler` the events that yaml-cpp would give it for `text`, with the same places, or none at all and returns
/// false: the text has something that is not read here. Read are mappings in block style, lists of scalars, flow style
/// within a line, plain and quoted scalars on one line, comments, and a `---` before all; not read are anchors, tags,
/// block scalars, escapes, tabs, and whatever is wrong.
bool read_quickly(std::string_view text, YAML::EventHandler& handler);

}  // namespace cef::yaml
