#include "options/arguments.hpp"

#include <catch2/catch.hpp>

namespace cef::cli {

TEST_CASE("an option that a verb does not have is one that is not given", "[cli]") {
  const std::vector<Param> params{{.name = "keep", .kind = Param::Kind::number, .otherwise = "2"}};
  Arguments arguments(params);
  CHECK(arguments.number("keep") == 2);
  CHECK(arguments.text("mode") == std::nullopt);
  CHECK(arguments.texts("mode").empty());
  CHECK(arguments.size("mode") == std::nullopt);
  CHECK_FALSE(arguments.has("mode"));
}

}  // namespace cef::cli
