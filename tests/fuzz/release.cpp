// The parts that tell of a system: `=release=` with os-release, `=debian=`, and `=etc/NAME=` for each older file.
#include "release.hpp"

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = text_of(data, size);
  const auto found = cef::probes::release(cef::probes::parts(text));
  for (const auto* value : {&found.id, &found.name, &found.version, &found.codename})
    require(value->is_null() || value->is_string());
  require(!found.id.is_string() || !found.id.get<std::string>().empty());
  return 0;
}
