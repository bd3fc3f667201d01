// Which results are shown, and in what order: the part of -q, --status, --where and --sort, the same for all formats.
#pragma once

#include "plan.hpp"

#include <vector>

namespace cef::render {

/// A line of a table: a result, and which element of its list when the columns have a `*`.
struct Row {
  const HostResult* result = nullptr;
  std::size_t item = 0;
};

/// Numbers as numbers, before everything else by its text.
bool less(const Value& a, const Value& b);

bool is_failure(const HostResult& result);
/// Nothing is known of the host: the run stopped before it came to it, or while it was at it.
bool is_left_out(const HostResult& result);
/// The host has nothing of what was asked for: a host without a GPU.
bool lacks_record(const HostResult& result);
/// False for the results that -q, --status or --where leaves out.
bool is_shown(const View& view, const HostResult& result);

/// The rows of the results that are shown, sorted; a result has as many as the longest `*` list of `fields`, or one.
std::vector<Row> rows(const Plan& plan, const std::vector<Field>& fields, const Report& report);

/// Those of one result that meet every --where.
std::vector<Row> rows_of(const Plan& plan, const std::vector<Field>& fields, const HostResult& result);

/// All results, sorted, whatever -q says.
std::vector<Row> sorted_hosts(const Plan& plan, const Report& report);

}  // namespace cef::render
