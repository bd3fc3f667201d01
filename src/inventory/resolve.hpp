// From the draft to the inventory: every host's variables after precedence, and the settings they make.
#pragma once

#include "draft.hpp"
#include "vars_files.hpp"

#include <functional>

namespace cef::inventory {

/// Precedence is Ansible's, lowest first: variables in inventory files of `all`, of groups by depth, priority and name;
/// files in group_vars/ for `all`, then for groups in the same order, source by source; the host's variables in
/// inventory files, then in host_vars/.
Inventory resolve(const Draft& draft, VarsFiles& files, const Beside& beside, Problems& problems);

/// The same hosts one after the other, of which none is kept.
void for_each_host(const Draft& draft, VarsFiles& files, Problems& problems,
                   const std::function<void(const Host&)>& what);

}  // namespace cef::inventory
