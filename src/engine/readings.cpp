#include <cef/engine/readings.hpp>

#include <fmt/format.h>

namespace cef::engine {

namespace {

constexpr std::size_t most_elements = 200, most_bytes = 200;

// Not in the middle of a character.
std::string_view shortened(std::string_view label) {
  if (label.size() <= most_bytes) return label;
  std::size_t end = most_bytes;
  while (end > most_bytes - 4 && (static_cast<unsigned char>(label[end]) & 0xc0U) == 0x80U) --end;
  return label.substr(0, end);
}

}  // namespace

std::vector<store::Reading> readings(const Metrics& metrics, std::string_view verb, const Report& report) {
  std::vector<store::Reading> round;
  for (const HostResult& result : report.results) {
    // Of a host that was given up or never started nothing is known.
    if (result.error && stage_of(result.error->code) == Stage::run) continue;
    store::Reading reading{result.host, {}, {}};
    if (result.error) {
      reading.error = result.error->code;
    } else {
      for (Sample& sample : samples(metrics, verb, result.data)) {
        if (sample.item >= most_elements) continue;
        sample.label = shortened(sample.label);
        reading.values.emplace_back(sample.name(), sample.value);
      }
      // A probe that failed inside a snapshot has no values, but that it did is one.
      for (const std::string& probe : probes_of(metrics)) {
        const Value* record = record_of(probe, verb, result.data);
        if (!record || !record->is_object() || !record->contains("error")) continue;
        const Value& error = (*record)["error"];
        const std::string code = error.is_object() ? error.value("code", "failed") : "failed";
        reading.values.emplace_back(fmt::format("{}.{}[{}]", probe, probe_error, code), 1);
      }
    }
    round.push_back(std::move(reading));
  }
  return round;
}

}  // namespace cef::engine
