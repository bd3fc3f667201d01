// One function for each format of inventory. They add to the draft and report to `problems`; none of them throws.
#pragma once

#include "draft.hpp"

#include <cef/core/process.hpp>
#include <cef/yaml/problems.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace cef::inventory {

void load_yaml(const std::string& text, const std::string& file, Draft& draft, Problems& problems);
void load_ini(const std::string& text, const std::string& file, Draft& draft, Problems& problems);
/// Runs `file --list`, and `file --host NAME` for each host when the answer has no `_meta`.
void load_dynamic(const std::filesystem::path& file, Draft& draft, Problems& problems);
/// The same for what `program` answers when it is called with these arguments.
using Program = std::function<ProgramOutput(const std::vector<std::string>& arguments)>;
void load_dynamic(const std::string& file, const Program& program, Draft& draft, Problems& problems);

}  // namespace cef::inventory
