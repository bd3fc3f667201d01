// How bad a value is that stands to two limits: `temp.cpu_celsius<70:80` is a warning from 70 on, critical from 80 on.
// All of it is read from Assertion::expected, which is what a recorded run keeps of a threshold.
#pragma once

#include <cef/core/assertion.hpp>

#include <optional>

namespace cef {

enum class Severity { good, warning, critical };

struct AssertionLimits {
  std::optional<double> warning;  // none: there is one limit, and what crosses it is critical
  double critical = 0;
};
AssertionLimits limits_of(const Assertion& assertion);

/// What is not known is critical.
Severity severity(const Check& check);

}  // namespace cef
