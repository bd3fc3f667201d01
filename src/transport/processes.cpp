#include "processes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

namespace cef::transport {

namespace {

struct ProcessEntry {
  ProcessId id;
  pid_t parent = 0, session = 0;
};

// Source: proc(5), /proc/pid/stat. The name in it may hold anything, brackets too. Nothing for one that has ended.
std::optional<ProcessEntry> process_now(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  if (!std::getline(file, text, '\0')) return std::nullopt;
  const auto end_of_name = text.rfind(')');
  if (end_of_name == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(end_of_name + 1));
  char state = 0;
  ProcessEntry entry;
  entry.id.pid = pid;
  pid_t group = 0;
  if (!(fields >> state >> entry.parent >> group >> entry.session) || state == 'Z' || state == 'X') return std::nullopt;
  constexpr int before_start = 15;  // fields between the session and the time of the start
  std::string skipped;
  for (int i = 0; i < before_start; ++i) fields >> skipped;
  fields >> entry.id.started;
  return entry;
}

std::vector<ProcessEntry> all_processes() {
  std::vector<ProcessEntry> entries;
  std::error_code failed;
  for (auto it = std::filesystem::directory_iterator("/proc", failed); !failed && it != end(it); it.increment(failed)) {
    const std::string name = it->path().filename().string();
    pid_t pid = 0;
    const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || rest != name.data() + name.size()) continue;
    if (const auto entry = process_now(pid)) entries.push_back(*entry);
  }
  return entries;
}

}  // namespace

std::vector<ProcessId> family_of(pid_t leader) {
  const std::vector<ProcessEntry> entries = all_processes();
  std::vector<ProcessId> family;
  const auto has = [&](pid_t pid) { return std::ranges::find(family, pid, &ProcessId::pid) != family.end(); };
  for (bool grown = true; std::exchange(grown, false);)
    for (const ProcessEntry& entry : entries) {
      const bool ours = entry.id.pid == leader || entry.session == leader || has(entry.parent);
      if (!ours || has(entry.id.pid)) continue;
      family.push_back(entry.id);
      grown = true;
    }
  return family;
}

std::vector<ProcessId> still_running(const std::vector<ProcessId>& processes) {
  std::vector<ProcessId> running;
  for (const ProcessId& id : processes)
    if (const auto now = process_now(id.pid); now && now->id.started == id.started) running.push_back(id);
  return running;
}

}  // namespace cef::transport
