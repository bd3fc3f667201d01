#include "load.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  load_inventory([&](auto& draft, auto& problems) {
    cef::inventory::load_yaml(text_of(data, size), "hosts.yml", draft, problems);
  });
  return 0;
}
