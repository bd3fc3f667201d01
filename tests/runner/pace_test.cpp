#include "fake_hosts.hpp"

#include <cef/runner/gate.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include <algorithm>

namespace cef::runner::pace_tests {

TEST_CASE("hosts on one slow server all come in, because fewer logins are begun", "[runner]") {
  Scene scene;
  scene.hosts.service = Milliseconds(20);
  for (int i = 0; i < 150; ++i) scene.add("n" + std::to_string(i)).connect_timeout = Milliseconds(1000);
  const auto results = scene.go();
  const auto failed = std::count_if(results.begin(), results.end(), [](const auto& r) { return r.error.has_value(); });
  CHECK(failed == 0);
  // At first as many as ever, at the end about as many as it serves in a sixth of their time.
  CHECK(scene.hosts.at_once.front() == 1);
  CHECK(*std::max_element(scene.hosts.at_once.begin(), scene.hosts.at_once.end()) > 80);
  CHECK(*std::max_element(scene.hosts.at_once.end() - 20, scene.hosts.at_once.end()) < 60);
}

TEST_CASE("hosts that are slow each by itself are begun as many at once as before", "[runner]") {
  Scene scene;
  for (int i = 0; i < 400; ++i) {
    Script script;
    script.login = Milliseconds(500);
    scene.add("n" + std::to_string(i), script).connect_timeout = Milliseconds(1000);
  }
  const auto results = scene.go();
  CHECK(std::none_of(results.begin(), results.end(), [](const auto& r) { return r.error.has_value(); }));
  CHECK(*std::max_element(scene.hosts.at_once.end() - 120, scene.hosts.at_once.end()) > 60);
}

TEST_CASE("a host that was silent for the others' sake has one more try", "[runner]") {
  Scene scene;
  scene.hosts.service = Milliseconds(120);
  for (int i = 0; i < 60; ++i) scene.add("n" + std::to_string(i)).connect_timeout = Milliseconds(3000);
  const auto results = scene.go();
  int again = 0;
  for (const auto& result : results) {
    CHECK_FALSE(result.error);
    again += result.attempts > 1 ? 1 : 0;
  }
  CHECK(again > 0);
}

TEST_CASE("a gate's limit holds for those who come, and its end lets them in", "[runner]") {
  asio::io_context io;
  transport::Stop stop;
  Gate gate(io, stop, 4);
  std::vector<Gate::Place> places;
  const auto come = [&](int hosts) {
    for (int i = 0; i < hosts; ++i)
      asio::co_spawn(
          io,
          [&]() -> asio::awaitable<void> {
            places.push_back(co_await gate.enter(no_deadline, false, no_patience_limit));
          },
          asio::detached);
    io.restart();
    io.poll();
  };
  come(3);
  REQUIRE(places.size() == 3);
  gate.set_limit(2);
  come(2);
  CHECK(places.size() == 3);
  places.pop_back();  // the one too many
  come(0);
  CHECK(places.size() == 2);
  places.pop_back();
  come(0);
  CHECK(places.size() == 2);  // one of those who wait has come
  gate.set_limit(4);
  come(0);
  CHECK(places.size() == 3);
  CHECK(gate.limit() == 4);
  stop.request(Code::interrupted);
  io.poll();
}

}  // namespace cef::runner::pace_tests
