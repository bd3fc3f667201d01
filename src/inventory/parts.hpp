// All that a loaded inventory was made of.
#pragma once

#include "draft.hpp"
#include "vars_files.hpp"

#include <cef/inventory/growth.hpp>

#include <optional>

namespace cef::inventory {

struct Growth::Parts {
  Beside beside;
  Problems problems;
  Draft draft{problems};
  std::optional<VarsFiles> files;  // refers to all of them
};

}  // namespace cef::inventory
