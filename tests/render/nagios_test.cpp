#include "samples.hpp"

#include <catch2/catch.hpp>

namespace cef::render::nagios_tests {

namespace {

const Metrics metrics{
    {"temp", "cpu_celsius", ""},
    {"os", "uptime_s", ""},
    {"disk", "used_pct", "", "", "", "", Metric::Kind::worst},
    {"disk", "used_pct", "", "filesystems", "mount", "mountpoint"},
    {"net", "rx_bytes", "", "interfaces", "name", "interface", Metric::Kind::counter},
};

const char* const record =
    R"({"temp": {"cpu_celsius": 83.2}, "os": {"uptime_s": 7}, "disk": {"used_pct": 91, "filesystems":
    [{"mount": "/a'b=c|d", "used_pct": 91}]}, "net": {"interfaces": [{"name": "eth0", "rx_bytes": 5}]}})";

std::string line(std::vector<HostResult> results, bool thresholds) {
  View view;
  view.metrics = metrics;
  view.thresholds = thresholds;
  return text_of(Format::nagios, view, report_of(std::move(results), "snapshot"));
}

}  // namespace

TEST_CASE("without thresholds nagios gets one line and no values, which many ways to it would cut", "[nagios]") {
  CHECK(line({snapshot("a", metrics, record, {})}, false) == "CEF OK - 1 of 1 hosts ok\n");
  CHECK(line({}, false) == "CEF UNKNOWN - 0 of 0 hosts ok\n");
}

TEST_CASE("nagios gets what is checked against a threshold, with its range", "[nagios]") {
  CHECK(line({snapshot("a", metrics, record,
                       {"temp.cpu_celsius<80", "disk.used_pct[*]>=5", "net.rx_bytes==5", "os.uptime_s!=7.5"})},
             true) ==
        "CEF CRITICAL - 0 of 1 hosts ok, a temp.cpu_celsius 83.2 is not < 80"
        " | 'a temp.cpu_celsius'=83.2;;~:80 'a os.uptime_s'=7s;;@7.5:7.5 'a disk.used_pct[/a''b_c_d]'=91%;;5:"
        " 'a net.rx_bytes[eth0]'=5c;;5:5\n");
}

TEST_CASE("nagios warns between the two limits of a threshold", "[nagios]") {
  CHECK(line({snapshot("a", metrics, record, {"temp.cpu_celsius<80:90", "os.uptime_s>5:3"})}, true) ==
        "CEF WARNING - 0 of 1 hosts ok, a temp.cpu_celsius 83.2 is not < 80"
        " | 'a temp.cpu_celsius'=83.2;~:80;~:90 'a os.uptime_s'=7s;5:;3:\n");
  CHECK(line({snapshot("a", metrics, record, {"temp.cpu_celsius<70:80"})}, true) ==
        "CEF CRITICAL - 0 of 1 hosts ok, a temp.cpu_celsius 83.2 is not < 80 | 'a temp.cpu_celsius'=83.2;~:70;~:80\n");
}

TEST_CASE("nagios is told what is wrong, and how many more there are", "[nagios]") {
  const auto mute = snapshot("b", metrics, R"({"temp": {"error": {"code": "command_timeout"}}})", {});
  CHECK(line({mute}, false) == "CEF WARNING - 1 of 1 hosts ok, b temp command_timeout\n");
  std::vector<HostResult> down;
  for (int i = 0; i < 12; ++i) down.push_back(no_answer(fmt::format("h|{}", i), Code::connect_timeout, "x\ny"));
  down.push_back(mute);
  const std::string text = line(down, false);
  CHECK(
      text.starts_with("CEF CRITICAL - 1 of 13 hosts ok, h/0 unreachable (connect_timeout), h/1 unreachable "
                       "(connect_timeout), h/2 unreachable (connect_timeout), and 10 more\n"
                       "h/0 unreachable (connect_timeout)\n"));
  CHECK(text.ends_with("h/11 unreachable (connect_timeout)\nb temp command_timeout\n"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 14);
  CHECK(text.find('|') == std::string::npos);
  for (int i = 0; i < 60; ++i) down.push_back(no_answer(fmt::format("m{}", i), Code::connect_timeout, ""));
  CHECK(line(down, false).ends_with("\nand 33 more\n"));
}

}  // namespace cef::render::nagios_tests
