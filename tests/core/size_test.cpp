#include <cef/core/size.hpp>

#include <catch2/catch.hpp>

#include <optional>

namespace cef {

TEST_CASE("sizes are read as users write them", "[core]") {
  struct Case {
    const char* text;
    std::optional<std::int64_t> bytes;
  };
  const auto c = GENERATE(values<Case>({
      {"1000000", 1'000'000},
      {"1B", 1},
      {"512K", 512 * 1024},
      {"512KiB", 512 * 1024},
      {"1KB", 1000},
      {"64M", 64 * 1024 * 1024},
      {"8MiB", 8 * 1024 * 1024},
      {"200MB", 200'000'000},
      {"1G", 1024 * 1024 * 1024},
      {"1GB", 1'000'000'000},
      {"", std::nullopt},
      {"M", std::nullopt},
      {"0", std::nullopt},
      {"-1", std::nullopt},
      {"1.5G", std::nullopt},
      {"1 M", std::nullopt},
      {"1mb", std::nullopt},
      {"9999999999G", std::nullopt},
  }));
  CAPTURE(c.text);
  const auto bytes = parse_size(c.text);
  REQUIRE(bytes.has_value() == c.bytes.has_value());
  if (bytes) CHECK(*bytes == *c.bytes);
}

}  // namespace cef
