// Which operating system a host says it runs: in os-release(5), or in the files that were there before it.
#pragma once

#include "parts.hpp"

namespace cef::probes {

struct Release {
  Value id, name, version, codename;  // null: not said
};

/// Of the parts `release`, `debian` (the first line of /etc/debian_version) and, where there is no os-release,
/// `etc/NAME` for each file of that kind.
Release release(const Parts& parts);

}  // namespace cef::probes
