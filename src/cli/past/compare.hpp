// What is different between two runs.
#pragma once

#include <cef/core/report.hpp>

#include <vector>

namespace cef::cli {

/// A result per host that appeared, vanished, or whose status or record changed, in the order of `after`, then those
/// that vanished. `data` is {change, fields: [{field, before, after, was, now}]}; `was` and `now` are short, for
/// people. Times (fields that end in _ms, and uptime_s) always differ and do not count; `with_data` false compares
/// statuses only.
std::vector<HostResult> compare(const Report& before, const Report& after, bool with_data);

}  // namespace cef::cli
