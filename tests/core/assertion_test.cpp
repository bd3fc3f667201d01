#include <cef/core/assertion.hpp>
#include <cef/core/severity.hpp>

#include <catch2/catch.hpp>

namespace cef {

namespace {

const Metrics metrics{
    {"temp", "cpu_celsius", ""},
    {"temp", "celsius", "", "sensors", "name", "sensor"},
    {"power", "throttled.now", ""},
    {"disk", "used_pct", "", "", "", "", Metric::Kind::worst},
    {"disk", "used_pct", "", "filesystems", "mount", "mountpoint"},
};

const char* const record = R"({
  "temp": {"cpu_celsius": 83.25, "sensors": [{"name": "nvme [0] <a>", "celsius": 61}, {"name": "cpu", "celsius": null},
                                             {"name": "gpu", "celsius": 40}]},
  "power": {"throttled": {"now": true}},
  "disk": {"used_pct": 91, "filesystems": [{"mount": "/", "used_pct": 40.5}, {"mount": "/boot", "used_pct": 91},
                                           {"mount": "/boot/efi", "used_pct": 5}]}})";

// What does not hold, in words.
std::vector<std::string> violations(const std::vector<std::string>& texts, const std::string& json = record,
                                    const std::string& verb = "snapshot") {
  Assertions assertions;
  for (const std::string& text : texts) {
    auto one = parse_assertion(text, metrics, verb);
    if (!one) return {one.error().message};
    assertions.push_back(*std::move(one));
  }
  std::vector<std::string> list;
  for (const Check& each : check(assertions, metrics, verb, Value::parse(json)))
    if (!each.holds) list.push_back(each.sentence());
  return list;
}

}  // namespace

TEST_CASE("a threshold is a metric, a comparison and a number", "[assertion]") {
  struct Case {
    const char* text;
    std::vector<std::string> violations;
  };
  const auto c = GENERATE(values<Case>({
      {"temp.cpu_celsius<80", {"temp.cpu_celsius 83.25 is not < 80"}},
      {" temp.cpu_celsius <= 83.25 ", {}},
      {"temp.cpu_celsius>83.25", {"temp.cpu_celsius 83.25 is not > 83.25"}},
      {"temp.cpu_celsius>=83.25", {}},
      {"temp.cpu_celsius==83.25", {}},
      {"temp.cpu_celsius!=83.25 # a comment", {"temp.cpu_celsius 83.25 is not != 83.25"}},
      {"temp.cpu_celsius>-5", {}},
      {"power.throttled.now==false", {"power.throttled.now true is not == false"}},
      {"power.throttled.now<1", {"power.throttled.now 1 is not < 1"}},
      // The fullest one, by the metric that says so.
      {"disk.used_pct<90", {"disk.used_pct 91 is not < 90"}},
      {"disk.used_pct[/]<30", {"disk.used_pct[/] 40.5 is not < 30"}},
      {"disk.used_pct[/boot*]<90", {"disk.used_pct[/boot] 91 is not < 90"}},
      {"disk.used_pct[*]<90", {"disk.used_pct[/boot] 91 is not < 90"}},
      {"disk.used_pct[/home]<90", {}},
      // No metric says which is the worst: all of them.
      {"temp.celsius<30", {"temp.celsius[nvme [0] <a>] 61 is not < 30", "temp.celsius[gpu] 40 is not < 30"}},
      {"temp.celsius[nvme [0] <a>] < 30", {"temp.celsius[nvme [0] <a>] 61 is not < 30"}},
  }));
  DYNAMIC_SECTION(c.text) { CHECK(violations({c.text}) == c.violations); }
}

TEST_CASE("a threshold may have two limits, the warning and the critical one", "[assertion]") {
  struct Case {
    const char* text;
    std::vector<std::string> violations;
    Severity severity;
    const char* level;
  };
  const auto c = GENERATE(values<Case>({
      {"temp.cpu_celsius<85:90", {}, Severity::good, ""},
      {"temp.cpu_celsius<80:90", {"temp.cpu_celsius 83.25 is not < 80"}, Severity::warning, "warning"},
      {"temp.cpu_celsius < 70 : 83.25", {"temp.cpu_celsius 83.25 is not < 83.25"}, Severity::critical, "critical"},
      {"temp.cpu_celsius<=70:83.25", {"temp.cpu_celsius 83.25 is not <= 70"}, Severity::warning, "warning"},
      {"temp.cpu_celsius>90:83", {"temp.cpu_celsius 83.25 is not > 90"}, Severity::warning, "warning"},
      {"temp.cpu_celsius>=90:85 # cold", {"temp.cpu_celsius 83.25 is not >= 85"}, Severity::critical, "critical"},
      {"temp.cpu_celsius<80", {"temp.cpu_celsius 83.25 is not < 80"}, Severity::critical, ""},
      {"disk.used_pct[*]<90:95", {"disk.used_pct[/boot] 91 is not < 90"}, Severity::warning, "warning"},
  }));
  DYNAMIC_SECTION(c.text) {
    CHECK(violations({c.text}) == c.violations);
    const auto one = parse_assertion(c.text, metrics, "snapshot");
    REQUIRE(one);
    Severity worst = Severity::good;
    std::string level;
    for (const Check& each : check({*one}, metrics, "snapshot", Value::parse(record))) {
      worst = std::max(worst, severity(each));
      if (!each.holds) level = each.to_json().value("level", "");
    }
    CHECK(worst == c.severity);
    CHECK(level == c.level);
  }
}

TEST_CASE("two limits that make no sense are told", "[assertion]") {
  struct Case {
    const char *text, *message;
  };
  const auto c = GENERATE(values<Case>({
      {"temp.cpu_celsius<80:70", "it would be critical before it warns: 70:80"},
      {"temp.cpu_celsius>70:80", "it would be critical before it warns: 80:70"},
      {"temp.cpu_celsius<80:80", "it would be critical before it warns"},
      {"temp.cpu_celsius==70:80", "two limits need one of < <= > >="},
      {"temp.cpu_celsius<70:", "'70:' is not two numbers"},
      {"temp.cpu_celsius<70:x", "'70:x' is not two numbers"},
      {"temp.cpu_celsius<:70", "is not a number"},
      {"temp.cpu_celsius<1:2:3", "is not two numbers"},
  }));
  DYNAMIC_SECTION(c.text) {
    const auto one = parse_assertion(c.text, metrics, "snapshot");
    REQUIRE_FALSE(one);
    CHECK_THAT(one.error().message, Catch::Contains(c.message));
  }
}

TEST_CASE("a recorded violation is as bad as it was", "[assertion]") {
  Check kept;
  kept.metric = "temp.cpu_celsius";
  kept.value = 83.25;
  kept.assertion.expected = "<80:90";
  CHECK(severity(kept) == Severity::warning);
  kept.value = 91;
  CHECK(severity(kept) == Severity::critical);
  kept.value.reset();
  CHECK(severity(kept) == Severity::critical);
}

TEST_CASE("a mistake in a threshold is told with what is near", "[assertion]") {
  struct Case {
    const char* text;
    const char* message;
  };
  const auto c = GENERATE(values<Case>({
      {"temp.cpu_celsios<80", "there is no metric 'temp.cpu_celsios': did you mean 'temp.cpu_celsius'?"},
      {"cpu_celsius<80", "there is no metric 'cpu_celsius': did you mean 'temp.cpu_celsius'?"},
      {"banana<80", "there is no metric 'banana'"},
      {"temp.cpu_celsius", "'temp.cpu_celsius' is no threshold: it compares with nothing"},
      {"temp.cpu_celsius=80", "'temp.cpu_celsius=80' is no threshold: it compares with nothing"},
      {"temp.cpu_celsius<80C",
       "'temp.cpu_celsius<80C' is no threshold: '80C' is not a number; its unit is that of the metric's name"},
      {"temp.cpu_celsius<",
       "'temp.cpu_celsius<' is no threshold: '' is not a number; its unit is that of the metric's name"},
      {"temp.cpu_celsius<nan",
       "'temp.cpu_celsius<nan' is no threshold: 'nan' is not a number; its unit is that of the metric's name"},
      {"temp.cpu_celsius=<80", "'temp.cpu_celsius=<80' is no threshold: it compares with nothing"},
      {"<80", "'<80' is no threshold: it names no metric"},
      {"", "'' is no threshold: it compares with nothing"},
      {"disk.used_pct[/<80", "'disk.used_pct[/<80' is no threshold: after the [ there is no ] with a comparison"},
      {"temp.cpu_celsius[a]<80", "'temp.cpu_celsius[a]<80' is no threshold: a host has but one temp.cpu_celsius"},
  }));
  DYNAMIC_SECTION(c.text) {
    const auto parsed = parse_assertion(c.text, metrics, "snapshot");
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == Code::usage);
    CHECK(parsed.error().message == c.message);
  }
  CHECK(parse_assertion("a<1", {}, "exec").error().message == "there is no metric 'a' here: this verb has none");
}

TEST_CASE("a probe's own verb may leave its name out", "[assertion]") {
  const std::string own = R"({"cpu_celsius": 83.25, "sensors": []})";
  CHECK(violations({"cpu_celsius<80", "temp.cpu_celsius<82"}, own, "temp") ==
        std::vector<std::string>{"temp.cpu_celsius 83.25 is not < 80", "temp.cpu_celsius 83.25 is not < 82"});
}

TEST_CASE("what a host lacks crosses no threshold, what it could not tell does", "[assertion]") {
  CHECK(violations({"temp.cpu_celsius<80"}, R"({"temp": {"cpu_celsius": null}})").empty());
  CHECK(violations({"temp.cpu_celsius<80"}, R"({"temp": null})").empty());
  CHECK(violations({"temp.cpu_celsius<80"}, "null").empty());
  CHECK(violations({"disk.used_pct[/]<80"}, R"({"disk": {"error": {"code": "command_timeout"}}})") ==
        std::vector<std::string>{"disk.used_pct[/] is not known (command_timeout) and has to be < 80"});
}

TEST_CASE("an element that nothing is known of crosses every threshold that means it", "[assertion]") {
  const std::string dead = R"({"disk": {"used_pct": 40.5, "filesystems": [
      {"mount": "/", "used_pct": 40.5}, {"mount": "/mnt/a", "used_pct": null, "error": "Stale file handle"},
      {"mount": "/mnt/b", "used_pct": null}, {"used_pct": null, "error": "gone"}]}})";
  const std::string unknown = "disk.used_pct[/mnt/a] is not known (Stale file handle) and has to be < 90";
  CHECK(violations({"disk.used_pct[/mnt/a]<90"}, dead) == std::vector<std::string>{unknown});
  CHECK(violations({"disk.used_pct[/mnt/*]<90"}, dead) == std::vector<std::string>{unknown});
  CHECK(violations({"disk.used_pct[/]<90"}, dead).empty());
  // Nobody knows whether the fullest one is below that.
  CHECK(violations({"disk.used_pct<90"}, dead) ==
        std::vector<std::string>{unknown, "disk.used_pct is not known (gone) and has to be < 90"});
  const auto checks = check({*parse_assertion("disk.used_pct[/mnt/a]<90", metrics, "snapshot")}, metrics, "snapshot",
                            Value::parse(dead));
  REQUIRE(checks.size() == 1);
  CHECK(checks[0].path == "data.disk.filesystems.*.used_pct");
  CHECK(checks[0].item == 1);
  CHECK(checks[0].to_json() == Value{{"metric", "disk.used_pct[/mnt/a]"},
                                     {"value", nullptr},
                                     {"expected", "<90"},
                                     {"error", "Stale file handle"}});
}

TEST_CASE("a check says where its value stands", "[assertion]") {
  const Assertions list{*parse_assertion("disk.used_pct[/boot]<90", metrics, "snapshot"),
                        *parse_assertion("power.throttled.now==false", metrics, "snapshot"),
                        *parse_assertion("temp.cpu_celsius<80", metrics, "snapshot")};
  const auto checks = check(list, metrics, "snapshot", Value::parse(record));
  REQUIRE(checks.size() == 3);
  CHECK(checks[0].path == "data.disk.filesystems.*.used_pct");
  CHECK(checks[0].item == 1);
  CHECK(checks[0].to_json() == Value{{"metric", "disk.used_pct[/boot]"}, {"value", 91}, {"expected", "<90"}});
  CHECK(checks[1].path == "data.power.throttled.now");
  CHECK(checks[1].to_json() == Value{{"metric", "power.throttled.now"}, {"value", true}, {"expected", "==false"}});
  CHECK(checks[2].to_json() == Value{{"metric", "temp.cpu_celsius"}, {"value", 83.25}, {"expected", "<80"}});
  const auto failed = check(list, metrics, "snapshot", Value::parse(R"({"disk": {"error": {"code": "x"}}})"));
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].to_json() ==
        Value{{"metric", "disk.used_pct[/boot]"}, {"value", nullptr}, {"expected", "<90"}, {"error", "x"}});
}

}  // namespace cef
