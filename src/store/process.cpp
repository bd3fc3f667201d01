// Which process does a run, so that one that was killed can be told from one that goes on.
#include <cef/core/file.hpp>
#include <cef/store/journal.hpp>

#include <fmt/format.h>

#include <unistd.h>

namespace cef::store {

namespace {

// `pid.start` from the process table, or empty when there is no such process. The start time is field 22 of
// /proc/PID/stat; field 2, the name in parentheses, may hold anything.
std::string process_mark(const std::string& pid) {
  const auto stat = read_file("/proc/" + pid + "/stat");
  if (!stat) return "";
  std::size_t at = stat->rfind(')');
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = stat->find(' ', at + 1);
  if (at == std::string::npos) return "";
  return fmt::format("{}.{}", pid, stat->substr(at + 1, stat->find(' ', at + 1) - at - 1));
}

}  // namespace

std::string this_process() { return process_mark(std::to_string(::getpid())); }

bool is_running(const RunRecord& run) {
  if (run.exit_code || run.process.empty()) return false;
  return process_mark(run.process.substr(0, run.process.find('.'))) == run.process;
}

}  // namespace cef::store
