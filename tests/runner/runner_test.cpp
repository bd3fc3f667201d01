#include "fake_hosts.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

namespace cef::runner::runner_tests {

TEST_CASE("results come back in the jobs' order, whoever finishes first", "[runner]") {
  Scene scene;
  scene.add("slow", {Milliseconds(0), Milliseconds(60), {}});
  scene.add("fast");
  std::vector<std::string> finished;
  scene.events.done = [&](const HostResult& result, std::size_t) { finished.push_back(result.host); };
  const auto results = scene.go();
  REQUIRE(results.size() == 2);
  CHECK(results[0].host == "slow");
  CHECK(results[1].host == "fast");
  CHECK(finished == std::vector<std::string>{"fast", "slow"});
  CHECK(results[0].status == Status::ok);
  CHECK(results[0].groups == std::vector<std::string>{"fakes"});
  CHECK(results[0].attempts == 1);
  CHECK(results[0].duration_ms >= 60);
  CHECK(results[0].stages["connect_ms"] == 1.5);
}

TEST_CASE("no hosts, no results", "[runner]") { CHECK(Scene().go().empty()); }

TEST_CASE("forks bound the commands that run at once", "[runner]") {
  Scene scene;
  scene.limits.forks = 3;
  for (int i = 0; i < 20; ++i) scene.add("h" + std::to_string(i), {Milliseconds(1), Milliseconds(5), {}});
  const auto results = scene.go();
  CHECK(scene.hosts.most_commands_at_once == 3);
  CHECK(std::all_of(results.begin(), results.end(), [](const HostResult& r) { return r.status == Status::ok; }));
}

TEST_CASE("hosts that do not answer delay nobody, even when they are more than the forks", "[runner]") {
  Scene scene;
  scene.limits.forks = 2;
  for (int i = 0; i < 6; ++i)
    scene.add("silent" + std::to_string(i), {for_ever, Milliseconds(0), {}}).connect_timeout = Milliseconds(3000);
  for (int i = 0; i < 10; ++i) scene.add("good" + std::to_string(i));
  std::vector<std::string> finished;
  scene.events.done = [&](const HostResult& result, std::size_t) { finished.push_back(result.host); };
  const auto results = scene.go();
  REQUIRE(finished.size() == 16);
  for (int i = 0; i < 10; ++i) CHECK(finished[static_cast<std::size_t>(i)].starts_with("good"));
  for (int i = 0; i < 6; ++i) {
    CHECK(results[static_cast<std::size_t>(i)].status == Status::unreachable);
    CHECK(results[static_cast<std::size_t>(i)].duration_ms < 1.2 * results[0].duration_ms);
  }
}

// More than keep a processor busy, were they quick. When that has shown not to be so, others begin side by side again.
TEST_CASE("hosts that do not answer make no others wait before they log in", "[runner]") {
  constexpr int silent = 40;
  Scene scene;
  for (int i = 0; i < silent; ++i)
    scene.add("silent" + std::to_string(i), {for_ever, Milliseconds(0), {}}).connect_timeout = Milliseconds(3000);
  for (int i = 0; i < 1000; ++i) scene.add("good" + std::to_string(i));
  scene.go();
  const auto& at_once = scene.hosts.at_once;
  REQUIRE(at_once.size() == 1000 + silent);
  CHECK(*std::max_element(at_once.begin(), at_once.end()) >= silent + 10);
}

TEST_CASE("on a machine too busy to serve its timers no host is skipped", "[runner]") {
  Scene scene;
  scene.limits = {.forks = 2, .logins = 1};
  scene.add("slow", {Milliseconds(1000), {}, {}});
  scene.add("next");
  // Longer than places are kept from others: when the timers are served at last, the next host's place among the forks
  // is lent while that host still waits to log in.
  boost::asio::steady_timer busy(scene.io, Milliseconds(100));
  busy.async_wait([](boost::system::error_code) { std::this_thread::sleep_for(Milliseconds(600)); });
  for (const HostResult& result : scene.go()) {
    INFO(result.host << ": " << (result.error ? result.error->message : ""));
    CHECK(result.status == Status::ok);
  }
}

TEST_CASE("while logins are done all the time, slow ones do not make room for more", "[runner]") {
  Scene scene;
  scene.limits.forks = 4;
  for (int i = 0; i < 12; ++i)
    scene.add("busy" + std::to_string(i), {Milliseconds(i % 4 ? 200 : 700), Milliseconds(0), {}});
  std::size_t most = 0;
  scene.events.started = [&](const Job&, std::size_t running) { most = std::max(most, running); };
  scene.go();
  CHECK(most == 4);
}

TEST_CASE("with one fork, slow logins may overlap but commands do not", "[runner]") {
  Scene scene;
  scene.limits.forks = 1;
  for (int i = 0; i < 3; ++i) scene.add("far" + std::to_string(i), {Milliseconds(700), Milliseconds(30), {}});
  scene.go();
  CHECK(scene.hosts.most_commands_at_once == 1);
}

TEST_CASE("open sessions are bounded, those of slow hosts too", "[runner]") {
  Scene scene;
  scene.limits.forks = 2;
  scene.limits.sessions = 2;
  for (int i = 0; i < 4; ++i)
    scene.add("silent" + std::to_string(i), {for_ever, Milliseconds(0), {}}).connect_timeout = Milliseconds(800);
  int most = 0, now = 0;
  scene.events.started = [&](const Job&, std::size_t) { most = std::max(most, ++now); };
  scene.events.done = [&](const HostResult&, std::size_t) { --now; };
  scene.go();
  CHECK(most == 2);
}

TEST_CASE("a login that broke off is tried again, one that was refused is not", "[runner]") {
  struct Case {
    const char* name;
    std::vector<Code> failures;
    int retries;
    Status status;
    int attempts;
  };
  const auto c = GENERATE(values<Case>({
      {"throttled once", {Code::throttled}, 1, Status::ok, 2},
      {"reset once", {Code::connection_reset}, 1, Status::ok, 2},
      {"throttled too often", {Code::throttled, Code::throttled}, 1, Status::unreachable, 2},
      {"without retries", {Code::throttled}, 0, Status::unreachable, 1},
      {"refused", {Code::connect_refused}, 3, Status::unreachable, 1},
      {"denied: a second try may lock the account", {Code::auth_denied}, 3, Status::unreachable, 1},
      {"changed key", {Code::host_key_changed}, 3, Status::unreachable, 1},
  }));
  DYNAMIC_SECTION(c.name) {
    Scene scene;
    scene.limits.retries = c.retries;
    scene.add("h", {Milliseconds(0), Milliseconds(0), c.failures});
    const auto results = scene.go();
    CHECK(results[0].status == c.status);
    CHECK(results[0].attempts == c.attempts);
  }
}

TEST_CASE("all attempts share the connect timeout", "[runner]") {
  Scene scene;
  scene.limits.retries = 50;
  scene.add("h", {Milliseconds(10), Milliseconds(0), std::vector<Code>(50, Code::throttled)}).connect_timeout =
      Milliseconds(1200);
  scene.add("silent", {for_ever, Milliseconds(0), {}}).connect_timeout = Milliseconds(1200);  // as long as that is here
  const auto results = scene.go();
  CHECK(results[0].error->code == Code::throttled);
  CHECK(results[0].attempts > 1);
  CHECK(results[0].duration_ms < 1.2 * results[1].duration_ms);
}

TEST_CASE("a host's whole work has one deadline", "[runner]") {
  Scene scene;
  scene.add("slow command", {Milliseconds(0), for_ever, {}}).timeout = Milliseconds(50);
  auto& job = scene.add("slow login", {for_ever, Milliseconds(0), {}});
  job.timeout = Milliseconds(50);
  const auto results = scene.go();
  CHECK(results[0].error->code == Code::command_timeout);
  CHECK(results[0].status == Status::failed);
  CHECK(results[1].error->code == Code::connect_timeout);
  CHECK(results[1].status == Status::unreachable);
}

TEST_CASE("a stopped run starts no more hosts and gives the others up", "[runner]") {
  Scene scene;
  scene.limits.forks = 2;
  scene.add("done");
  scene.add("running", {Milliseconds(0), for_ever, {}});
  scene.add("logging in", {for_ever, Milliseconds(0), {}}).connect_timeout = for_ever;
  for (int i = 0; i < 3; ++i) scene.add("waiting" + std::to_string(i), {Milliseconds(0), for_ever, {}});
  scene.stop_after(Milliseconds(100));
  const auto results = scene.go();
  CHECK(results[0].status == Status::ok);
  CHECK(results[1].status == Status::failed);
  CHECK(results[1].error->code == Code::interrupted);
  CHECK(results[2].error->code == Code::interrupted);
  for (std::size_t i = 3; i < 6; ++i) {
    CHECK(results[i].status == Status::skipped);
    CHECK(results[i].error->code == Code::interrupted);
    CHECK(results[i].attempts == 0);
  }
}

TEST_CASE("a run that is stopped while it waits to log in again does not wait on", "[runner]") {
  // It would wait for a quarter of a second at least. A machine that stops for so long may do so in one try, not in
  // all.
  bool at_once = false;
  for (int attempt = 0; attempt < 5 && !at_once; ++attempt) {
    Scene scene;
    scene.limits.retries = 10;
    scene.add("h", {Milliseconds(0), Milliseconds(0), std::vector<Code>(10, Code::throttled)});
    asio::steady_timer wait(scene.io, Milliseconds(240));
    bool waited = false;
    wait.async_wait([&](boost::system::error_code) { waited = true; });
    scene.events.done = [&](const HostResult&, std::size_t) { at_once = !waited; };
    scene.stop_after(Milliseconds(20));
    CHECK(scene.go()[0].status != Status::ok);
  }
  CHECK(at_once);
}

TEST_CASE("a host that cannot be contacted at all is told without a login", "[runner]") {
  Scene scene;
  scene.add("behind").refused = Error{Code::jump_failed, "no way", ""};
  const auto results = scene.go();
  CHECK(results[0].status == Status::unreachable);
  CHECK(results[0].attempts == 0);
  CHECK(scene.hosts.logins == 0);
}

TEST_CASE("what is other than before is a field of the result's data", "[runner]") {
  Scene scene;
  scene.add("changed");
  scene.add("same");
  scene.work = [](Link& link, transport::Session&) -> asio::awaitable<Outcome> {
    Outcome outcome;
    outcome.data["path"] = "/etc/motd";
    if (link.job().host == "changed") outcome.diff["added"] = "a line";
    co_return outcome;
  };
  const auto results = scene.go();
  CHECK(results[0].data.dump() == R"({"path":"/etc/motd","diff":{"added":"a line"}})");
  CHECK(results[1].data.dump() == R"({"path":"/etc/motd"})");
}

TEST_CASE("a bug in one host's work does not end the others'", "[runner]") {
  Scene scene;
  scene.add("bad");
  scene.add("good");
  scene.work = [](Link& link, transport::Session&) -> asio::awaitable<Outcome> {
    if (link.job().host == "bad") throw std::runtime_error("boom");
    co_return Outcome{};
  };
  const auto results = scene.go();
  CHECK(results[0].error->code == Code::internal);
  CHECK(results[0].error->message == "boom");
  CHECK(results[1].status == Status::ok);
}

TEST_CASE("an exception of whoever is told comes out of the run, and places are given back to no gate", "[runner]") {
  Scene scene;
  scene.add("first");
  for (int i = 0; i < 20; ++i) scene.add("asleep" + std::to_string(i), {Milliseconds(0), for_ever, {}});
  scene.limits.forks = 4;
  scene.events.done = [](const HostResult&, std::size_t) { throw std::runtime_error("boom"); };
  CHECK_THROWS_WITH(scene.go(), "boom");
}

TEST_CASE("many hosts pass through a few forks", "[runner]") {
  Scene scene;
  scene.limits.forks = 16;
  for (int i = 0; i < 3000; ++i) scene.add("h" + std::to_string(i));
  const auto results = scene.go();
  CHECK(results.size() == 3000);
  CHECK(scene.hosts.commands == 3000);
}

}  // namespace cef::runner::runner_tests
