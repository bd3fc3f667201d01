#include "fake_hosts.hpp"

#include <boost/asio/steady_timer.hpp>
#include <catch2/catch.hpp>

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace cef::runner::link_tests {

namespace {

// Opens once so many have come to it, or the run is stopped.
class Barrier {
 public:
  Barrier(asio::io_context& io, transport::Stop& stop, std::size_t count)
      : count_(count), timer_(io, transport::no_deadline), wake_(stop, [this] { timer_.cancel(); }) {}

  asio::awaitable<void> arrive() {
    if (++arrived_ == count_) timer_.cancel();
    boost::system::error_code ignored;
    if (arrived_ < count_) co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  std::size_t arrived() const { return arrived_; }

 private:
  std::size_t count_, arrived_ = 0;
  asio::steady_timer timer_;
  transport::Stop::Registration wake_;
};

asio::awaitable<Outcome> in_step(Link& link, transport::Session& session, Barrier& barrier) {
  auto outcome = co_await run_command(link, session);
  if (outcome.error) co_return outcome;
  if (const auto passed = co_await link.wait(barrier.arrive()); !passed) {
    outcome.error = passed.error();
    co_return outcome;
  }
  co_return co_await run_another(link);
}

// A command, and one more each second time that all have come so far: now and then one waits that has just waited.
asio::awaitable<Outcome> in_steps(Link& link, transport::Session& session, std::deque<Barrier>& barriers) {
  auto outcome = co_await run_command(link, session);
  for (std::size_t i = 0; i < barriers.size() && !outcome.error; ++i) {
    const auto passed = co_await link.wait(barriers[i].arrive());
    if (!passed)
      outcome.error = passed.error();
    else if (i % 2 == 1)
      outcome = co_await run_another(link);
  }
  co_return outcome;
}

// A command after which the connection is gone, and another.
asio::awaitable<Outcome> across_a_cut(Link& link, transport::Session& session, FakeHosts& hosts) {
  auto outcome = co_await run_command(link, session);
  if (outcome.error) co_return outcome;
  hosts.cut(link.job().host);
  co_return co_await run_another(link);
}

}  // namespace

TEST_CASE("hosts that wait for each other may be more than the forks", "[runner]") {
  struct Case {
    const char* name;
    std::size_t forks, works_per_site;
  };
  const auto c = GENERATE(values<Case>({{"forks", 2, 0}, {"works at a site", 4, 1}}));
  DYNAMIC_SECTION(c.name) {
    Scene scene;
    scene.limits.forks = c.forks;
    scene.limits.works_per_site = c.works_per_site;
    Barrier barrier(scene.io, scene.stop, 7);
    scene.work = [&](Link& link, transport::Session& session) { return in_step(link, session, barrier); };
    for (int i = 0; i < 7; ++i) scene.add("h" + std::to_string(i), {{}, Milliseconds(5), {}}).site = "one";
    const auto results = scene.go();
    for (const HostResult& result : results) CHECK(result.status == Status::ok);
    CHECK(scene.hosts.commands == 14);
    CHECK(scene.hosts.most_commands_at_once <= static_cast<int>(c.works_per_site ? c.works_per_site : c.forks));
  }
}

TEST_CASE("hosts that wait for each other may be more than the sessions", "[runner]") {
  struct Case {
    const char* name;
    std::size_t sessions, forks, logins_per_site;
  };
  const auto c = GENERATE(values<Case>({{"one", 1, 4, 10},
                                        {"some", 3, 8, 10},
                                        {"more than the forks", 3, 2, 10},
                                        {"more than the logins of their site", 3, 8, 1},
                                        {"enough", 7, 8, 10}}));
  DYNAMIC_SECTION(c.name) {
    Scene scene;
    scene.limits.sessions = c.sessions;
    scene.limits.forks = c.forks;
    scene.limits.logins_per_site = c.logins_per_site;
    std::deque<Barrier> barriers;
    for (int i = 0; i < 4; ++i) barriers.emplace_back(scene.io, scene.stop, 7);
    scene.work = [&](Link& link, transport::Session& session) { return in_steps(link, session, barriers); };
    for (int i = 0; i < 7; ++i) {
      auto& job = scene.add("h" + std::to_string(i), {Milliseconds(1), Milliseconds(i % 3), {}});
      job.site = "one";
      job.timeout = for_ever;
    }
    // Were they to wait for each other for ever, this ends them.
    scene.stop_after(Milliseconds(30'000));
    for (const HostResult& result : scene.go()) CHECK(result.status == Status::ok);
    CHECK(scene.hosts.commands == 21);
    CHECK(scene.hosts.most_sessions_at_once <= static_cast<int>(c.sessions));
    if (c.sessions == 7) CHECK(scene.hosts.logins == 7);
  }
}

TEST_CASE("hosts that wait for each other in vain are done when the run is stopped", "[runner]") {
  Scene scene;
  Barrier barrier(scene.io, scene.stop, 3);
  scene.work = [&](Link& link, transport::Session& session) { return in_step(link, session, barrier); };
  scene.add("one");
  scene.add("two");
  scene.stop_after(Milliseconds(50));
  for (const HostResult& result : scene.go()) {
    REQUIRE(result.error);
    CHECK(result.error->code == Code::interrupted);
  }
  CHECK(barrier.arrived() == 2);
}

TEST_CASE("a session whose connection is gone is replaced by another", "[runner]") {
  struct Case {
    const char* name;
    std::vector<Code> failures;  // of the logins after the first
    Status status;
    int attempts;
    bool password = false;
  };
  const auto c = GENERATE(values<Case>({
      {"at once", {}, Status::ok, 2},
      {"after it refused, as while it boots", {Code::connect_refused}, Status::ok, 3},
      {"never, with another key", {Code::host_key_changed}, Status::unreachable, 2},
      {"after it denied the login, as while it boots", {Code::auth_denied}, Status::ok, 3},
      {"never, where it denies a password", {Code::auth_denied}, Status::unreachable, 2, true},
      {"never in time", std::vector<Code>(50, Code::network_unreachable), Status::unreachable, 0},
  }));
  DYNAMIC_SECTION(c.name) {
    Scene scene;
    scene.limits.retries = 0;
    runner::Job& job = scene.add("h");
    job.connect_timeout = Milliseconds(1500);
    if (c.password) job.target.password = Secret("a password");
    scene.hosts.after_cut = c.failures;
    scene.work = [&](Link& link, transport::Session& session) { return across_a_cut(link, session, scene.hosts); };
    const auto results = scene.go();
    CHECK(results[0].status == c.status);
    if (c.attempts > 0) CHECK(results[0].attempts == c.attempts);
    if (c.attempts == 0) CHECK(results[0].error->code == Code::network_unreachable);
    CHECK(scene.hosts.commands == (c.status == Status::ok ? 2 : 1));
  }
}

TEST_CASE("a session that is still open is not replaced", "[runner]") {
  Scene scene;
  scene.add("h");
  scene.work = [](Link& link, transport::Session&) -> asio::awaitable<Outcome> {
    for (int i = 0; i < 3; ++i) co_await run_another(link);
    co_return Outcome{};
  };
  CHECK(scene.go()[0].attempts == 1);
  CHECK(scene.hosts.logins == 1);
  CHECK(scene.hosts.commands == 3);
}

TEST_CASE("while one host comes back, others are worked on", "[runner]") {
  Scene scene;
  scene.limits.forks = 1;
  scene.add("rebooted", {{}, {}, {}}).connect_timeout = Milliseconds(5000);
  scene.add("other");
  scene.hosts.after_cut = {Code::connect_refused};
  scene.work = [&](Link& link, transport::Session& session) {
    return link.job().host == "rebooted" ? across_a_cut(link, session, scene.hosts) : run_command(link, session);
  };
  std::vector<std::string> finished;
  scene.events.done = [&](const HostResult& result, std::size_t) { finished.push_back(result.host); };
  for (const HostResult& result : scene.go()) CHECK(result.status == Status::ok);
  CHECK(finished == std::vector<std::string>{"other", "rebooted"});
}

TEST_CASE("a second login stands beside the first and has the same tries", "[runner]") {
  Scene scene;
  scene.add("h");
  scene.hosts.scripts["neighbour"].login_failures = {Code::throttled};
  scene.work = [](Link& link, transport::Session&) -> asio::awaitable<Outcome> {
    Outcome outcome;
    transport::Target target;
    target.name = "neighbour";
    const auto other = co_await link.another(std::move(target));
    if (!other) outcome.error = other.error();
    co_return outcome;
  };
  const auto results = scene.go();
  CHECK(results[0].status == Status::ok);
  CHECK(results[0].attempts == 1);
  CHECK(scene.hosts.logins == 3);
}

}  // namespace cef::runner::link_tests
