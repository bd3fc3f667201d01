#include "fuzz.hpp"
#include "key_container.hpp"

using namespace cef::transport;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto container = parse_key_container(text_of(data, size));
  if (!container) return 0;
  container->rounds = 1;  // as few as there can be: time is what the others cost
  const auto opened = open_key_container(*container, "open sesame");
  if (!opened) return 0;
  // What comes of it is a whole key that is not encrypted, and the same one.
  const auto plain = parse_key_container(*opened);
  require(plain.has_value() && !plain->is_locked() && plain->public_key == container->public_key);
  require(open_key_container(*plain, "").has_value());
  return 0;
}
