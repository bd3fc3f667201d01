// The measurement of a clock, driven by hand, and its script on this machine.
#include "process.hpp"
#include "temp_dir.hpp"

#include <cef/remote/clock_meter.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace cef::remote::clock_meter_tests {

namespace {

using Clock = ClockMeter::Clock;
const Clock::time_point start{std::chrono::seconds(1'795'709'847)};

Clock::time_point at(double seconds) {
  return start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

std::string told(double received, double sent) {
  const auto text = [](double seconds) {
    const auto whole = static_cast<long long>(std::floor(seconds));
    return fmt::format("{}.{:06}", 1'795'709'847 + whole, static_cast<int>((seconds - std::floor(seconds)) * 1e6));
  };
  return fmt::format("=cef clock {} {}\n", text(received), text(sent));
}

}  // namespace

TEST_CASE("the shortest exchange counts, and bounds the error", "[remote]") {
  ClockMeter meter(3);
  struct Exchange {
    double asked, received, sent, heard;
  };
  // A clock 0.3 s ahead; the second exchange is quick, the others are held up on one of the ways.
  for (const auto& [asked, received, sent, heard] :
       {Exchange{0, 0.55, 0.551, 0.26}, Exchange{1, 1.305, 1.306, 1.011}, Exchange{2, 2.31, 2.311, 2.5}}) {
    CHECK(meter.give(at(asked)) == "?\n");
    CHECK(meter.give(at(asked)) == "");
    const std::string line = told(received, sent);
    meter.hear("welcome\n" + line.substr(0, 9), at(heard));
    meter.hear(line.substr(9), at(heard));
  }
  CHECK_FALSE(meter.give(at(3)));
  REQUIRE(meter.best());
  CHECK(meter.best()->offset_s == Approx(0.3).margin(1e-4));
  CHECK(meter.best()->error_s == Approx(0.005).margin(1e-4));
}

TEST_CASE("a clock that tells whole seconds is off by half of one at most", "[remote]") {
  ClockMeter meter(1);
  meter.give(at(0.2));
  meter.hear("=cef clock 1795709847.0 1795709847.999999999\n", at(0.3));
  REQUIRE(meter.best());
  CHECK(std::abs(meter.best()->offset_s) <= meter.best()->error_s);
  CHECK(meter.best()->error_s == Approx(0.55).margin(1e-3));
}

TEST_CASE("without an answer nothing is known", "[remote]") {
  ClockMeter meter(2);
  meter.give(at(0));
  meter.hear("sh: date: not found\n", at(1));
  CHECK_FALSE(meter.best());
}

TEST_CASE("this machine's clock is that of this machine, with and without bash", "[remote]") {
  const bool bash = GENERATE(true, false);
  const testing::TempDir folder;
  for (const char* const name : {"date", "sh"})
    std::filesystem::create_symlink(std::string("/bin/") + name, folder / name);
  ClockMeter meter(4);
  std::string asked;
  for (int i = 0; i < 4; ++i) asked += "?\n";
  const auto before = Clock::now();
  meter.give(before);
  testing::RunOptions options;
  options.input = asked;
  if (!bash) options.env["PATH"] = folder.path().string();
  const auto ran = testing::run({"/bin/sh", "-c", ClockMeter::script()}, options);
  INFO(ran.out << ran.err);
  meter.hear(ran.out.substr(0, ran.out.find('\n') + 1), Clock::now());
  REQUIRE(meter.best());
  CHECK(std::abs(meter.best()->offset_s) <= meter.best()->error_s + 1e-5);
}

}  // namespace cef::remote::clock_meter_tests
