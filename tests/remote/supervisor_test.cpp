// The supervisor at work, on the controller itself.
#include "supervised_host.hpp"

#include <array>
#include <atomic>
#include <thread>

namespace cef::remote::supervisor_tests {

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

TEST_CASE("all who follow one hear how it ended, and the last takes it away", "[supervisor]") {
  for (int round = 0; round < 3; ++round) {
    Host host;
    const testing::TempDir folder;
    const std::string id = new_job_id();
    REQUIRE(host.start(
        id, fmt::format("echo begun; until [ -e {} ]; do sleep 0.05; done; exit 5", (folder / "go").string())));
    std::atomic<std::size_t> heard = 0;
    std::array<std::optional<Result<ExecResult>>, 3> ran;
    std::vector<std::thread> followers;
    for (auto& each : ran)
      followers.emplace_back([&] {
        Host mine;
        Watch watch;
        watch.on_output = [&](bool, std::string_view) {
          if (++heard == ran.size()) testing::write_file(folder / "go", "");
        };
        each = mine.attach(id, std::move(watch));
      });
    for (std::thread& follower : followers) follower.join();
    for (const auto& each : ran) {
      REQUIRE(each->has_value());
      CHECK((*each)->status == 5);
      CHECK((*each)->out == "begun\n");
    }
    CHECK(is_gone(id));
  }
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

}  // namespace cef::remote::supervisor_tests
