#include <cef/transport/breaker.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

namespace cef::transport::breaker_tests {

namespace {

// Hosts that want to try one password.
struct Hosts {
  asio::io_context io;
  Stop stop;
  Breaker breaker{io, stop};
  std::vector<std::string> log;
  std::vector<std::optional<Breaker::Trial>> trials = std::vector<std::optional<Breaker::Trial>>(8);

  Hosts() = default;
  explicit Hosts(Milliseconds patience) : breaker(io, stop, patience) {}
  void approach(std::size_t number) {
    asio::co_spawn(io, start(number), asio::detached);
    settle();
  }
  void come(std::size_t number, const std::string& password = "s3same!", Deadline deadline = no_deadline) {
    asio::co_spawn(io, enter(number, Secret(password), deadline), asio::detached);
    settle();
  }
  void settle() {
    io.restart();
    io.poll();
  }

 private:
  asio::awaitable<void> start(std::size_t number) {
    auto trial = co_await breaker.approach(Breaker::Use::sudo, "pi", Secret("s3same!"), no_deadline);
    log.push_back(std::to_string(number) + (!trial   ? " " + std::string(name_of(trial.error().code))
                                            : *trial ? ""
                                                     : " free"));
    if (trial && *trial) trials[number].emplace(std::move(**trial));
  }
  asio::awaitable<void> enter(std::size_t number, Secret password, Deadline deadline) {
    auto trial = co_await breaker.enter(Breaker::Use::login, "pi", password, deadline);
    log.push_back(std::to_string(number) + (trial ? "" : std::string(" ") + std::string(name_of(trial.error().code))));
    if (trial) trials[number].emplace(std::move(*trial));
  }
};

using Log = std::vector<std::string>;

}  // namespace

TEST_CASE("one host proves a password before the others may use it", "[transport]") {
  Hosts hosts;
  for (std::size_t i = 0; i < 3; ++i) hosts.come(i);
  CHECK(hosts.log == Log{"0"});
  hosts.trials[0]->right();
  hosts.settle();
  CHECK(hosts.log == Log{"0", "1", "2"});
  hosts.come(3);
  CHECK(hosts.log.back() == "3");
}

TEST_CASE("a password that one host refuses is sent to no other", "[transport]") {
  Hosts hosts;
  for (std::size_t i = 0; i < 3; ++i) hosts.come(i);
  hosts.trials[0]->wrong("h0");
  hosts.settle();
  hosts.come(3);
  CHECK(hosts.log == Log{"0", "1 circuit_open", "2 circuit_open", "3 circuit_open"});
  hosts.come(4, "another");
  CHECK(hosts.log.back() == "4");
}

TEST_CASE("when the host that proves a password is lost, the next one proves it", "[transport]") {
  Hosts hosts;
  for (std::size_t i = 0; i < 3; ++i) hosts.come(i);
  hosts.trials[0].reset();
  hosts.settle();
  CHECK(hosts.log == Log{"0", "1"});
  hosts.trials[1]->right();
  hosts.settle();
  CHECK(hosts.log == Log{"0", "1", "2"});
}

TEST_CASE("a password that was right on one host may be wrong on another without stopping the rest", "[transport]") {
  Hosts hosts;
  hosts.come(0);
  hosts.trials[0]->right();
  hosts.come(1);
  hosts.trials[1]->wrong("h1");
  hosts.come(2);
  CHECK(hosts.log == Log{"0", "1", "2"});
}

TEST_CASE("nobody waits for the proof past the deadline or the end of the run", "[transport]") {
  Hosts hosts;
  hosts.come(0);
  hosts.come(1, "s3same!", Clock::now());
  hosts.come(2);
  hosts.stop.request(Code::interrupted);
  hosts.settle();
  hosts.come(3);
  CHECK(hosts.log == Log{"0", "1 auth_timeout", "2 interrupted", "3 interrupted"});
}

TEST_CASE("hosts that may not need a password start together once one did not", "[transport]") {
  Hosts hosts;
  for (std::size_t i = 0; i < 3; ++i) hosts.approach(i);
  CHECK(hosts.log == Log{"0"});
  hosts.trials[0]->unneeded();
  hosts.settle();
  CHECK(hosts.log == Log{"0", "1 free", "2 free"});
}

TEST_CASE("hosts that may need a password do not start once one refused it", "[transport]") {
  Hosts hosts;
  for (std::size_t i = 0; i < 3; ++i) hosts.approach(i);
  hosts.trials[0]->wrong("h0");
  hosts.settle();
  CHECK(hosts.log == Log{"0", "1 circuit_open", "2 circuit_open"});
}

TEST_CASE("there is only so much patience with a host that proves, and one more proves at a time", "[transport]") {
  Hosts hosts(Milliseconds(50));
  for (std::size_t i = 0; i < 4; ++i) hosts.come(i);
  CHECK(hosts.log == Log{"0"});
  const auto wait_for = [&](std::size_t entered) {
    hosts.io.restart();
    while (hosts.log.size() < entered && hosts.io.run_one() > 0) continue;
  };
  wait_for(2);
  CHECK(hosts.log.size() == 2);
  hosts.trials[0].reset();  // the first one was lost after all: that says nothing of the second
  hosts.settle();
  CHECK(hosts.log.size() == 2);
  wait_for(3);
  CHECK(hosts.log.size() == 3);
  hosts.trials[1]->right();
  hosts.settle();
  CHECK(hosts.log.size() == 4);
}

}  // namespace cef::transport::breaker_tests
