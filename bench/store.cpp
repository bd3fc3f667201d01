// Fills a store of metrics as a cron job would, a round of all hosts a minute, and tells what that takes.
#include <cef/store/metrics.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace cef;
using Clock = std::chrono::steady_clock;
using std::chrono::minutes;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double tenth(double value) { return std::round(value * 10) / 10; }

// What a host measures: 40 values, some of which never change, some now and then, and some in every round.
class Host {
 public:
  explicit Host(unsigned number) : random_(number + 1), name_(fmt::format("node{:04}", number)) {}

  store::Reading read() {
    uptime_ += 60;
    const auto step = [&](double& value, double by, double least, double most) {
      value = std::clamp(value + by * normal_(random_), least, most);
    };
    step(celsius_, 0.4, 35, 85);
    step(load_, 0.2, 0, 12);
    step(memory_, 3e7, 1e9, 7e9);
    step(root_, 2e6, 2e9, 28e9);
    for (double& counter : counters_) counter += std::floor(std::abs(normal_(random_)) * 2e6);
    const auto kib = [](double bytes) { return std::floor(bytes / 1024) * 1024; };
    store::Reading reading{name_, {}, {}};
    auto& values = reading.values;
    const auto add = [&](std::string name, double value) { values.emplace_back(std::move(name), value); };
    add("os.uptime_s", uptime_ + std::floor(uniform_(random_) * 100) / 100);
    add("temp.cpu_celsius", tenth(celsius_));
    add("temp.celsius[cpu_thermal]", tenth(celsius_));
    add("temp.celsius[rp1_adc]", tenth(celsius_ - 3));
    for (const auto* field : {"load1", "load5", "load15"})
      add(fmt::format("cpu.{}", field), std::round(load_ * 100) / 100);
    add("cpu.used_pct", tenth(std::min(100.0, load_ * 25)));
    add("cpu.threads", 4);
    const double total = 8.0 * (1 << 30), disk = 29.0 * (1 << 30), boot = 512.0 * (1 << 20);
    add("mem.total_bytes", total);
    add("mem.available_bytes", kib(total - memory_));
    add("mem.used_bytes", kib(memory_));
    add("mem.used_pct", tenth(100 * memory_ / total));
    add("mem.swap_total_bytes", 0);
    add("mem.swap_used_bytes", 0);
    add("disk.used_pct", tenth(100 * root_ / disk));
    add("disk.total_bytes[/]", disk);
    add("disk.used_bytes[/]", kib(root_));
    add("disk.available_bytes[/]", kib(disk - root_));
    add("disk.used_pct[/]", tenth(100 * root_ / disk));
    add("disk.total_bytes[/boot/firmware]", boot);
    add("disk.used_bytes[/boot/firmware]", boot / 8);
    add("disk.available_bytes[/boot/firmware]", boot / 8 * 7);
    add("disk.used_pct[/boot/firmware]", 12.5);
    std::size_t counter = 0;
    for (const auto* name : {"eth0", "wlan0"}) {
      const bool idle = counter > 0;
      add(fmt::format("net.rx_mbit_s[{}]", name), idle ? 0 : tenth(std::abs(normal_(random_)) * 5));
      add(fmt::format("net.tx_mbit_s[{}]", name), idle ? 0 : tenth(std::abs(normal_(random_)) * 2));
      add(fmt::format("net.rx_bytes[{}]", name), idle ? 0 : counters_[counter++]);
      add(fmt::format("net.tx_bytes[{}]", name), idle ? 0 : counters_[counter++]);
    }
    for (const auto* flag : {"undervoltage", "throttled", "capped", "soft_limit"}) {
      add(fmt::format("power.{}.now", flag), 0);
      add(fmt::format("power.{}.since_boot", flag), 0);
    }
    return reading;
  }

 private:
  std::minstd_rand random_;
  std::normal_distribution<double> normal_;
  std::uniform_real_distribution<double> uniform_;
  std::string name_;
  double uptime_ = 86'400, celsius_ = 55, load_ = 1, memory_ = 3e9, root_ = 9e9;
  double counters_[2] = {3e9, 1e9};
};

struct Counter : store::MetricStore::Reader {
  std::size_t points = 0;
  void value(std::size_t, std::size_t, const store::Point&) override { ++points; }
  void presence(std::size_t, const store::Presence&) override {}
};

void check(const auto& result) {
  if (result) return;
  fmt::print(stderr, "bench_store: {}\n", result.error().message);
  std::exit(1);
}

double mebibytes(const std::filesystem::path& file) {
  std::error_code ignored;
  return static_cast<double>(std::filesystem::file_size(file, ignored)) / (1 << 20);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 || std::string_view(argv[1]).starts_with("-")) {
    fmt::print(
        stderr,
        "usage: bench_store FILE HOSTS HOURS\n\n"
        "Makes FILE, a store with a round of so many hosts for each minute of so many hours, and tells its size,\n"
        "what a round takes to append, what making the hours takes, and what reading takes.\n");
    return 5;
  }
  const std::filesystem::path file = argv[1];
  const auto hosts = static_cast<unsigned>(std::atoi(argv[2]));
  const int hours = std::atoi(argv[3]);
  if (std::filesystem::exists(file)) {
    fmt::print(stderr, "bench_store: {} is there already\n", file.string());
    return 5;
  }
  auto opened = store::MetricStore::open(file, store::Access::write, Milliseconds(5000));
  check(opened);
  store::MetricStore& metrics = *opened;

  std::vector<Host> fleet;
  std::vector<std::string> names;
  for (unsigned i = 0; i < hosts; ++i) fleet.emplace_back(i), names.push_back(fleet.back().read().host);
  const store::Time start{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};
  std::vector<double> times;
  double tidying = 0, longest = 0;
  std::int64_t made = 0;
  std::vector<store::Reading> round;
  for (int minute = 0; minute < hours * 60; ++minute) {
    const auto now = start + minutes(minute);
    round.clear();
    for (Host& host : fleet) round.push_back(host.read());
    // One host of fifty is down for the last eighth of the time.
    if (minute >= hours * 60 * 7 / 8)
      for (std::size_t i = 7; i < round.size(); i += 50) round[i] = {round[i].host, Code::connect_timeout, {}};
    auto began = Clock::now();
    check(metrics.append(now, round));
    times.push_back(ms_since(began));
    began = Clock::now();
    const auto tidied = metrics.tidy({}, now, false);
    check(tidied);
    made += tidied->hours;
    if (tidied->hours > 0) longest = std::max(longest, ms_since(began));
    tidying += ms_since(began);
  }
  std::sort(times.begin(), times.end());
  const double rounds = static_cast<double>(hosts) * hours * 60;
  fmt::print("{} hosts, {} h, {} values each: {:.1f} MiB, {:.1f} bytes a host and round, {} host-hours made\n", hosts,
             hours, round.front().values.size(), mebibytes(file), mebibytes(file) * (1 << 20) / rounds, made);
  fmt::print("append a round: {:.1f} ms (median), {:.1f} ms (95 of 100), {:.1f} ms at most\n", times[times.size() / 2],
             times[times.size() * 95 / 100], times.back());
  fmt::print("make hours: {:.0f} ms in all, {:.0f} ms at most\n", tidying, longest);
  const auto read = [&](std::size_t count, minutes length) {
    const std::vector<std::string> some(
        names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(count, hosts)));
    const auto end = start + minutes(hours * 60);
    const auto began = Clock::now();
    Counter counter;
    check(metrics.read({some, {"temp.cpu_celsius"}, end - length, end}, counter));
    fmt::print("read {} hosts, {} h: {:.0f} ms, {} points\n", some.size(), length.count() / 60, ms_since(began),
               counter.points);
  };
  for (const auto length : {std::chrono::hours(1), std::chrono::hours(24), std::chrono::hours(7 * 24)})
    for (const std::size_t count : {std::size_t{1}, std::size_t{7}, std::size_t{100}, std::size_t{1000}})
      read(count, length);
}
