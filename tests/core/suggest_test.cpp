#include <cef/core/suggest.hpp>

#include <catch2/catch.hpp>

#include <vector>

namespace cef {

TEST_CASE("the nearest name is offered only when it is near", "[core]") {
  const std::vector<std::string> names{"rpi", "server", "gpu", "control", "rpi6401", "rpi6402"};
  struct Case {
    const char* word;
    std::optional<std::string> expected;
  };
  const auto c = GENERATE(values<Case>({
      {"rip", "rpi"},          // two neighbours swapped
      {"RPI", "rpi"},          // case does not count
      {"sever", "server"},     // one missing
      {"serverr", "server"},   // one too many
      {"contrl", "control"},   // one missing
      {"rpi6403", "rpi6401"},  // the first of several wins
      {"gpus", "gpu"},         // plural
      {"xyz", std::nullopt},   // nothing alike
      {"a", std::nullopt},     // every letter replaced is not a slip
      {"", std::nullopt},      // nothing typed
      {"workstation", std::nullopt},
  }));
  DYNAMIC_SECTION(c.word) { CHECK(nearest(c.word, names) == c.expected); }
}

}  // namespace cef
