// The order in which hosts may go down: those that lead to others come last.
#pragma once

#include "prepare.hpp"

namespace cef::cli {

/// Hosts behind a jump host first, then that one, and the machine that cef runs on last of all; each only when the
/// ones before are done. --serial makes smaller batches of these.
void put_in_jump_order(Prepared& prepared);

}  // namespace cef::cli
