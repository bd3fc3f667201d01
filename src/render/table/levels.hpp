// Which values stand out: by the levels of their column, or because they crossed a threshold.
#pragma once

#include "rows.hpp"
#include "style.hpp"

namespace cef::render {

/// The colour of `value`, which is that of `field` in `row`.
Ink ink_of(const Row& row, const Field& field, const Value& value);

}  // namespace cef::render
