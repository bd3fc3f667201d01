// Failures in plain words: why a host failed, how the run went, and what to do next.
#pragma once

#include "rows.hpp"

#include <cef/core/text.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cef::render {

/// Why the host failed, on one line and without its name, which stands beside it.
std::string explanation(const View& view, const HostResult& result);

/// The same for several hosts whose messages differ only in names and numbers: `…` stands where they differ.
std::string explanation(const View& view, const std::vector<const HostResult*>& hosts);

/// The message with what is particular to one host taken out: its name, and every number.
std::string without_particulars(const HostResult& result);

/// What two words have in common at both ends, in whole parts, and `…` between: `10.0.3.…` for two addresses.
std::string common_ends(std::string_view a, std::string_view b);

/// Names for people: `rpi[1-3]`, or joined by commas.
std::string fold_names(const View& view, const std::vector<std::string>& hosts);

/// As many of the first ones as fit into `cells`, at least one: `rpi[1-3] and 40 more`.
std::string some_names(const View& view, const std::vector<std::string>& hosts, std::size_t cells);

/// `7 hosts: 5 ok, 1 failed, 1 unreachable in 2.3 s` and, per kind of failure, what to do next.
std::string conclusion(const View& view, const Report& report);

}  // namespace cef::render
