#include "proc.hpp"

#include "temp_dir.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <system_error>
#include <unistd.h>

namespace cef::testing {

namespace fs = std::filesystem;

std::vector<ProcessEntry> processes() {
  std::vector<ProcessEntry> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    ProcessEntry process;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process.pid);
    if (error != std::errc{} || end != name.data() + name.size()) continue;
    // After the name in brackets, which may hold anything: state and parent.
    const auto stat = read_file(entry.path() / "stat");
    const auto bracket = stat.rfind(')');
    if (bracket == std::string::npos) continue;  // gone meanwhile
    char state = 0;
    std::istringstream(stat.substr(bracket + 1)) >> state >> process.parent;
    if (state == 'Z') continue;
    process.command = read_file(entry.path() / "cmdline");
    if (!process.command.empty() && process.command.back() == '\0') process.command.pop_back();
    std::replace(process.command.begin(), process.command.end(), '\0', ' ');
    found.push_back(std::move(process));
  }
  return found;
}

std::vector<ProcessEntry> processes_with(const std::string& text) {
  auto found = processes();
  std::erase_if(found, [&](const ProcessEntry& process) {
    return process.pid == getpid() || process.command.find(text) == std::string::npos;
  });
  return found;
}

std::vector<ProcessEntry> processes_with_env(const std::string& variable) {
  auto found = processes();
  std::erase_if(found, [&](const ProcessEntry& process) {
    const auto environment = '\0' + read_file(fs::path("/proc") / std::to_string(process.pid) / "environ");
    return environment.find('\0' + variable + '\0') == std::string::npos;
  });
  return found;
}

std::vector<pid_t> tree_of(pid_t root) {
  const auto all = processes();
  std::vector<pid_t> tree{root};
  for (std::size_t i = 0; i < tree.size(); ++i) {
    for (const auto& process : all) {
      if (process.parent == tree[i]) tree.push_back(process.pid);
    }
  }
  return tree;
}

std::size_t open_files(pid_t pid) {
  std::error_code error;
  const fs::directory_iterator files(fs::path("/proc") / std::to_string(pid) / "fd", error);
  return error ? 0 : static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

}  // namespace cef::testing
