// Runs a program and tells what it cost together with everything it started, however that was started: as their
// subreaper it gets the accounts of daemons and orphans too.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto sample_every = std::chrono::milliseconds(20);
constexpr auto daemons_grace = std::chrono::seconds(10);
constexpr int exit_usage = 5, exit_not_started = 127;

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// This process's descendants, by the parents that /proc tells.
std::set<pid_t> descendants() {
  std::multimap<pid_t, pid_t> children;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    if (std::isdigit(static_cast<unsigned char>(name.front())) == 0) continue;
    std::ifstream file(entry.path() / "stat");
    std::string text;
    std::getline(file, text);
    const auto after_name = text.rfind(')');
    if (after_name == std::string::npos || after_name + 4 >= text.size()) continue;
    children.emplace(std::atoi(text.c_str() + after_name + 4), std::atoi(name.c_str()));
  }
  std::set<pid_t> found;
  std::vector<pid_t> next{::getpid()};
  while (!next.empty()) {
    const auto [begin, end] = children.equal_range(next.back());
    next.pop_back();
    for (auto child = begin; child != end; ++child)
      if (found.insert(child->second).second) next.push_back(child->second);
  }
  return found;
}

// In KiB. Pages that several processes share are counted once: that is what PSS is for.
long memory_of(const std::set<pid_t>& processes) {
  long sum = 0;
  for (const pid_t pid : processes) {
    std::ifstream file(fmt::format("/proc/{}/smaps_rollup", pid));
    for (std::string line; std::getline(file, line);)
      if (line.starts_with("Pss:")) sum += std::atol(line.c_str() + 4);
  }
  return sum;
}

pid_t start(char** argv) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::execvp(argv[0], argv);
  fmt::print(stderr, "measure: {}: {}\n", argv[0], std::strerror(errno));
  ::_exit(exit_not_started);
}

}  // namespace

int main(int argc, char** argv) {
  const bool memory = argc > 1 && std::string_view(argv[1]) == "--memory";
  char** program = argv + 1 + memory;
  if (argc < 2 + memory || std::string_view(*program).starts_with("-")) {
    fmt::print(
        stderr,
        "usage: measure [--memory] PROGRAM [ARGUMENT...]\n\n"
        "Writes, after the program's end, one line to descriptor 3: wall time in ms, user and system time in ms of it "
        "and\nall its descendants, the most memory of all of them together in KiB (PSS every 20 ms, with --memory; or "
        "else 0),\nthe largest resident set of one process in KiB, and its exit status.\n");
    return exit_usage;
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const auto began = Clock::now();
  const pid_t child = start(program);
  if (child < 0) return exit_not_started;

  double wall = 0;
  long peak = 0;
  int status = -1;
  auto patience = Clock::time_point::max();
  for (;;) {
    int ended = 0;
    const pid_t pid = ::waitpid(-1, &ended, memory || status >= 0 ? WNOHANG : 0);
    if (pid < 0) break;  // none is left
    if (pid == child) {
      wall = std::chrono::duration<double, std::milli>(Clock::now() - began).count();
      status = WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
      patience = Clock::now() + daemons_grace;
      // What it left behind (connections kept for a next time) is not needed any more.
      for (const pid_t left : descendants()) ::kill(left, SIGTERM);
    }
    if (pid != 0) continue;
    if (Clock::now() > patience)
      for (const pid_t left : descendants()) ::kill(left, SIGKILL);
    if (memory && status < 0) peak = std::max(peak, memory_of(descendants()));
    std::this_thread::sleep_for(sample_every);
  }
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const std::string line =
      fmt::format("{:.3f} {:.3f} {} {} {}\n", wall, (seconds(usage.ru_utime) + seconds(usage.ru_stime)) * 1e3, peak,
                  usage.ru_maxrss, status);
  (void)!::write(3, line.data(), line.size());
  return status;
}
