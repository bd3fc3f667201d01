#include <cef/core/error_json.hpp>

namespace cef {

Value to_json(const Error& error) {
  Value json{{"stage", name_of(stage_of(error.code))}, {"code", name_of(error.code)}, {"message", error.message}};
  if (const auto hint = hint_of(error); !hint.empty()) json["hint"] = hint;
  return json;
}

}  // namespace cef
