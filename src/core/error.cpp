#include <cef/core/error.hpp>

#include <cstddef>
#include <iterator>

namespace cef {

namespace {

struct Entry {
  std::string_view name;
  Stage stage;
  std::string_view hint;
};
// In the order of the codes, so that a code is its index.
constexpr Entry entries[] = {
#define CODE(name, stage, hint) {#name, Stage::stage, hint},
#include <cef/core/errors.def>
#undef CODE
};

const Entry& entry_of(Code code) { return entries[static_cast<std::size_t>(code)]; }

}  // namespace

Stage stage_of(Code code) { return entry_of(code).stage; }

std::string_view name_of(Code code) { return entry_of(code).name; }

std::optional<Code> code_from(std::string_view name) {
  for (std::size_t i = 0; i < std::size(entries); ++i)
    if (entries[i].name == name) return static_cast<Code>(i);
  return std::nullopt;
}

std::string_view default_hint(Code code) { return entry_of(code).hint; }

std::string_view name_of(Stage stage) {
  switch (stage) {
    case Stage::resolve:
      return "resolve";
    case Stage::connect:
      return "connect";
    case Stage::handshake:
      return "handshake";
    case Stage::hostkey:
      return "hostkey";
    case Stage::auth:
      return "auth";
    case Stage::become:
      return "become";
    case Stage::exec:
      return "exec";
    case Stage::parse:
      return "parse";
    case Stage::transfer:
      return "transfer";
    case Stage::task:
      return "task";
    case Stage::run:
      return "run";
    case Stage::controller:
      return "controller";
  }
  return "controller";
}

bool is_unreachable(Code code) { return stage_of(code) <= Stage::auth; }

std::string_view hint_of(const Error& error) {
  return error.hint.empty() ? default_hint(error.code) : std::string_view(error.hint);
}

}  // namespace cef
