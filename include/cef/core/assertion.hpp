// Thresholds: what a metric has to be. `temp.cpu_celsius<80`, `disk.used_pct[/boot]<90`, `power.throttled.now==false`.
#pragma once

#include <cef/core/metric.hpp>
#include <cef/core/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef {

enum class Comparison { less, at_most, greater, at_least, equal, unequal };

struct Assertion {
  std::string name;                  // of the metric: disk.used_pct
  std::optional<std::string> label;  // glob for elements of a list; none: the worst one, or all where there is no worst
  Comparison comparison = Comparison::less;
  double limit = 0;
  bool is_boolean = false;  // the limit was written as true or false
  std::string expected;     // as written, without blanks: `<90`

  /// `disk.used_pct[/boot]`
  std::string metric() const { return label ? name + "[" + *label + "]" : name; }
};
using Assertions = std::vector<Assertion>;

/// A number, true or false after one of < <= > >= == !=; then, maybe, a `#` and a comment. The probe's name may be left
/// out when it is `verb`. Errors: usage, for an expression that is none and for a metric that is not among `known`.
Result<Assertion> parse_assertion(std::string_view text, const Metrics& known, std::string_view verb);

/// How a host's value stood to a threshold.
struct Check {
  Assertion assertion;
  std::string metric;    // with its element: `disk.used_pct[/boot]`
  std::string path;      // of the value in the result's JSON, `*` for the element: `data.disk.filesystems.*.used_pct`
  std::size_t item = 0;  // which element
  std::optional<double> value;  // none: the probe failed, or nothing is known of the element
  std::string error;            // the probe's code, or the element's reason
  bool holds = false;

  /// `temp.cpu_celsius 83.2 is not < 80`
  std::string sentence() const;
  /// `{"metric": "temp.cpu_celsius", "value": 83.2, "expected": "<80"}`
  Value to_json() const;
};

/// One check for each value that an assertion means. What the host does not have is not checked; what it could not tell
/// because the probe failed, or an element of a list has an `error` in place of its values, does not hold.
std::vector<Check> check(const Assertions& assertions, const Metrics& metrics, std::string_view verb,
                         const Value& data);

}  // namespace cef
