// From the draft to the inventory: every host's variables after precedence, and the settings they make.
#pragma once

#include "draft.hpp"
#include "vars_files.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::inventory {

/// Precedence is Ansible's, lowest first: variables in inventory files of `all`, of groups by depth, priority and name;
/// files in group_vars/ for `all`, then for groups in the same order, source by source; the host's variables in
/// inventory files, then in host_vars/.
Inventory resolve(const Draft& draft, VarsFiles& files, const Beside& beside, Problems& problems);

/// One host of it.
Host resolve_host(const Draft& draft, VarsFiles& files, const Beside& beside, Problems& problems, Index host);

/// The same hosts one after the other, with the groups they are in (all but `all`) and their tags. Of their own
/// variables in inventory files, those with makes_names() are enough.
void for_each_host(const Draft& draft, VarsFiles& files, Problems& problems,
                   const std::function<void(const std::string& name, const std::vector<Index>& groups,
                                            const std::vector<std::string>& tags)>& what);

/// Whether a host's tags may be others without that variable.
bool makes_names(std::string_view variable);

}  // namespace cef::inventory
