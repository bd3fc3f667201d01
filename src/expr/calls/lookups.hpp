// lookup() and query(): those that need nothing but their arguments are here, all others are asked of the World.
#pragma once

#include "run/function.hpp"

namespace cef::expr {

/// Texts joined by commas, one value as it is.
Any lookup(Call& call);
/// Always a list.
Any query(Call& call);

}  // namespace cef::expr
