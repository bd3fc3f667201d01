#include "run/run_verb.hpp"

#include <catch2/catch.hpp>

namespace cef::cli {

TEST_CASE("the exit code says how bad it was", "[cli]") {
  struct Case {
    const char* name;
    Summary summary;
    int code;
  };
  const auto c = GENERATE(values<Case>({
      {"all ok", {3, 3, 0, 0, 0, 0}, 0},
      {"changed and skipped are no failures", {3, 1, 1, 0, 0, 1}, 0},
      {"one failed", {3, 2, 0, 1, 0, 0}, 2},
      {"one unreachable", {3, 2, 0, 0, 1, 0}, 4},
      {"both", {3, 1, 0, 1, 1, 0}, 6},
      {"a threshold crossed", {3, 3, 0, 0, 0, 0, 1}, 10},
      {"and something worse", {3, 2, 0, 0, 1, 0, 1}, 4},
  }));
  DYNAMIC_SECTION(c.name) { CHECK(exit_code(c.summary) == c.code); }
}

}  // namespace cef::cli
