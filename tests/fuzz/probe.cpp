// The name of a probe, or `snapshot`, on the first line, and what a host printed after it.
#include "../probes/plausible.hpp"
#include "fuzz.hpp"

#include <cef/probes/probe.hpp>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = text_of(data, size);
  const auto end = text.find('\n');
  if (end == std::string::npos) return 0;
  const std::string name = text.substr(0, end);
  const std::string output = text.substr(end + 1);
  const auto* probe = cef::probes::find(name);
  if (!probe && name != "snapshot") return 0;
  const auto parse = probe ? probe->parse : cef::probes::parse_snapshot;
  const auto look_at = [&](std::string_view body) {
    const auto record = parse(body);
    if (!record) return;
    require(cef::probes::is_plausible(*record));
    for (const auto& sample : cef::samples(cef::probes::all_metrics(), probe ? cef::Value{{name, *record}} : *record))
      require(!sample.name().empty());
  };
  look_at(output);
  if (const auto body = cef::probes::framed(output)) look_at(*body);
  return 0;
}
