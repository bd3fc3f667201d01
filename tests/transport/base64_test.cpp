#include "base64.hpp"

#include <catch2/catch.hpp>

namespace cef::transport::base64_tests {

TEST_CASE("base64 is read to the last byte or not at all", "[transport]") {
  struct Case {
    const char* text;
    std::optional<std::string> bytes;
  };
  const auto c = GENERATE(values<Case>({
      {"", ""},
      {"Zg==", "f"},
      {"Zm8=", "fo"},
      {"Zm9v", "foo"},
      {"AP+/", std::string("\0\xff\xbf", 3)},
      {"Zg=", {}},       // padding is missing
      {"Zg", {}},        // all of it
      {"Zg===", {}},     // or too much
      {"Zh==", {}},      // bits that stand for nothing
      {"Zm9v=", {}},     //
      {"Zm9vZ", {}},     // half a byte
      {"Zm 9v", {}},     // a blank
      {"Zm9v\n", {}},    // a line's end
      {" Zm9v", {}},     //
      {"Zm9-", {}},      // the alphabet of URLs
      {"Zg==Zg==", {}},  // two texts
  }));
  DYNAMIC_SECTION('"' << c.text << '"') {
    CHECK(from_base64(c.text) == c.bytes);
    if (c.bytes) CHECK(to_base64(*c.bytes) == c.text);
  }
}

TEST_CASE("what may stand between is passed over", "[transport]") {
  CHECK(from_base64("\nZm9v\r\nZg==\n", " \t\r\n") == "foof");
  CHECK_FALSE(from_base64("Zm9v*Zg==", " \t\r\n"));
}

}  // namespace cef::transport::base64_tests
