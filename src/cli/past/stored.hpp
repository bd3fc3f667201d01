// What history and report have in common: which hosts, which series and what time they are about.
#pragma once

#include "app.hpp"

#include <cef/core/field_unit.hpp>
#include <cef/core/metric.hpp>
#include <cef/inventory/inventory.hpp>
#include <cef/store/curves.hpp>

#include <filesystem>

namespace cef::cli {

/// Why there is nothing in a file that cef keeps: it is not there, or was only made. Or else empty.
std::string why_nothing(const std::filesystem::path& file);

/// The time of the verb's --since and --until. Errors: usage.
Result<std::pair<store::Time, store::Time>> asked_time(const Context& context);

/// All that a verb's --store can keep.
const Metrics& storable_metrics();

/// Of the stored series those that `asked` names: a metric with all its labels, or one of them
/// (`disk.used_pct[/boot]`). Errors: usage, for a metric that there is not (the nearest is named).
Result<std::vector<std::string>> asked_series(const std::vector<std::string>& stored,
                                              const std::vector<std::string>& asked);

/// What the report, or the history, shows when nothing is asked for: each probe's usual metrics.
std::vector<std::string> usual_metrics(bool in_history);
/// Those of them that are stored, without labels.
std::vector<std::string> usual_series(const std::vector<std::string>& stored, bool in_history);

/// By the end of its name: `temp.cpu_celsius`, `disk.used_pct[/]`.
const FieldUnit& unit_of_series(std::string_view name);

}  // namespace cef::cli
