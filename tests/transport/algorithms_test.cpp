#include "algorithms.hpp"

#include <catch2/catch.hpp>

namespace cef::transport {

TEST_CASE("a list of algorithms is replaced or changed as ssh does it", "[transport]") {
  CHECK(changed_by("", "a,b") == "a,b");
  CHECK(changed_by("c", "a,b") == "c");
  CHECK(changed_by("+c,a", "a,b") == "a,b,c");
  CHECK(changed_by("^b,c", "a,b") == "b,c,a");
  CHECK(changed_by("-a", "a,b") == "b");
  CHECK(changed_by("-x-*", "x-1,y,x-2") == "y");
  CHECK(changed_by("-*", "a,b").empty());
  CHECK(changed_by("+,,c,", "a") == "a,c");
}

}  // namespace cef::transport
