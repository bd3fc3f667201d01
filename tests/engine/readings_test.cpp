#include <cef/engine/readings.hpp>

#include <catch2/catch.hpp>

namespace cef::engine::readings_tests {

namespace {

const Metrics metrics{
    {"mem", "used_pct", ""},
    {"disk", "used_pct", "", "filesystems", "mount", "mountpoint"},
};

Report report_of(HostResult result) {
  Report report;
  report.results.push_back(std::move(result));
  return report;
}

HostResult result_of(std::size_t mounts, const std::string& begin) {
  HostResult result;
  result.host = "n1";
  result.data["mem"] = {{"used_pct", 50}};
  for (std::size_t i = 0; i < mounts; ++i)
    result.data["disk"]["filesystems"].push_back({{"mount", begin + std::to_string(i)}, {"used_pct", i % 100}});
  return result;
}

}  // namespace

TEST_CASE("a host cannot fill the store with names of its own", "[engine]") {
  const auto many = readings(metrics, "snapshot", report_of(result_of(6000, "/m")));
  REQUIRE(many.size() == 1);
  CHECK(many[0].values.size() == 201);
  CHECK(many[0].values.front() == std::pair<std::string, double>("mem.used_pct", 50));
  CHECK(many[0].values.back().first == "disk.used_pct[/m199]");

  const auto longer = readings(metrics, "snapshot", report_of(result_of(1, "/" + std::string(5000, 'x'))));
  CHECK(longer[0].values.back().first == "disk.used_pct[/" + std::string(199, 'x') + "]");
  // 199 bytes of letters that take three each, and a half one.
  std::string letters = "/a";
  for (int i = 0; i < 100; ++i) letters += "\xe2\x82\xac";
  const auto whole = readings(metrics, "snapshot", report_of(result_of(1, letters)));
  CHECK(whole[0].values.back().first == "disk.used_pct[" + letters.substr(0, 200) + "]");
  letters.insert(1, "b");
  const auto cut = readings(metrics, "snapshot", report_of(result_of(1, letters)));
  CHECK(cut[0].values.back().first == "disk.used_pct[" + letters.substr(0, 198) + "]");
}

TEST_CASE("that a probe failed inside a snapshot is a value", "[engine]") {
  HostResult result = result_of(1, "/");
  result.data["disk"] = {{"error", {{"code", "command_timeout"}, {"message", "it hung"}}}};
  const auto stored = readings(metrics, "snapshot", report_of(result));
  REQUIRE(stored.size() == 1);
  CHECK(stored[0].values ==
        std::vector<std::pair<std::string, double>>{{"mem.used_pct", 50}, {"disk.error[command_timeout]", 1}});
}

TEST_CASE("a host that failed is stored with why, and one that never started is not", "[engine]") {
  HostResult failed;
  failed.host = "n1";
  failed.error = Error{Code::connect_refused, "refused", ""};
  const auto stored = readings(metrics, "snapshot", report_of(failed));
  REQUIRE(stored.size() == 1);
  CHECK(stored[0].error == Code::connect_refused);
  CHECK(stored[0].values.empty());
  failed.error = Error{Code::deadline, "too late", ""};
  CHECK(readings(metrics, "snapshot", report_of(failed)).empty());
}

}  // namespace cef::engine::readings_tests
