// What runs on this machine, from /proc: to see that nothing was left behind, and to end all that a test started.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace cef::testing {

struct ProcessEntry {
  pid_t pid = 0;
  pid_t parent = 0;
  std::string command;  // arguments joined by spaces; empty for one that has ended
};

std::vector<ProcessEntry> processes();
/// Those whose command holds `text`, other than the caller.
std::vector<ProcessEntry> processes_with(const std::string& text);
/// Those that carry `variable` ("NAME=value") in the environment they were started with.
std::vector<ProcessEntry> processes_with_env(const std::string& variable);
/// `root` and all that descend from it now.
std::vector<pid_t> tree_of(pid_t root);
/// Descriptors that the process holds open now.
std::size_t open_files(pid_t pid);

}  // namespace cef::testing
