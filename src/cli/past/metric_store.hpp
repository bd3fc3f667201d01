// Puts what probes found into the store of metrics (--store), and opens it for those who read it.
#pragma once

#include "app.hpp"

#include <cef/core/report.hpp>
#include <cef/store/metrics.hpp>

namespace cef::cli {

/// The option of a verb whose values can be stored.
constexpr Param store_option{
    .name = "store", .help = "append the values to the store, for history and report", .kind = Param::Kind::flag};

/// Errors: usage.
Result<store::Kept> store_limits(const Options& options);

/// Appends the report's values, and which hosts were up, when --store was given. False when that could not be done; a
/// warning has said why.
bool store_metrics(const Verb& verb, const Context& context, const Report& report);

/// For reading. Errors: nothing_matched when nothing has been stored.
Result<store::MetricStore> open_store(const Options& options);

}  // namespace cef::cli
