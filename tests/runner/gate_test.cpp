#include <cef/runner/gate.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

namespace cef::runner::gate_tests {

namespace {

// Guests of one gate, whose comings are written down.
struct Party {
  asio::io_context io;
  Stop stop;
  Gate gate;
  std::vector<std::string> log;
  std::vector<std::optional<Gate::Place>> places;

  explicit Party(std::size_t size) : gate(io, stop, size), places(16) {}

  void invite(std::size_t number, Deadline deadline = no_deadline, bool ahead = false,
              Milliseconds patience = no_patience_limit) {
    asio::co_spawn(io, enter(number, deadline, ahead, patience), asio::detached);
    settle();
  }
  void settle() {
    io.restart();
    io.poll();
  }

 private:
  asio::awaitable<void> enter(std::size_t number, Deadline deadline, bool ahead, Milliseconds patience) {
    auto place = co_await gate.enter(deadline, ahead, patience);
    log.push_back(std::to_string(number) + (place ? "" : " gave up"));
    places[number] = std::move(place);
  }
};

}  // namespace

TEST_CASE("as many pass a gate as it has places, the others in turn", "[runner]") {
  Party party(2);
  for (std::size_t i = 0; i < 4; ++i) party.invite(i);
  CHECK(party.log == std::vector<std::string>{"0", "1"});
  party.places[1].reset();
  party.settle();
  party.places[0].reset();
  party.settle();
  CHECK(party.log == std::vector<std::string>{"0", "1", "2", "3"});
}

TEST_CASE("those who come back go before those who have not been in", "[runner]") {
  Party party(1);
  for (std::size_t i = 0; i < 3; ++i) party.invite(i);
  party.invite(3, no_deadline, true);
  party.invite(4, no_deadline, true);
  for (const std::size_t i : {0, 3, 4, 1}) {
    party.places[i].reset();
    party.settle();
  }
  CHECK(party.log == std::vector<std::string>{"0", "3", "4", "1", "2"});
}

TEST_CASE("a guest whose time is up gives up and leaves the queue", "[runner]") {
  Party party(1);
  party.invite(0);
  party.invite(1, Clock::now());
  party.settle();
  CHECK(party.log == std::vector<std::string>{"0", "1 gave up"});
  party.invite(2);
  party.places[0].reset();
  party.settle();
  CHECK(party.log.back() == "2");
}

TEST_CASE("a stopped run empties the queue and lets nobody in", "[runner]") {
  Party party(1);
  party.invite(0);
  party.invite(1);
  party.stop.request(Code::interrupted);
  party.settle();
  party.places[0].reset();
  party.invite(2);
  CHECK(party.log == std::vector<std::string>{"0", "1 gave up", "2 gave up"});
}

TEST_CASE("a place is lent when its holder takes too long, unless it is kept", "[runner]") {
  Party party(1);
  party.invite(0, no_deadline, false, Milliseconds(0));
  SECTION("lent") {
    party.invite(1);
    while (party.log.size() < 2) party.io.restart(), party.io.run_one();
    CHECK_FALSE(*party.places[0]);
    CHECK(*party.places[1]);
    party.places[0].reset();  // gives nothing back: it had nothing any more
    party.invite(2);
    CHECK(party.log.size() == 2);
  }
  SECTION("kept") {
    Party other(1);
    other.invite(0, no_deadline, false, Milliseconds(10));
    other.places[0]->keep();
    other.invite(1);
    other.io.restart();
    other.io.run_for(Milliseconds(30));
    CHECK(*other.places[0]);
    CHECK(other.log == std::vector<std::string>{"0"});
  }
  SECTION("not now, later") {
    Party other(1);
    other.invite(0, no_deadline, false, Milliseconds(300));
    other.invite(1);
    const auto began = transport::Clock::now();
    auto last = began;
    bool on_time = true;           // a machine that stops for a quarter of a second is one on which nobody gets on
    for (int i = 0; i < 5; ++i) {  // somebody gets on all the time
      other.gate.note_progress();
      other.io.restart();
      other.io.run_for(Milliseconds(100));
      on_time = on_time && transport::Clock::now() - last < Milliseconds(250);
      last = transport::Clock::now();
    }
    if (on_time) CHECK(other.log == std::vector<std::string>{"0"});
    while (other.log.size() < 2) other.io.restart(), other.io.run_one();
    CHECK(other.log == std::vector<std::string>{"0", "1"});
  }
}

}  // namespace cef::runner::gate_tests
