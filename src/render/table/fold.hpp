// Groups of hosts with equal results: the odd ones first, because those are what one looks for.
#pragma once

#include "rows.hpp"

#include <string>
#include <vector>

namespace cef::render {

struct Group {
  std::vector<Row> rows;

  std::vector<std::string> names() const;
  std::vector<const HostResult*> hosts() const;
};

/// `rows` with the same `keys` (one per row) together. Small groups first unless the view is sorted; among equals, and
/// within a group, the order stays.
std::vector<Group> group(const View& view, const std::vector<Row>& rows, const std::vector<std::string>& keys);

/// Equal for failures of the same kind.
std::string failure_key(const HostResult& result);

/// The middle value of a numeric field; null when no row has it.
Value median(const std::vector<Row>& rows, const Field& field);

}  // namespace cef::render
