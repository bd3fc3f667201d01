// Names of ARM processors by the numbers that /proc/cpuinfo shows, of the cores met in boards and servers.
// Source: ARM's Main ID Register (MIDR): implementer, part number; the kernel's arch/arm64/include/asm/cputype.h.
#pragma once

#include <string_view>

namespace cef::probes {

/// Empty for one that is not in the table. Both are as cpuinfo writes them: `0x41`, `0xd08`.
std::string_view arm_core(std::string_view implementer, std::string_view part);
std::string_view arm_vendor(std::string_view implementer);

}  // namespace cef::probes
