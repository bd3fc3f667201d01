// Hosts on which the supervisor works in tests: the controller itself, and a real sshd behind a link that can be cut.
#pragma once

#include "../support/keys.hpp"  // not the one of this layer
#include "cut_link.hpp"
#include "proc.hpp"
#include "process.hpp"
#include "sshd.hpp"
#include "temp_dir.hpp"
#include "test_link.hpp"

#include <cef/core/file.hpp>
#include <cef/remote/supervisor.hpp>
#include <cef/transport/local.hpp>
#include <cef/transport/ssh.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <random>
#include <unistd.h>

namespace cef::remote {

using transport::ExecResult;

// Tries until its patience is over, where a login may be of use.
class PatientLink : public TestLink {
 public:
  using TestLink::TestLink;

  asio::awaitable<Result<transport::Session*>> session_within(Milliseconds patience) override {
    const auto until = Clock::now() + patience;
    for (;;) {
      const auto session = co_await session_until(std::min(until, Clock::now() + Milliseconds(10'000)));
      if (session || Clock::now() >= until || stage_of(session.error().code) > Stage::auth) co_return session;
    }
  }
};

class Host {
 public:
  /// The controller itself, or what answers at that port of loopback.
  explicit Host(std::optional<std::uint16_t> port = {}) {
    std::signal(SIGPIPE, SIG_IGN);  // as cef does
    job.host = "n1";
    if (!port) return;
    testing::write_file(folder_ / "known_hosts",
                        fmt::format("[127.0.0.1]:{} {}\n", *port, testing::public_key("ed25519-host")));
    job.target.address = "127.0.0.1";
    job.target.port = *port;
    job.target.user = testing::login_user();
    job.target.key_files = {testing::key_file("ed25519").string()};
    job.target.identities_only = true;
    job.target.known_hosts = {(folder_ / "known_hosts").string()};
    executor_ = &ssh_;
  }

  template <class T>
  T wait(asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(io, keep(std::move(work), result), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    io.restart();
    while (!result && io.run_one() > 0) {
    }
    return std::move(result).value();
  }
  Result<ExecResult> run(std::string text, std::string input = "", Watch watch = {}, std::string id = new_job_id()) {
    Assignment assignment{std::move(text), std::move(input)};
    assignment.output_limit = limit;
    if (watch.until == transport::no_deadline) watch.until = soon();
    return wait(supervisor().run(std::move(id), std::move(assignment), std::move(watch)));
  }
  Result<bool> start(const std::string& id, std::string text) {
    return wait(supervisor().start(id, Assignment{std::move(text)}, soon()));
  }
  Result<ExecResult> attach(const std::string& id, Watch watch = {}) {
    return wait(supervisor().attach(id, std::move(watch)));
  }
  Result<ExecResult> read(const std::string& id, bool waits) { return wait(supervisor().read(id, waits, {})); }
  Result<bool> kill(const std::string& id) { return wait(supervisor().kill(id, soon())); }
  JobState state(const std::string& id) { return wait(supervisor().list(id, soon())).value().at(0).state; }

  /// Logs in by this one from now on, which may be made of login().
  void log_in_by(transport::Executor& executor) { executor_ = &executor; }
  transport::Executor& login() { return *executor_; }

  static transport::Deadline soon() { return Clock::now() + testing::patience; }

  Supervisor& supervisor() {
    if (!link_) link_.emplace(job, *executor_, Clock::now() + 8 * testing::patience);
    if (!supervisor_) supervisor_.emplace(*link_, Account{});
    return *supervisor_;
  }

  transport::Executor& executor() { return *executor_; }

  transport::Stop stop;  // before the loop, which may still hold coroutines that are registered with it
  asio::io_context io;
  runner::Job job;
  std::size_t limit = std::size_t{64} << 20;

 private:
  testing::TempDir folder_;
  transport::SshExecutor ssh_{io, stop};
  transport::LocalExecutor local_{io, stop, ssh_.breaker()};
  transport::Executor* executor_ = &local_;
  std::optional<PatientLink> link_;
  std::optional<Supervisor> supervisor_;
};

inline std::filesystem::path folder_of(const std::string& id) {
  return std::filesystem::path(fmt::format("/var/tmp/cef-{}", ::geteuid())) / id;
}
inline bool is_gone(const std::string& id) {
  return testing::eventually([&] { return !std::filesystem::exists(folder_of(id)); });
}

// Seconds for a sleep that no other test, and no other run of this one, has.
inline std::string a_long_time() {
  static int last = 0;
  return fmt::format("{}.{}", 70'000 + ++last, ::getpid());
}

inline std::string supervisor_pid(const std::string& id) {
  const std::string line = read_file(folder_of(id) / "pid").value();
  return line.substr(0, line.find(' '));
}

}  // namespace cef::remote
