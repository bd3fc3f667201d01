// What no host can have, whatever its output looks like.
#pragma once

#include <cef/core/value.hpp>

#include <cmath>
#include <string>

namespace cef::probes {

/// Whether all numbers in a probe's record could be some host's.
inline bool is_plausible(const Value& value, const std::string& key = "") {
  if (value.is_structured()) {
    for (const auto& [name, child] : value.items())
      if (!is_plausible(child, value.is_array() ? key : name)) return false;
    return true;
  }
  if (!value.is_number()) return true;
  const double number = value.get<double>();
  if (!std::isfinite(number)) return false;
  if (key == "fan_pct") return number >= 0;  // a fan may turn faster than 100 %
  if (key.ends_with("_pct")) return number >= 0 && number <= 100;
  if (key.ends_with("_bytes") || key.ends_with("_mbit_s")) return number >= 0;
  return !key.ends_with("_celsius") || (number >= -100 && number <= 250);
}

}  // namespace cef::probes
