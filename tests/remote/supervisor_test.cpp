// The supervisor at work: on the controller itself, and over SSH connections that are cut at any byte.
#include "../support/keys.hpp"  // not the one of this layer
#include "cut_link.hpp"
#include "proc.hpp"
#include "process.hpp"
#include "sshd.hpp"
#include "temp_dir.hpp"

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

namespace {

namespace asio = boost::asio;
using transport::Clock;
using transport::ExecResult;

// A host of one session at a time, which is opened anew when it is gone.
class TestLink : public runner::Link {
 public:
  TestLink(const runner::Job& job, transport::Executor& executor, transport::Deadline until)
      : Link(job, until), executor_(executor) {}

  asio::awaitable<Result<transport::Session*>> session_within(Milliseconds patience) override {
    if (session_ && session_->is_open()) co_return session_.get();
    session_.reset();
    const auto until = Clock::now() + patience;
    for (;;) {
      transport::LoginTimes times;
      auto made = co_await executor_.connect(job().target, std::min(until, Clock::now() + Milliseconds(10'000)), times);
      if (made) session_ = std::move(*made);
      if (session_) co_return session_.get();
      if (Clock::now() >= until || stage_of(made.error().code) > Stage::auth) co_return Unexpected(made.error());
    }
  }
  asio::awaitable<Result<std::unique_ptr<transport::Session>>> another(transport::Target target) override {
    transport::LoginTimes times;
    co_return co_await executor_.connect(std::move(target), deadline(), times);
  }
  asio::awaitable<Result<void>> wait(asio::awaitable<void> until) override {
    co_await std::move(until);
    co_return Result<void>{};
  }

 private:
  transport::Executor& executor_;
  std::unique_ptr<transport::Session> session_;
};

template <class T>
asio::awaitable<void> keep(asio::awaitable<T> work, std::optional<T>& result) {
  result = co_await std::move(work);
}

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
  Result<void> start(const std::string& id, std::string text) {
    return wait(supervisor().start(id, Assignment{std::move(text)}, soon()));
  }
  Result<ExecResult> attach(const std::string& id, Watch watch = {}) {
    return wait(supervisor().attach(id, std::move(watch)));
  }
  Result<ExecResult> read(const std::string& id, bool waits) { return wait(supervisor().read(id, waits, {})); }
  Result<bool> kill(const std::string& id) { return wait(supervisor().kill(id, soon())); }
  JobState state(const std::string& id) { return wait(supervisor().list(id, soon())).value().at(0).state; }

  static transport::Deadline soon() { return Clock::now() + testing::patience; }

  Supervisor& supervisor() {
    if (!link_) link_.emplace(job, *executor_, Clock::now() + 8 * testing::patience);
    if (!supervisor_) supervisor_.emplace(*link_, Account{});
    return *supervisor_;
  }

  transport::Stop stop;  // before the loop, which may still hold coroutines that are registered with it
  asio::io_context io;
  runner::Job job;
  std::size_t limit = std::size_t{64} << 20;

 private:
  testing::TempDir folder_;
  transport::SshExecutor ssh_{io, stop};
  transport::LocalExecutor local_{io, stop, ssh_.breaker()};
  transport::Executor* executor_ = &local_;
  std::optional<TestLink> link_;
  std::optional<Supervisor> supervisor_;
};

std::filesystem::path folder_of(const std::string& id) {
  return std::filesystem::path(fmt::format("/var/tmp/cef-{}", ::geteuid())) / id;
}
bool is_gone(const std::string& id) {
  return testing::eventually([&] { return !std::filesystem::exists(folder_of(id)); });
}

// Seconds for a sleep that no other test, and no other run of this one, has.
std::string a_long_time() {
  static int last = 0;
  return fmt::format("{}.{}", 70'000 + ++last, ::getpid());
}

std::string supervisor_pid(const std::string& id) {
  const std::string line = read_file(folder_of(id) / "pid").value();
  return line.substr(0, line.find(' '));
}

}  // namespace

TEST_CASE("a supervised command is what it would be without", "[supervisor]") {
  Host host;
  struct Case {
    const char* text;
    const char* input;
    int status;
    const char* out;
    const char* err;
  };
  const auto c = GENERATE(values<Case>({
      {"true", "", 0, "", ""},
      {"printf out; printf err >&2; exit 7", "", 7, "out", "err"},
      {"cat", "given\n", 0, "given\n", ""},
      {"cat", "", 0, "", ""},
      {"echo a >/dev/stdout; echo b >/dev/stdout; echo c >/dev/stderr", "", 0, "a\nb\n", "c\n"},
      {"echo \"it's\" '!' \\\\ \"$((1+1))\"\necho two", "", 0, "it's ! \\ 2\ntwo\n", ""},
      {"kill -INT $$; echo survived", "", 130, "", ""},
      {"ls -l /proc/self/fd | grep -c /cef-", "", 0, "1\n", ""},
      {"umask", "", 0, "0022\n", ""},
  }));
  ::umask(022);
  DYNAMIC_SECTION(c.text) {
    const std::string id = new_job_id();
    const auto ran = host.run(c.text, c.input, {}, id);
    INFO((ran ? "" : ran.error().message));
    REQUIRE(ran);
    CHECK(ran->status == c.status);
    CHECK(ran->out == c.out);
    CHECK(ran->err == c.err);
    CHECK(is_gone(id));
  }
}

TEST_CASE("bytes of any kind and number come back as they were", "[supervisor]") {
  Host host;
  const auto ran = host.run("cat; head -c 300000 /dev/zero; seq 1 50000 >&2", std::string("\0\xff\n\r", 4));
  REQUIRE(ran);
  CHECK(ran->out == std::string("\0\xff\n\r", 4) + std::string(300'000, '\0'));
  CHECK(ran->err.size() == 288'894);
}

TEST_CASE("output comes while the command runs", "[supervisor]") {
  Host host;
  const testing::TempDir folder;
  Watch watch;
  // It ends only once its first line has been told here.
  watch.on_output = [&](bool, std::string_view) { testing::write_file(folder / "go", ""); };
  const auto ran =
      host.run(fmt::format("echo first; until [ -e {} ]; do sleep 0.05; done; echo last", (folder / "go").string()), "",
               std::move(watch));
  REQUIRE(ran);
  CHECK(ran->out == "first\nlast\n");
}

TEST_CASE("a job of one id runs once, however often it is begun", "[supervisor]") {
  Host host;
  const testing::TempDir folder;
  const std::string id = new_job_id();
  const std::string text = fmt::format("echo run >>{}; echo said", (folder / "count").string());
  for (int i = 0; i < 3; ++i) REQUIRE(host.start(id, text));
  const auto ran = host.run(text, "", {}, id);
  REQUIRE(ran);
  CHECK(ran->out == "said\n");
  CHECK(read_file(folder / "count").value() == "run\n");
}

TEST_CASE("one that was left goes on, is listed, and is collected later", "[supervisor]") {
  Host host;
  const testing::TempDir folder;
  const std::string id = new_job_id();
  REQUIRE(host.start(
      id, fmt::format("echo begun; until [ -e {} ]; do sleep 0.05; done; exit 5", (folder / "go").string())));
  CHECK(host.state(id) == JobState::running);
  const auto looked = host.read(id, false);
  REQUIRE(looked);
  CHECK(looked->status == -1);
  testing::write_file(folder / "go", "");
  const auto waited = host.read(id, true);
  REQUIRE(waited);
  CHECK(waited->status == 5);
  CHECK(host.state(id) == JobState::done);
  const auto ran = host.attach(id);
  REQUIRE(ran);
  CHECK(ran->status == 5);
  CHECK(ran->out == "begun\n");
  CHECK(is_gone(id));
  const auto again = host.attach(id);
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Code::job_lost);
}

TEST_CASE("a stop leaves the command to go on, and says how to come back", "[supervisor]") {
  Host host;
  const bool kills = GENERATE(false, true);
  const std::string sleeps = "sleep " + a_long_time(), id = new_job_id();
  Watch watch;
  watch.on_interrupt = kills ? OnInterrupt::kill : OnInterrupt::leave;
  watch.on_output = [&](bool, std::string_view) { asio::post(host.io, [&] { host.stop.request(Code::interrupted); }); };
  const auto ran = host.run("trap '' HUP; echo begun; setsid " + sleeps + " & " + sleeps, "", std::move(watch), id);
  REQUIRE_FALSE(ran);
  if (kills) {
    CHECK(ran.error().code == Code::interrupted);
    CHECK(testing::eventually([&] { return testing::processes_with(sleeps).empty(); }));
  } else {
    CHECK(ran.error().code == Code::detached);
    CHECK(ran.error().message.find(id) != std::string::npos);
    CHECK(ran.error().hint == "cef jobs attach " + id + " host=n1");
    CHECK(testing::processes_with(sleeps).size() >= 2);
  }
  Host other;
  if (!kills) CHECK(other.kill(id).value());
  const auto ended = other.attach(id);
  REQUIRE(ended);
  CHECK(ended->signal == "TERM");
  CHECK(ended->out == "begun\n");
  CHECK(testing::eventually([&] { return testing::processes_with(sleeps).empty(); }));
  CHECK(is_gone(id));
}

TEST_CASE("a command past its time is ended with all it started", "[supervisor]") {
  Host host;
  const std::string sleeps = "sleep " + a_long_time(), id = new_job_id();
  Watch watch;
  watch.until = Clock::now() + Milliseconds(1500);
  const auto ran =
      host.run("trap '' TERM; " + sleeps + " & setsid " + sleeps + " & " + sleeps, "", std::move(watch), id);
  REQUIRE_FALSE(ran);
  CHECK(ran.error().code == Code::command_timeout);
  CHECK(testing::eventually([&] { return testing::processes_with(sleeps).empty(); }));
  CHECK(host.state(id) == JobState::killed);
  CHECK(host.attach(id));
}

TEST_CASE("whoever only waits does not end it when time is up", "[supervisor]") {
  Host host;
  const std::string sleeps = "sleep " + a_long_time(), id = new_job_id();
  REQUIRE(host.start(id, sleeps));
  Watch watch;
  watch.until = Clock::now() + Milliseconds(500);
  const auto ran = host.attach(id, std::move(watch));
  REQUIRE_FALSE(ran);
  CHECK(ran.error().code == Code::detached);
  CHECK(host.state(id) == JobState::running);
  CHECK(host.kill(id).value());
  CHECK(host.attach(id));
}

TEST_CASE("a supervisor that is killed is told apart from a reboot", "[supervisor]") {
  Host host;
  const std::string sleeps = "sleep " + a_long_time(), id = new_job_id();
  REQUIRE(host.start(id, "echo begun; " + sleeps));
  REQUIRE(testing::eventually([&] { return read_file(folder_of(id) / "out").value() == "begun\n"; }));
  const std::string pid = supervisor_pid(id);
  const bool reboots = GENERATE(false, true);
  if (reboots) {
    // As the host's files look after another boot.
    testing::write_file(folder_of(id) / "pid", pid + " 1 - 00000000-another-boot\n");
  } else {
    ::kill(std::stoi(pid), SIGKILL);
  }
  std::string said;
  Watch watch;
  watch.on_output = [&](bool, std::string_view bytes) { said += bytes; };
  CHECK(testing::eventually([&] { return host.state(id) == JobState::lost; }));
  if (!reboots)
    CHECK(host.kill(id));
  else
    for (const auto& left : testing::processes_with(id)) ::kill(left.pid, SIGKILL);
  const auto ran = host.attach(id, std::move(watch));
  CHECK(said == "begun\n");
  if (reboots) {
    REQUIRE_FALSE(ran);
    CHECK(ran.error().code == Code::job_lost);
    CHECK(ran.error().message.find("rebooted") != std::string::npos);
  }
  for (const auto& left : testing::processes_with(sleeps)) ::kill(left.pid, SIGKILL);
  CHECK(is_gone(id));
}

TEST_CASE("one that says too much is ended", "[supervisor]") {
  Host host;
  host.limit = 100'000;
  const std::string sleeps = "sleep " + a_long_time(), id = new_job_id();
  std::size_t told = 0;
  Watch watch;
  watch.on_output = [&](bool, std::string_view bytes) { told += bytes.size(); };
  const auto ran = host.run("head -c 150000 /dev/zero; " + sleeps, "", std::move(watch), id);
  REQUIRE_FALSE(ran);
  CHECK(ran.error().code == Code::output_limit);
  CHECK(told == 100'000);
  CHECK(testing::eventually([&] { return testing::processes_with(sleeps).empty(); }));
  CHECK(is_gone(id));
}

TEST_CASE("one that says too much is ended although nobody listens", "[supervisor]") {
  Host host;
  const std::string sleeps = "sleep " + a_long_time(), id = new_job_id();
  Assignment assignment{"head -c 150000 /dev/zero; " + sleeps};
  assignment.output_limit = 1000;
  REQUIRE(host.wait(host.supervisor().start(id, std::move(assignment), Host::soon())));
  CHECK(
      testing::eventually([&] { return testing::processes_with(sleeps).empty() && host.state(id) == JobState::done; }));
  const auto ran = host.attach(id);
  REQUIRE_FALSE(ran);
  CHECK(ran.error().code == Code::output_limit);
}

TEST_CASE("a daemon that holds the output keeps nobody waiting", "[supervisor]") {
  Host host;
  const std::string sleeps = "sleep " + a_long_time();
  const auto ran = host.run("echo out; setsid " + sleeps + " &");
  REQUIRE(ran);
  CHECK(ran->out == "out\n");
  for (const auto& left : testing::processes_with(sleeps)) ::kill(left.pid, SIGKILL);
}

TEST_CASE("what is over is cleaned away, what runs is not", "[supervisor]") {
  Host host;
  const std::string sleeps = "sleep " + a_long_time(), runs = new_job_id(), over = new_job_id();
  REQUIRE(host.start(runs, sleeps));
  REQUIRE(host.start(over, "exit 3"));
  REQUIRE(testing::eventually([&] { return host.state(over) == JobState::done; }));
  const auto removed = host.wait(host.supervisor().clean(Host::soon()));
  REQUIRE(removed);
  const auto has = [&](const std::string& id) {
    return std::ranges::any_of(*removed, [&](const JobEntry& entry) { return entry.id == id; });
  };
  CHECK(has(over));
  CHECK_FALSE(has(runs));
  CHECK(is_gone(over));
  CHECK(host.kill(runs).value());
  CHECK(host.attach(runs));
}

TEST_CASE("connections cut at any byte lose nothing and run nothing twice", "[supervisor]") {
  const testing::Sshd server;
  const auto seed = static_cast<unsigned>(std::random_device{}());
  INFO("seed " << seed);
  testing::CutLink cuts(server.port(), 20, seed);
  Host host(cuts.port());
  const testing::TempDir folder;
  const std::string text = fmt::format(
      "echo run >>{0}; cat >>{0}; i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo \"line $i\"; echo \"error $i\" >&2; "
      "[ $((i%50)) != 0 ] || sleep 0.1; done; exit 9",
      (folder / "count").string());
  const std::string id = new_job_id();
  Watch watch;
  watch.until = Clock::now() + 4 * testing::patience;
  const auto ran = host.run(text, "input\n", std::move(watch), id);
  INFO((ran ? "" : ran.error().message));
  REQUIRE(ran);
  std::string out, err;
  for (int i = 1; i <= 2000; ++i) {
    out += fmt::format("line {}\n", i);
    err += fmt::format("error {}\n", i);
  }
  CHECK(ran->status == 9);
  CHECK(ran->out == out);
  CHECK(ran->err == err);
  CHECK(read_file(folder / "count").value() == "run\ninput\n");
  CHECK(cuts.cut() > 5);
  std::filesystem::remove_all(folder_of(id));  // what keeps it from being run again
}

}  // namespace cef::remote
