// Values that stand out in the table: coloured, and said below when they crossed a threshold.
#include "samples.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace cef::render::levels_tests {

namespace {

const Metrics metrics{
    {"temp", "cpu_celsius", ""},
    {"temp", "celsius", "", "sensors", "name", "sensor"},
    {"disk", "used_pct", "", "", "", "", Metric::Kind::worst},
};

View view_of(bool colour) {
  View view;
  view.metrics = metrics;
  view.colour = colour;
  view.thresholds = true;
  view.columns = {{"temp", "data.temp.cpu_celsius", Unit::celsius, Align::right, "", false, hot},
                  {"disk", "data.disk.used_pct", Unit::percent, Align::right, "", false, full},
                  {"low", "data.power.now", Unit::none, Align::left, "", false, bad_if_true}};
  view.fold_hosts = [](const std::vector<std::string>& hosts) { return fmt::format("{}", fmt::join(hosts, ",")); };
  return view;
}

std::string without_colours(std::string text) {
  for (auto at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b', at))
    text.erase(at, text.find('m', at) + 1 - at);
  return text;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("values are coloured by the levels of their column", "[levels]") {
  struct Case {
    const char* record;
    const char* cell;
  };
  const auto c = GENERATE(values<Case>({
      {R"({"temp": {"cpu_celsius": 69.9}})", " 69.9 °C"},
      {R"({"temp": {"cpu_celsius": 70}})", "\x1b[33m70.0 °C\x1b[0m"},
      {R"({"temp": {"cpu_celsius": 80.1}})", "\x1b[1;31m80.1 °C\x1b[0m"},
      {R"({"disk": {"used_pct": 74.9}})", " 74.9 %"},
      {R"({"disk": {"used_pct": 75}})", "\x1b[33m75.0 %\x1b[0m"},
      {R"({"disk": {"used_pct": 90}})", "\x1b[1;31m90.0 %\x1b[0m"},
      {R"({"power": {"now": true}})", "\x1b[1;31myes\x1b[0m"},
      {R"({"power": {"now": false}})", " no\n"},
  }));
  DYNAMIC_SECTION(c.record) {
    const Report report = report_of({answer("a", Value::parse(c.record))}, "snapshot");
    const std::string text = text_of(Format::table, view_of(true), report);
    INFO(text);
    CHECK(holds(text, c.cell));
    CHECK(without_colours(text) == text_of(Format::table, view_of(false), report));
  }
}

TEST_CASE("a sensor's own limits count instead of the usual ones", "[levels]") {
  View view;
  view.colour = true;
  view.columns = {{"temp",
                   "data.sensors.*.celsius",
                   Unit::celsius,
                   Align::right,
                   "",
                   false,
                   {70, 80, "data.sensors.*.high_celsius", "data.sensors.*.crit_celsius"}}};
  const std::string text = text_of(Format::table, view, report_of({answer("a", Value::parse(R"({"sensors": [
      {"celsius": 82, "high_celsius": 90, "crit_celsius": 100}, {"celsius": 91, "high_celsius": 90},
      {"celsius": 41, "crit_celsius": 40}, {"celsius": 71, "high_celsius": null}]})"))}));
  INFO(text);
  CHECK(holds(text, " 82.0 °C"));
  CHECK(holds(text, "\x1b[33m91.0 °C"));
  CHECK(holds(text, "\x1b[1;31m41.0 °C"));
  CHECK(holds(text, "\x1b[33m71.0 °C"));
}

TEST_CASE("a crossed threshold is red, said below its row, and counted", "[levels]") {
  const auto report =
      report_of({snapshot("a", metrics, R"({"temp": {"cpu_celsius": 51.5}})", {"temp.cpu_celsius<50"}),
                 snapshot("b", metrics, R"({"temp": {"cpu_celsius": 85.5}})", {"temp.cpu_celsius<90"}),
                 snapshot("c", metrics, R"({"disk": {"error": {"code": "command_timeout"}}})", {"disk.used_pct<90"}),
                 no_answer("d", Code::connect_timeout, "d: no answer")},
                "snapshot");
  const std::string text = text_of(Format::table, view_of(true), report);
  INFO(text);
  CHECK(holds(text, "\x1b[1;31m51.5 °C\x1b[0m"));
  CHECK(holds(text, "\n    \x1b[1;31mtemp.cpu_celsius 51.5 is not < 50\x1b[0m\n"));
  CHECK(without_colours(text) ==
        "HOST  STATUS          TEMP  DISK  LOW\n"
        "a     ok           51.5 °C     -  -\n"
        "    temp.cpu_celsius 51.5 is not < 50\n"
        "b     ok           85.5 °C     -  -\n"
        "c     ok                 -     -  -\n"
        "    disk.used_pct is not known (command_timeout) and has to be < 90\n"
        "d     unreachable  no answer\n"
        "\n"
        "4 hosts: 3 ok, 1 unreachable; 2 crossed a threshold in 2.3 s\n"
        "  connect_timeout (d): is the host switched on, and does a firewall drop the port?\n");

  View quiet = view_of(false);
  quiet.only_failures = true;
  const std::string violators = text_of(Format::table, quiet, report);
  CHECK(holds(violators, "\na  "));
  CHECK_FALSE(holds(violators, "\nb  "));
  CHECK(holds(violators, "\nc  "));
  CHECK(holds(violators, "\nd  "));
  CHECK(text_of(Format::names, quiet, report) == "a\nc\nd\n");
  CHECK(text_of(Format::names, view_of(false), report) == "a\nb\nc\n");

  View bare = view_of(false);
  bare.header = false;
  const std::string rows = text_of(Format::table, bare, report);
  CHECK(std::count(rows.begin(), rows.end(), '\n') == 4);
}

TEST_CASE("of a list, the elements that crossed a threshold are red", "[levels]") {
  const Metrics disk{{"disk", "used_pct", "", "", "", "", Metric::Kind::worst},
                     {"disk", "used_pct", "", "filesystems", "mount", "mountpoint"}};
  View view;
  view.colour = true;
  view.columns = {{"used", "data.disk.filesystems.*.used_pct", Unit::percent, Align::right, ""}};
  const char* const record = R"({"disk": {"used_pct": 40, "filesystems": [{"mount": "/", "used_pct": 40},
      {"mount": "/boot", "used_pct": 20}, {"mount": "/srv", "used_pct": 10}]}})";
  for (const auto& [threshold, red] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"disk.used_pct<30", {"40.0 %"}}, {"disk.used_pct[*]<15", {"40.0 %", "20.0 %"}}}) {
    const std::string text =
        text_of(Format::table, view, report_of({snapshot("a", disk, record, {threshold})}, "snapshot"));
    INFO(text);
    for (const std::string cell : {"40.0 %", "20.0 %", "10.0 %"})
      CHECK(holds(text, "\x1b[1;31m" + cell) == (std::ranges::find(red, cell) != red.end()));
  }
}

TEST_CASE("json lists what was crossed, and counts the hosts", "[levels]") {
  const auto report = report_of({snapshot("a", metrics, R"({"temp": {"cpu_celsius": 51.5}})", {"temp.cpu_celsius<50"}),
                                 snapshot("b", metrics, R"({"temp": {"cpu_celsius": 51.5}})", {"temp.cpu_celsius<90"})},
                                "snapshot");
  const Value json = Value::parse(text_of(Format::json, view_of(false), report));
  CHECK(json["results"][0]["violations"] ==
        Value::parse(R"([{"metric": "temp.cpu_celsius", "value": 51.5, "expected": "<50"}])"));
  CHECK_FALSE(json["results"][1].contains("violations"));
  CHECK(json["summary"]["violated"] == 1);
}

TEST_CASE("what crossed a threshold is safe to look at, and folds with its equals", "[levels]") {
  const auto odd = [](std::string host) {
    return snapshot(std::move(host), metrics, R"({"temp": {"sensors": [{"name": "a\u001b[31m", "celsius": 60}]}})",
                    {"temp.celsius<50"});
  };
  View view = view_of(false);
  view.escape = true;
  view.fold = true;
  const std::string text = text_of(Format::table, view, report_of({odd("a"), odd("b")}, "snapshot"));
  INFO(text);
  CHECK(holds(text, "a,b (2)"));
  CHECK(holds(text, "\n    temp.celsius[a\\x1b[31m] 60 is not < 50\n"));
  CHECK_FALSE(holds(text, "\x1b"));
}

TEST_CASE("a value between the two limits of its threshold is yellow, one beyond both red", "[levels]") {
  const auto text = [](const char* threshold) {
    return text_of(Format::table, view_of(true),
                   report_of({snapshot("a", metrics, R"({"temp": {"cpu_celsius": 50}})", {threshold})}, "snapshot"));
  };
  CHECK(holds(text("temp.cpu_celsius<60:70"), " 50.0 °C"));
  CHECK(holds(text("temp.cpu_celsius<40:60"), "\x1b[33m50.0 °C\x1b[0m"));
  CHECK(holds(text("temp.cpu_celsius<40:45"), "\x1b[1;31m50.0 °C\x1b[0m"));
}

}  // namespace cef::render::levels_tests
