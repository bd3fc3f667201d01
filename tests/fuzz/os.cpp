#include "fuzz.hpp"

#include <cef/probes/probe.hpp>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = text_of(data, size);
  const auto* probe = cef::probes::find("os");
  (void)probe->parse(text);
  if (const auto body = cef::probes::framed(text)) (void)probe->parse(*body);
  return 0;
}
