#include <cef/core/error.hpp>

#include <catch2/catch.hpp>

#include <set>
#include <vector>

namespace cef {

namespace {
const std::vector<Code> all_codes{
#define CODE(name, stage, hint) Code::name,
#include <cef/core/errors.def>
#undef CODE
};
}  // namespace

TEST_CASE("every code is found by its name", "[core]") {
  for (const Code code : all_codes) CHECK(code_from(name_of(code)) == code);
  CHECK_FALSE(code_from("no_such_code"));
}

TEST_CASE("a code tells its stage, and the stage whether the host was reached", "[core]") {
  struct Case {
    Code code;
    const char* name;
    const char* stage;
    bool unreachable;
  };
  const auto c = GENERATE(values<Case>({
      {Code::name_unknown, "name_unknown", "resolve", true},
      {Code::connect_timeout, "connect_timeout", "connect", true},
      {Code::throttled, "throttled", "handshake", true},
      {Code::host_key_changed, "host_key_changed", "hostkey", true},
      {Code::auth_denied, "auth_denied", "auth", true},
      {Code::sudo_denied, "sudo_denied", "become", false},
      {Code::command_failed, "command_failed", "exec", false},
      {Code::unexpected_output, "unexpected_output", "parse", false},
      {Code::gpu_driver_error, "gpu_driver_error", "task", false},
      {Code::deadline, "deadline", "run", false},
      {Code::internal, "internal", "controller", false},
  }));
  DYNAMIC_SECTION(c.name) {
    CHECK(name_of(c.code) == c.name);
    CHECK(name_of(stage_of(c.code)) == c.stage);
    CHECK(is_unreachable(c.code) == c.unreachable);
  }
}

TEST_CASE("every code has a name of its own", "[core]") {
  std::set<std::string_view> names;
  for (const Code code : all_codes) names.insert(name_of(code));
  CHECK(names.size() == all_codes.size());
}

TEST_CASE("hints are one line without a full stop", "[core]") {
  for (const Code code : all_codes) {
    const std::string hint(default_hint(code));
    INFO(name_of(code) << ": " << hint);
    CHECK(hint.find('\n') == std::string::npos);
    CHECK_FALSE(hint.ends_with('.'));
  }
}

TEST_CASE("an error's own hint goes before its code's", "[core]") {
  CHECK(hint_of({Code::connect_refused, "", "try port 2222"}) == "try port 2222");
  CHECK(hint_of({Code::connect_refused, "", ""}) == default_hint(Code::connect_refused));
  CHECK(hint_of({Code::command_failed, "", ""}).empty());
}

}  // namespace cef
