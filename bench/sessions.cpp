// What the program's layers cost when they are used without its command line: further commands on an open session, and
// many runs in one process, whose heap and descriptors must not grow.
#include <cef/remote/supervisor.hpp>
#include <cef/runner/runner.hpp>
#include <cef/transport/local.hpp>
#include <cef/transport/ssh.hpp>

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <malloc.h>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace {

using namespace cef;

struct Options {
  std::uint16_t port = 0;
  std::size_t hosts = 1000, runs = 20, commands = 1, warm_up = 3;
  std::string user = "bench", key, known_hosts;
  bool supervised = false;
};

double cpu_ms() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) * 1e-3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

// Every address of 127.1.0.0/16 and on, as the simulator has them.
std::vector<runner::Job> make_jobs(const Options& options) {
  std::vector<runner::Job> jobs(options.hosts);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    jobs[i].host = fmt::format("n{}", i + 1);
    jobs[i].target.name = jobs[i].host;
    jobs[i].target.address = fmt::format("127.{}.{}.{}", 1 + i / 62'500, i / 250 % 250, 1 + i % 250);
    jobs[i].target.port = options.port;
    jobs[i].target.user = options.user;
    jobs[i].target.key_files = {options.key};
    jobs[i].target.known_hosts = {options.known_hosts};
    jobs[i].timeout = Milliseconds(60'000);
  }
  return jobs;
}

runner::Work repeat(std::size_t commands) {
  return [commands](runner::Link& link, transport::Session& session) -> transport::asio::awaitable<runner::Outcome> {
    runner::Outcome outcome;
    for (std::size_t i = 0; i < commands && !outcome.error; ++i) {
      transport::Command command;
      command.text = "true";
      command.lifetime = transport::Lifetime::free;
      const auto ran = co_await session.exec(std::move(command), link.deadline());
      if (!ran)
        outcome.error = ran.error();
      else if (ran->status != 0)
        outcome.error = Error{Code::command_failed, fmt::format("exit status {}", ran->status), ""};
    }
    co_return outcome;
  };
}

// Each of them by a supervisor of its own on the host, waited for, and removed there.
runner::Work repeat_supervised(std::size_t commands) {
  return [commands](runner::Link& link, transport::Session&) -> transport::asio::awaitable<runner::Outcome> {
    runner::Outcome outcome;
    remote::Supervisor supervisor(link, {});
    for (std::size_t i = 0; i < commands && !outcome.error; ++i) {
      remote::Assignment assignment{"true"};
      remote::Watch watch;
      watch.until = link.deadline();
      const auto ran = co_await supervisor.run(remote::new_job_id(), std::move(assignment), std::move(watch));
      if (!ran)
        outcome.error = ran.error();
      else if (ran->status != 0)
        outcome.error = Error{Code::command_failed, fmt::format("exit status {}", ran->status), ""};
    }
    co_return outcome;
  };
}

// One whole run, with everything made anew; returns how many hosts were not ok.
std::size_t run_once(const Options& options) {
  boost::asio::io_context io{1};
  transport::Stop stop;
  transport::SshExecutor ssh(io, stop);
  transport::LocalExecutor local(io, stop, ssh.breaker());
  const auto results =
      runner::run(io, stop, {ssh, local}, make_jobs(options),
                  options.supervised ? repeat_supervised(options.commands) : repeat(options.commands), {}, {});
  std::size_t failures = 0;
  for (const HostResult& result : results) {
    if (result.status == Status::ok) continue;
    if (failures++ == 0) fmt::print(stderr, "{}: {}\n", result.host, result.error ? result.error->message : "?");
  }
  return failures;
}

// Processor time of a run by the number of commands on each session.
int cost(const Options& options) {
  const double before = cpu_ms();
  const std::size_t failures = run_once(options);
  fmt::print("{:.4f}\n", (cpu_ms() - before) / static_cast<double>(options.hosts));
  return failures == 0 ? 0 : 1;
}

// A few runs make what is kept for the whole process; after that the heap must stay as it is.
int soak(const Options& options) {
  std::size_t heap = 0, descriptors = 0, failures = 0;
  bool grew = false;
  for (std::size_t run = 1; run <= options.runs; ++run) {
    failures += run_once(options);
    const auto heap_now = ::mallinfo2().uordblks, descriptors_now = open_descriptors();
    fmt::print("run {:2}: heap {} bytes, {} descriptors\n", run, heap_now, descriptors_now);
    if (run == options.warm_up) heap = heap_now, descriptors = descriptors_now;
    grew = run > options.warm_up && (heap_now > heap + 16 * 1024 || descriptors_now > descriptors);
  }
  fmt::print("{} runs of {} hosts: {} failures, {}\n", options.runs, options.hosts, failures,
             grew ? "heap or descriptors GREW" : "no growth");
  return failures == 0 && !grew ? 0 : 1;
}

constexpr auto usage =
    "usage: bench_sessions cost|soak --port N --key FILE --known-hosts FILE [--user NAME] [--hosts N]\n       "
    "[--commands N] [--runs N] [--how plain|supervised]\n\n"
    "Logs in to hosts of sshsim and runs `true`. cost: --commands times on each session; prints ms of processor time "
    "per\n"
    "host. soak: --runs times in one process; prints the heap and the descriptors in use after each, and fails if "
    "they\n"
    "grow. supervised: as work that outlives its link.\n";

bool read_options(const std::vector<std::string>& words, Options& options) {
  const auto number = [](const std::string& text, auto& value) {
    return std::from_chars(text.data(), text.data() + text.size(), value).ptr == text.data() + text.size();
  };
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const std::string &name = words[i], &value = words[i + 1];
    const bool good = name == "--port"          ? number(value, options.port)
                      : name == "--hosts"       ? number(value, options.hosts)
                      : name == "--commands"    ? number(value, options.commands)
                      : name == "--runs"        ? number(value, options.runs)
                      : name == "--user"        ? !(options.user = value).empty()
                      : name == "--key"         ? !(options.key = value).empty()
                      : name == "--known-hosts" ? !(options.known_hosts = value).empty()
                      : name == "--how"         ? (options.supervised = value == "supervised") || value == "plain"
                                                : false;
    if (!good) return false;
  }
  return words.size() % 2 == 0 && options.port != 0 && !options.key.empty() && !options.known_hosts.empty();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const std::string verb = argc > 1 ? argv[1] : "";
  if ((verb != "cost" && verb != "soak") || !read_options({argv + 2, argv + argc}, options)) {
    fmt::print(stderr, "{}", usage);
    return 5;
  }
  runner::raise_descriptor_limit();
  return verb == "cost" ? cost(options) : soak(options);
}
