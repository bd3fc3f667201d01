#include <cef/engine/exit.hpp>

#include <catch2/catch.hpp>

#include <csignal>

namespace cef::engine::exit_tests {

TEST_CASE("the exit code says how bad it was", "[engine]") {
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
  DYNAMIC_SECTION(c.name) {
    Ending ending;
    ending.summary = c.summary;
    CHECK(exit_code(ending) == c.code);
  }
}

TEST_CASE("what ended the run counts more than what its hosts did", "[engine]") {
  struct Case {
    const char* name;
    Ending ending;
    int code;
  };
  const Summary failed{3, 2, 0, 1, 0, 0};
  const auto c = GENERATE_COPY(values<Case>({
      {"Ctrl-C", {.summary = failed, .signal = SIGINT}, 130},
      {"SIGTERM", {.summary = failed, .signal = SIGTERM}, 143},
      {"a terminal that hung up", {.summary = failed, .signal = SIGHUP, .shown = false}, 143},
      {"a reader that is gone", {.summary = failed, .signal = SIGINT, .reader_gone = true}, 141},
      {"results that could not be written", {.summary = failed, .shown = false, .deadline = true}, 1},
      {"the deadline", {.summary = failed, .deadline = true, .stopped_early = true, .kept = false}, 124},
      {"host keys that could not be written", {.summary = failed, .stopped_early = true, .kept = false}, 1},
      {"too many failures", {.summary = failed, .stopped_early = true}, 8},
  }));
  DYNAMIC_SECTION(c.name) { CHECK(exit_code(c.ending) == c.code); }
}

}  // namespace cef::engine::exit_tests
