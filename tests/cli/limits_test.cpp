#include "run/limits.hpp"

#include "settings.hpp"

namespace cef::cli {

namespace {

using Source = Options::Source;

inventory::Inventory hosts_with_forks(const std::vector<std::optional<int>>& forks) {
  std::vector<inventory::Host> hosts;
  for (const auto& each : forks) {
    inventory::Host host;
    host.name = "h" + std::to_string(hosts.size());
    host.settings.forks = each;
    hosts.push_back(std::move(host));
  }
  return {std::move(hosts), {}};
}

std::size_t forks(Settings settings, const std::vector<std::optional<int>>& own) {
  std::vector<std::size_t> hosts(own.size());
  for (std::size_t i = 0; i < hosts.size(); ++i) hosts[i] = i;
  const auto limits = limits_of(settings.options(), hosts_with_forks(own), hosts);
  REQUIRE(limits);
  return limits->forks;
}

}  // namespace

TEST_CASE("hosts at once: the command line's, else what the most careful host asks for", "[cli]") {
  CHECK(forks({}, {{}, {}}) == 256);
  CHECK(forks({}, {{}, 20, 5}) == 5);
  CHECK(forks({}, {500, {}}) == 256);
  CHECK(forks(Settings().set("forks", {"50"}), {{}, 5}) == 50);
  CHECK(forks(Settings().set("forks", {"50"}, Source::environment), {{}, 5}) == 50);
  CHECK(forks(Settings().set("forks", {"50"}, Source::config), {{}, 5}) == 5);
  CHECK(forks(Settings().set("forks", {"3"}, Source::config), {{}, 5}) == 3);
}

TEST_CASE("limits are read from their options", "[cli]") {
  Settings settings;
  settings.set("handshakes", {"7"}).set("logins-per-site", {"2"}).set("retries", {"0"}).set("max-fail", {"25%"});
  settings.set("serial", {"1,10%", "100%"});
  const auto limits = limits_of(settings.options(), hosts_with_forks({{}}), {0});
  REQUIRE(limits);
  CHECK(limits->logins == 7);
  CHECK(limits->logins_per_site == 2);
  CHECK(limits->retries == 0);
  REQUIRE(limits->max_fail);
  CHECK(limits->max_fail->percent);
  CHECK(limits->max_fail->value == 25);
  REQUIRE(limits->serial.size() == 3);
  CHECK_FALSE(limits->serial[0].percent);
  CHECK(limits->serial[1].percent);
  CHECK(limits->serial[1].value == 10);
}

TEST_CASE("what is no limit is told with its option", "[cli]") {
  struct Case {
    const char* option;
    const char* text;
  };
  const auto c = GENERATE(values<Case>({{"forks", "0"},
                                        {"forks", "x"},
                                        {"handshakes", "-1"},
                                        {"logins-per-site", "1.5"},
                                        {"retries", "101"},
                                        {"max-fail", "101%"},
                                        {"max-fail", "1.5"},
                                        {"max-fail", "few"},
                                        {"serial", "0"},
                                        {"serial", "0%"},
                                        {"serial", "2,x"}}));
  DYNAMIC_SECTION(c.option << " " << c.text) {
    const auto limits = limits_of(Settings().set(c.option, {c.text}).options(), hosts_with_forks({{}}), {0});
    REQUIRE_FALSE(limits);
    CHECK(limits.error().code == Code::usage);
    CHECK_THAT(limits.error().message, Catch::StartsWith("--" + std::string(c.option) + ": "));
  }
}

}  // namespace cef::cli
