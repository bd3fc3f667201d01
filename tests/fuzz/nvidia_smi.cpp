// The parts that nvidia-smi prints: `=gpus=`, `=status=`, `=version=`, `=processes=`, `=list=`, `=pci=`, `=field
// NAME=`.
#include "nvidia_smi.hpp"

#include "../probes/plausible.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = text_of(data, size);
  auto parts = cef::probes::parts(text);
  const auto record = cef::probes::nvidia_cards(parts);
  require(record.is_null() || !record.at("gpus").empty());
  require(cef::probes::is_plausible(record));
  require(!cef::probes::nvidia_complaint(parts["gpus"]).empty());
  return 0;
}
