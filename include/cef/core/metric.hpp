// A number in a probe's record, as monitoring sees it: thresholds, Prometheus, the store and its charts all name it
// alike, `temp.cpu_celsius`, or `disk.used_pct[/boot]` where a host has several.
#pragma once

#include <cef/core/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cef {

struct Metric {
  enum class Kind {
    gauge,
    counter,  // only grows, until the host starts anew
    worst,    // the highest of a list whose elements are metrics too
  };
  std::string probe;
  std::string field;    // of the record or of the list's elements, dots for what is nested; ends in its unit
  std::string help;     // one line
  std::string list{};   // field with the list, or empty
  std::string label{};  // field of an element that tells it from the others: `index`
  std::string noun{};   // what an element is: `gpu`; the label's name in Prometheus
  Kind kind = Kind::gauge;

  /// `disk.used_pct`; not unique: an element's has the name of the worst one's.
  std::string name() const { return probe + "." + field; }
};
using Metrics = std::vector<Metric>;

/// One value of one host.
struct Sample {
  const Metric* metric = nullptr;
  std::string label;  // which element of the list, or empty
  double value = 0;
  std::size_t item = 0;  // its place in the list

  /// `disk.used_pct[/boot]`; unique in a host.
  std::string name() const { return label.empty() ? metric->name() : metric->name() + "[" + label + "]"; }
};

/// What a snapshot's record (probes' records by their names) holds of `metrics`. True counts as 1, false as 0. What a
/// host does not have is left out, and so is a probe that failed.
std::vector<Sample> samples(const Metrics& metrics, const Value& record);
/// The same of what a verb found: of metrics whose probe it is itself, the record is that probe's own.
std::vector<Sample> samples(const Metrics& metrics, std::string_view verb, const Value& data);

/// The probes of these metrics, each once, in their order.
std::vector<std::string> probes_of(const Metrics& metrics);
/// What a verb found out with one probe: null when there is nothing.
const Value* record_of(std::string_view probe, std::string_view verb, const Value& data);

}  // namespace cef
