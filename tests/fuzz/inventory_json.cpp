// What an inventory program prints, for --list and for every host.
#include "load.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cef::inventory::Program program = [text = text_of(data, size)](const std::vector<std::string>&) {
    cef::ProgramOutput output;
    output.out = text;
    return output;
  };
  load_inventory(
      [&](auto& draft, auto& problems) { cef::inventory::load_dynamic("inventory.py", program, draft, problems); });
  return 0;
}
