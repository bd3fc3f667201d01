#include "sections.hpp"

#include <cef/core/error.hpp>
#include <cef/inventory/inventory.hpp>
#include <cef/tasks/modules.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

namespace cef::cli::manual {

namespace tables_parts {
namespace {

Block heading(std::string text) { return {Block::Kind::heading, std::move(text)}; }
Block row(std::string term, std::string text) { return {Block::Kind::entry, std::move(text), std::move(term)}; }

// What a value looks like in config.yml.
std::string value_of(const Param& param) {
  if (!param.has_value()) return param.kind == Param::Kind::count ? "N" : "true";
  return std::string(param.value);
}

std::vector<Block> options() {
  std::vector<Block> blocks;
  for (const Param& param : option_specs()) {
    std::string variable = fmt::format("CEF_{}", param.name);
    for (char& c : variable) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    std::string said = describe(param);
    if (param.is_several()) said += "; a list";
    blocks.push_back(row(fmt::format("{}: {}", param.name, value_of(param)), fmt::format("{}. `{}`", said, variable)));
  }
  return blocks;
}

// Every failure, by how far the work had come.
std::vector<Block> codes() {
  std::vector<Block> blocks;
  std::string_view last;
  for (const auto& [name, stage] : {
#define CODE(name, stage, hint) std::pair<Code, Stage>{Code::name, Stage::stage},
#include <cef/core/errors.def>
#undef CODE
       }) {
    if (stage == Stage::controller && last != name_of(stage))
      blocks.push_back(heading("Of this machine, before or beside the work on hosts"));
    else if (last != name_of(stage))
      blocks.push_back(heading(
          fmt::format("Stage {}: the host is {}", name_of(stage), is_unreachable(name) ? "unreachable" : "failed")));
    last = name_of(stage);
    const std::string_view hint = default_hint(name);
    blocks.push_back(row(std::string(name_of(name)), hint.empty() ? "the message says what to do" : std::string(hint)));
  }
  return blocks;
}

std::vector<Block> variables() {
  std::vector<Block> blocks;
  for (const std::string_view word : inventory::plain_words())
    blocks.push_back(row(std::string(word), fmt::format("`{}`", fmt::join(inventory::names_for(word), "`, `"))));
  return blocks;
}

std::vector<Block> keywords() {
  constexpr std::pair<std::string_view, std::string_view> all[] = {
#define KEYWORD(name, levels) {#name, levels},
#include <cef/playbook/keywords.def>
#undef KEYWORD
  };
  constexpr std::pair<char, std::string_view> levels[] = {
      {'p', "plays"}, {'r', "roles"}, {'b', "blocks"}, {'t', "tasks"}};
  std::vector<Block> blocks;
  for (const auto& [name, where] : all) {
    std::vector<std::string_view> places;
    for (const auto& [letter, place] : levels)
      if (where.find(letter) != std::string_view::npos) places.push_back(place);
    blocks.push_back(row(std::string(name), fmt::format("of {}", fmt::join(places, ", "))));
  }
  return blocks;
}

std::string parameter(const Param& param) {
  std::string text = fmt::format("`{}`", param.name);
  if (param.required)
    text += " (required)";
  else if (param.kind == Param::Kind::choice && !param.choices.empty())
    text += fmt::format(" ({})", spelled(param.choices));
  if (!param.otherwise.empty()) text += fmt::format(" = {}", param.otherwise);
  return text;
}

std::vector<Block> modules() {
  std::vector<Block> blocks;
  for (const tasks::Task* module : tasks::all_modules()) {
    std::vector<std::string> params;
    if (module->free_form) params.emplace_back("a text");
    for (const Param& param : module->params) params.push_back(parameter(param));
    std::string said = std::string(module->summary);
    if (!module->aliases.empty()) said += fmt::format(" (also {})", module->aliases);
    if (!params.empty()) said += fmt::format("{}{}", said.empty() ? "" : ": ", fmt::join(params, ", "));
    blocks.push_back(row(std::string(module->name), std::move(said)));
  }
  return blocks;
}

}  // namespace
}  // namespace tables_parts

std::vector<Block> table_of(std::string_view word) {
  if (word == "options") return tables_parts::options();
  if (word == "codes") return tables_parts::codes();
  if (word == "variables") return tables_parts::variables();
  if (word == "keywords") return tables_parts::keywords();
  if (word == "modules") return tables_parts::modules();
  return {};
}

}  // namespace cef::cli::manual
