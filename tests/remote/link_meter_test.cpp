// The link test against a host and a link that are made up: time is passed in.
#include <cef/remote/link_meter.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <string>

namespace link_meter_tests {

using namespace cef;
using namespace cef::remote;
using Clock = LinkTest::Clock;

namespace {

// What a link and the host's shell at its other end do, reckoned instead of waited for.
class FakeLink {
 public:
  FakeLink(double down_mbit_s, double up_mbit_s, double latency_ms)
      : down_(down_mbit_s * 1e6 / 8), up_(up_mbit_s * 1e6 / 8), latency_(latency_ms / 1e3) {}

  Clock::time_point now{};

  void run(LinkTest& test) {
    const auto start = now;
    test.hear("Welcome!\n=cef speed=\n", now);
    while (!test.done()) {
      std::string request = take_line(test);
      if (request.empty()) return;  // nothing more to do
      const std::int64_t size = request.size() > 2 ? std::stoll(request.substr(2)) : 0;
      if (request[0] == 'd') {
        for (std::int64_t got = 0; got < size;) {
          const auto part = test.give(65536, now);
          REQUIRE(part);
          REQUIRE_FALSE(part->empty());
          got += static_cast<std::int64_t>(part->size());
        }
        pass(static_cast<double>(size) / down_ + latency_);
        test.hear(std::to_string(size) + "\n", now);
      } else if (request[0] == 'u') {
        pass(static_cast<double>(size) / up_ + latency_);
        test.hear(std::string(static_cast<std::size_t>(size), '\0'), now);
      } else {
        pass(latency_);
        test.hear("p\n", now);
      }
    }
    seconds = std::chrono::duration<double>(now - start).count();
  }
  double seconds = 0;

 private:
  std::string take_line(LinkTest& test) {
    std::string line;
    while (!line.ends_with('\n')) {
      const auto part = test.give(65536, now);
      if (!part || part->empty()) return "";
      line += *part;
    }
    line.pop_back();
    return line;
  }
  void pass(double time) { now += std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(time)); }

  double down_, up_, latency_;
};

}  // namespace

TEST_CASE("a link is measured within its bounds, whatever its speed", "[remote]") {
  struct Case {
    double down, up, latency_ms;
  };
  const auto c = GENERATE(values<Case>({
      {0.064, 0.064, 600},  // as slow as it gets
      {0.256, 0.128, 50},
      {20, 20, 100},
      {94, 11, 30},
      {940, 940, 0.4},
      {9400, 9400, 0.05},
  }));
  DYNAMIC_SECTION(c.down << " down, " << c.up << " up, " << c.latency_ms << " ms") {
    LinkTest test({.bytes = 8 << 20, .time = Milliseconds(5000)});
    FakeLink link(c.down, c.up, c.latency_ms);
    link.run(test);
    REQUIRE(test.done());
    CHECK(test.strange().empty());
    CHECK(test.latency_ms().value() == Approx(c.latency_ms));
    CHECK(test.down_mbit_s().value() == Approx(c.down).epsilon(0.02));
    CHECK(test.up_mbit_s(link.now).value() == Approx(c.up).epsilon(0.02));
    CHECK(test.bytes() <= 2 * (8 << 20));
    CHECK(link.seconds < 2 * 5.0 * 1.2 + 2.5);
  }
}

TEST_CASE("only the directions that were asked for are measured", "[remote]") {
  LinkTest test({.bytes = 1 << 20, .time = Milliseconds(1000), .down = false, .up = true});
  FakeLink link(10, 10, 5);
  link.run(test);
  CHECK(test.done());
  CHECK_FALSE(test.down_mbit_s());
  CHECK(test.up_mbit_s(link.now).value() == Approx(10).epsilon(0.02));
}

TEST_CASE("a host that counts other bytes than were sent is not believed", "[remote]") {
  LinkTest test({.bytes = 1 << 20, .time = Milliseconds(1000), .down = true, .up = false});
  const Clock::time_point now{};
  test.hear("=cef speed=\n", now);
  while (!test.done()) {
    const auto part = test.give(65536, now);
    if (!part) break;
    if (part->empty()) {
      test.hear("12\n", now);
    } else if (part->starts_with("p")) {
      test.hear("p\n", now);
    }
  }
  CHECK(test.strange() == "12");
  CHECK_FALSE(test.down_mbit_s());
}

TEST_CASE("a test that was cut short tells what came of it", "[remote]") {
  LinkTest test({.bytes = 8 << 20, .time = Milliseconds(5000), .down = false, .up = true});
  Clock::time_point now{};
  test.hear("=cef speed=\n", now);
  for (auto part = test.give(100, now); part && part->starts_with("p"); part = test.give(100, now)) {
    now += std::chrono::milliseconds(10);
    test.hear("p\n", now);
  }
  now += std::chrono::milliseconds(1010);
  test.hear(std::string(10'000, '\0'), now);
  CHECK(test.up_mbit_s(now).value() == Approx(0.08));
}

}  // namespace link_meter_tests
