// An error as results and snapshots hold it.
#pragma once

#include <cef/core/error.hpp>
#include <cef/core/value.hpp>

namespace cef {

/// `stage`, `code`, `message`, and `hint` if there is any, the code's own included.
Value to_json(const Error& error);

}  // namespace cef
