// Rounds on hosts without a network. What is checked is the order of things and what comes of them: however slow the
// machine is, a host may then be left out of a round, but never be in two.
#include "fake_hosts.hpp"

#include <cef/runner/rounds.hpp>

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include <functional>
#include <map>
#include <memory>

namespace cef::runner::rounds_tests {

namespace {

// Calls `tell` with each host that is logged in to, before its command.
Work told(std::function<void(const std::string& host)> tell) {
  return [tell = std::move(tell)](Link& link, transport::Session& session) {
    tell(link.job().host);
    return run_command(link, session);
  };
}

// Rounds of a scene's hosts, and what was heard of them.
struct Watched : Scene {
  Schedule schedule{.interval = Milliseconds(2), .count = 0, .began = {}, .done = {}};
  std::unique_ptr<Rounds> rounds;
  std::vector<int> began;
  std::map<std::string, std::vector<int>> done;            // the rounds of each host's results
  std::map<std::string, std::vector<HostResult>> results;  // of each host
  std::function<void(int)> on_began = [](int) {};
  std::function<void(const std::string& host, int round)> on_done = [](const auto&, int) {};

  Rounds& make() {
    schedule.began = [this](int round) {
      began.push_back(round);
      on_began(round);
    };
    schedule.done = [this](std::size_t host, int round, const HostResult& result) {
      CHECK(result.host == jobs[host].host);
      CHECK_FALSE(rounds->busy_since(host));
      done[result.host].push_back(round);
      results[result.host].push_back(result);
      on_done(result.host, round);
    };
    rounds = std::make_unique<Rounds>(io, stop, Executors{hosts, hosts}, jobs, work, limits, schedule);
    return *rounds;
  }
  void go() { make().run(); }
  void stop_now() { stop.request(Code::interrupted); }
};

using Numbers = std::vector<int>;

}  // namespace

TEST_CASE("as many rounds begin as are asked for, each with its results", "[runner]") {
  const int count = GENERATE(1, 2, 5);
  Watched watched;
  watched.add("h");
  watched.schedule.count = count;
  watched.go();
  Numbers all;
  for (int round = 1; round <= count; ++round) all.push_back(round);
  CHECK(watched.began == all);
  CHECK(watched.done["h"] == all);
  CHECK(watched.hosts.commands == count);
}

TEST_CASE("a slow host delays no other, and is in one round until it is done", "[runner]") {
  Watched watched;
  watched.add("slow", {Milliseconds(0), for_ever, {}});
  watched.add("quick");
  watched.on_done = [&](const std::string& host, int round) {
    if (host != "quick") return;
    CHECK(watched.rounds->busy_since(0));
    if (round == 5) watched.stop_now();
  };
  watched.go();
  CHECK(watched.done["quick"] == Numbers{1, 2, 3, 4, 5});
  REQUIRE(watched.done["slow"] == Numbers{1});
  CHECK(watched.results["slow"][0].error->code == Code::interrupted);
}

TEST_CASE("a host that hangs while logging in delays no other either", "[runner]") {
  Watched watched;
  watched.limits.logins = 2;
  watched.add("slow", {for_ever, Milliseconds(0), {}});
  watched.add("quick");
  watched.on_done = [&](const std::string& host, int round) {
    if (host == "quick" && round == 3) watched.stop_now();
  };
  watched.go();
  CHECK(watched.done["quick"] == Numbers{1, 2, 3});
  CHECK(watched.done["slow"] == Numbers{1});
}

TEST_CASE("a host that was slow comes back in the round that then begins", "[runner]") {
  Watched watched;
  watched.add("slow");
  watched.add("quick");
  asio::steady_timer gate(watched.io, transport::no_deadline);
  bool first = true;
  watched.work = [&](Link& link, transport::Session&) -> asio::awaitable<Outcome> {
    if (link.job().host == "slow" && std::exchange(first, false)) {
      boost::system::error_code ignored;
      co_await gate.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    co_return Outcome{};
  };
  watched.on_done = [&](const std::string& host, int round) {
    if (host == "quick" && round == 3) gate.cancel();
    if (host == "slow" && round > 3) watched.stop_now();
  };
  watched.go();
  REQUIRE(watched.done["slow"].size() >= 2);
  CHECK(watched.done["slow"][0] == 1);
  CHECK(watched.done["slow"][1] > 3);
  const Numbers& quick = watched.done["quick"];
  REQUIRE(quick.size() >= 3);
  CHECK(Numbers(quick.begin(), quick.begin() + 3) == Numbers{1, 2, 3});
}

TEST_CASE("a round without any host that is free does not count", "[runner]") {
  Watched watched;
  watched.schedule.count = 3;
  // Several rounds would have begun meanwhile.
  watched.add("h", {Milliseconds(0), Milliseconds(10), {}});
  watched.go();
  CHECK(watched.began == Numbers{1, 2, 3});
  CHECK(watched.done["h"] == Numbers{1, 2, 3});
  CHECK(watched.hosts.most_commands_at_once == 1);
}

TEST_CASE("no host is in two rounds, and none has a result of a round that did not begin", "[runner]") {
  Watched watched;
  watched.schedule.count = 6;
  for (int i = 0; i < 20; ++i) watched.add("h" + std::to_string(i), {Milliseconds(0), Milliseconds(i % 5), {}});
  std::map<std::string, int> started;
  watched.work = told([&](const std::string& host) { ++started[host]; });
  watched.go();
  CHECK(watched.began == Numbers{1, 2, 3, 4, 5, 6});
  REQUIRE(watched.done.size() == 20);
  for (const auto& [host, rounds] : watched.done) {
    INFO(host);
    CHECK(rounds.front() == 1);
    CHECK(rounds.back() <= 6);
    CHECK(std::ranges::adjacent_find(rounds, std::greater_equal<>()) == rounds.end());
    CHECK(started[host] == static_cast<int>(rounds.size()));
  }
}

TEST_CASE("results are those of their rounds", "[runner]") {
  Watched watched;
  watched.schedule.count = 3;
  watched.add("h", {Milliseconds(0), Milliseconds(0), {Code::connect_refused, Code::auth_denied}});
  watched.go();
  CHECK(watched.done["h"] == Numbers{1, 2, 3});
  const auto& results = watched.results["h"];
  REQUIRE(results.size() == 3);
  CHECK(results[0].error->code == Code::connect_refused);
  CHECK(results[1].error->code == Code::auth_denied);
  CHECK(results[2].status == Status::ok);
}

TEST_CASE("rounds that were missed are not made up for", "[runner]") {
  Watched watched;
  watched.schedule.interval = Milliseconds(20);
  watched.add("h");
  asio::steady_timer mark(watched.io);
  std::size_t before_mark = 0;
  watched.on_began = [&](int round) {
    if (round == 2) {
      // The machine is busy for ten rounds.
      const auto until = Clock::now() + 10 * watched.schedule.interval;
      while (Clock::now() < until) continue;
      mark.expires_after(watched.schedule.interval);
      mark.async_wait([&](boost::system::error_code error) {
        if (!error) before_mark = watched.began.size();
      });
    }
    if (round == 6) watched.stop_now();
  };
  watched.go();
  // Within the time of one round one begins, and one more that is due right now.
  CHECK(before_mark >= 2);
  CHECK(before_mark <= 4);
}

TEST_CASE("while rounds are paused none begins, and those under way are done", "[runner]") {
  Watched watched;
  watched.schedule.count = 4;
  watched.add("h", {Milliseconds(0), Milliseconds(1), {}});
  asio::steady_timer later(watched.io);
  watched.on_began = [&](int round) {
    if (round != 2) return;
    watched.rounds->pause(true);
    later.expires_after(10 * watched.schedule.interval);
    later.async_wait([&](boost::system::error_code) {
      CHECK(watched.began == Numbers{1, 2});
      CHECK(watched.rounds->paused());
      watched.rounds->pause(false);
      CHECK_FALSE(watched.rounds->paused());
    });
  };
  watched.go();
  CHECK(watched.began == Numbers{1, 2, 3, 4});
  CHECK(watched.done["h"] == Numbers{1, 2, 3, 4});
}

TEST_CASE("paused rounds can be stopped", "[runner]") {
  Watched watched;
  watched.add("h");
  watched.make().pause(true);
  watched.stop_after(Milliseconds(5));
  watched.rounds->run();
  CHECK(watched.began.empty());
  CHECK(watched.hosts.logins == 0);
}

TEST_CASE("a stop in the middle of a round ends the hosts at work, and of those not started nothing is told",
          "[runner]") {
  Watched watched;
  watched.limits.forks = 2;
  for (int i = 0; i < 5; ++i) watched.add("h" + std::to_string(i), {Milliseconds(0), for_ever, {}});
  int working = 0;
  watched.work = told([&](const std::string&) {
    // Once this one is at work too.
    if (++working == 2) asio::post(watched.io, [&] { watched.stop_now(); });
  });
  watched.go();
  CHECK(watched.began == Numbers{1});
  CHECK(watched.done == std::map<std::string, Numbers>{{"h0", {1}}, {"h1", {1}}});
  for (const auto& [host, results] : watched.results) CHECK(results[0].error->code == Code::interrupted);
  for (std::size_t host = 0; host < 5; ++host) CHECK_FALSE(watched.rounds->busy_since(host));
}

TEST_CASE("rounds that are stopped before they begin do nothing", "[runner]") {
  Watched watched;
  watched.add("h");
  watched.stop_now();
  watched.go();
  CHECK(watched.began.empty());
  CHECK(watched.hosts.logins == 0);
}

TEST_CASE("a site with many hosts takes its turns in each round, and others do not wait for it", "[runner]") {
  Watched watched;
  watched.limits.logins_per_site = 1;
  for (int i = 0; i < 3; ++i) watched.add("site" + std::to_string(i), {for_ever, Milliseconds(0), {}}).site = "hill";
  watched.add("other");
  watched.on_done = [&](const std::string& host, int round) {
    if (host == "other" && round == 4) watched.stop_now();
  };
  watched.go();
  CHECK(watched.done["other"] == Numbers{1, 2, 3, 4});
  CHECK(watched.done["site0"] == Numbers{1});
}

TEST_CASE("rounds that were far apart come soon once that is asked for", "[runner]") {
  Watched watched;
  watched.add("a");
  watched.schedule.interval = std::chrono::hours(24);
  watched.on_done = [&watched](const auto&, int round) {
    if (round == 1) watched.rounds->set_interval(Milliseconds(2));
    if (round == 3) watched.stop_now();
  };
  watched.go();
  CHECK(watched.began == Numbers{1, 2, 3});
}

}  // namespace cef::runner::rounds_tests
