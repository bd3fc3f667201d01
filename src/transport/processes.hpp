// Processes of this machine, from /proc: what a command has started, and whether any of it is still there.
#pragma once

#include <sys/types.h>
#include <vector>

namespace cef::transport {

/// A process, and no later one that gets its number.
struct ProcessId {
  pid_t pid = 0;
  unsigned long long started = 0;  // clock ticks since boot
};

/// `leader`, all that descend from it and all in its session, as far as they run now.
std::vector<ProcessId> family_of(pid_t leader);
/// Of these the ones that still run; one that has ended and was not waited for does not.
std::vector<ProcessId> still_running(const std::vector<ProcessId>& processes);

}  // namespace cef::transport
