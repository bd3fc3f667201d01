#include "load.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  load_inventory(
      [&](auto& draft, auto& problems) { cef::inventory::load_ini(text_of(data, size), "hosts", draft, problems); });
  return 0;
}
