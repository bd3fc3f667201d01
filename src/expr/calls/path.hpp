// What `attribute='a.b.0'` means to map, sort, groupby and others.
#pragma once

#include "value/operators.hpp"

namespace cef::expr {

/// Undefined where the last part is missing; fails where one in between is.
Any at_path(const Any& value, const Any& path, Budget& budget);

}  // namespace cef::expr
