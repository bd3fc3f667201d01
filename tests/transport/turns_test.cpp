#include "turns.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace cef::transport::turns_tests {

namespace {

asio::awaitable<void> take(Turns& turns, int times, std::string name, std::vector<std::string>& taken) {
  for (int i = 0; i < times; ++i) {
    co_await turns.next();
    taken.push_back(name);
    turns.end();
  }
}

// What has something to do each time the loop comes round.
asio::awaitable<void> work(asio::io_context& io, Turns& turns, int times, std::vector<std::string>& done) {
  for (int i = 0; i < times; ++i) {
    co_await asio::post(io, asio::use_awaitable);
    turns.note_others();
    done.push_back("work");
  }
}

}  // namespace

TEST_CASE("who waits for a turn gets it in order", "[turns]") {
  asio::io_context io;
  Turns turns(io);
  std::vector<std::string> taken;
  for (const char* name : {"a", "b", "c"}) asio::co_spawn(io, take(turns, 2, name, taken), asio::detached);
  io.run();
  CHECK(taken == std::vector<std::string>{"a", "b", "c", "a", "b", "c"});
}

TEST_CASE("one alone has turn after turn", "[turns]") {
  asio::io_context io;
  Turns turns(io);
  std::vector<std::string> taken;
  asio::co_spawn(io, take(turns, 1000, "a", taken), asio::detached);
  io.run();
  CHECK(taken.size() == 1000);
}

TEST_CASE("many that take turns leave the loop to others between any two", "[turns]") {
  asio::io_context io;
  Turns turns(io);
  std::vector<std::string> done;
  for (int i = 0; i < 50; ++i) asio::co_spawn(io, take(turns, 10, "turn", done), asio::detached);
  asio::co_spawn(io, work(io, turns, 100, done), asio::detached);
  io.run();
  REQUIRE(done.size() == 600);
  // The other work is done after as many turns as it has steps, and some at the beginning and the end.
  std::size_t turns_before = 0, steps = 0;
  for (const auto& what : done)
    if (what == "work")
      ++steps;
    else if (steps < 100)
      ++turns_before;
  CHECK(turns_before <= 105);
}

// However slow the machine is: its pauses make turns longer, and the time.
TEST_CASE("turns have a small part of the time while there is other work", "[turns]") {
  asio::io_context io;
  Turns turns(io);
  const auto pass_time = [](Milliseconds time) {
    for (const auto until = Clock::now() + time; Clock::now() < until;) continue;
  };
  int taken = 0;
  bool over = false;
  const auto bulk = [&]() -> asio::awaitable<void> {
    while (!over) {
      co_await turns.next();
      if (over) co_return;
      ++taken;
      pass_time(Milliseconds(2));
      turns.end();
    }
  };
  const auto others = [&]() -> asio::awaitable<void> {
    for (int i = 0; i < 200; ++i) {
      co_await asio::post(io, asio::use_awaitable);
      turns.note_others();
      pass_time(Milliseconds(1));
    }
    over = true;
  };
  asio::co_spawn(io, bulk(), asio::detached);
  asio::co_spawn(io, others(), asio::detached);
  const auto start = Clock::now();
  io.run();
  const double elapsed_ms = to_ms(Clock::now() - start);
  CHECK(taken >= 1);
  CHECK(taken <= 3 + elapsed_ms / 32);
}

TEST_CASE("those who wait when it goes are left in peace", "[turns]") {
  asio::io_context io;
  std::vector<std::string> taken;
  {
    Turns turns(io);
    asio::co_spawn(io, take(turns, 3, "a", taken), asio::detached);
    io.poll_one();
  }
  io.poll();
  CHECK(taken.empty());
}

}  // namespace cef::transport::turns_tests
