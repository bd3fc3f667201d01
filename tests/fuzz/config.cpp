#include "options/config.hpp"

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = cef::cli::parse_config(text_of(data, size), "config.yml", {});
  if (!config) require(config.error().message.starts_with("config.yml:"));
  return 0;
}
