#include <cef/core/error.hpp>

namespace cef {

Stage stage_of(Code code) {
  switch (code) {
#define CODE(name, stage, hint) \
  case Code::name:              \
    return Stage::stage;
#include <cef/core/errors.def>
#undef CODE
  }
  return Stage::controller;
}

std::string_view name_of(Code code) {
  switch (code) {
#define CODE(name, stage, hint) \
  case Code::name:              \
    return #name;
#include <cef/core/errors.def>
#undef CODE
  }
  return "internal";
}

std::string_view default_hint(Code code) {
  switch (code) {
#define CODE(name, stage, hint) \
  case Code::name:              \
    return hint;
#include <cef/core/errors.def>
#undef CODE
  }
  return "";
}

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
