#include "samples.hpp"

#include <catch2/catch.hpp>

namespace cef::render::checkmk_tests {

namespace {

const Metrics metrics{
    {"temp", "cpu_celsius", ""},
    {"disk", "used_pct", "", "", "", "", Metric::Kind::worst},
    {"disk", "used_pct", "", "filesystems", "mount", "mountpoint"},
    {"gpu", "power_w", "", "gpus", "index", "gpu"},
};

std::string text_of_snapshot(std::vector<HostResult> results) {
  View view;
  view.metrics = metrics;
  return text_of(Format::checkmk, view, report_of(std::move(results), "snapshot"));
}

}  // namespace

TEST_CASE("checkmk gets a service for each host and probe, at the host", "[checkmk]") {
  const auto hot = snapshot("a", metrics,
                            R"({"temp": {"cpu_celsius": 83.2}, "gpu": null, "disk": {"used_pct": 40.5, "filesystems":
                                [{"mount": "/", "used_pct": 40.5}, {"mount": "/boot/efi", "used_pct": 5}]}})",
                            {"temp.cpu_celsius<80", "disk.used_pct[/]<=90", "disk.used_pct[*]>1"});
  CHECK(text_of_snapshot({hot}) ==
        "<<<<a>>>>\n"
        "<<<local:sep(0)>>>\n"
        "0 \"cef\" duration_seconds=0.143 ok in 0.1 s\n"
        "2 \"cef_temp\" cpu_celsius=83.2;;80 temp.cpu_celsius 83.2 is not < 80\n"
        "0 \"cef_disk\" used_pct=40.5|used_pct_root=40.5;;90|used_pct_boot_efi=5 used 40.5 %\n"
        "<<<<>>>>\n");
}

TEST_CASE("checkmk's texts are for people", "[checkmk]") {
  View view;
  view.metrics = {{"mem", "total_bytes", ""},
                  {"mem", "used_pct", ""},
                  {"temp", "cpu_celsius", ""},
                  {"cpu", "load1", ""},
                  {"net", "rx_mbit_s", "", "interfaces", "name", "interface"},
                  {"net", "tx_mbit_s", "", "interfaces", "name", "interface"}};
  const auto host = answer("a", Value::parse(R"({"mem": {"total_bytes": 3973873664, "used_pct": 24.9},
      "temp": {"cpu_celsius": 61.2}, "cpu": {"load1": 2},
      "net": {"interfaces": [{"name": "eth0", "rx_mbit_s": 0, "tx_mbit_s": 1.26}]}})"));
  const std::string text = text_of(Format::checkmk, view, report_of({host}, "snapshot"));
  for (const char* said : {"24.9 % of 3.7 GiB used\n", "=61.2 cpu 61.2 °C\n", "load1=2 load1 2\n",
                           "eth0 rx 0.0 Mbit/s, eth0 tx 1.3 Mbit/s\n"}) {
    CAPTURE(said, text);
    CHECK(text.find(said) != std::string::npos);
  }
}

TEST_CASE("checkmk warns between the two limits of a threshold", "[checkmk]") {
  const auto warm = snapshot("a", metrics, R"({"temp": {"cpu_celsius": 83.2}, "disk": {"used_pct": 95}})",
                             {"temp.cpu_celsius<80:90", "disk.used_pct<80:90"});
  const std::string text = text_of_snapshot({warm});
  CHECK_THAT(text, Catch::Contains("1 \"cef_temp\" cpu_celsius=83.2;80;90 temp.cpu_celsius 83.2 is not < 80\n") &&
                       Catch::Contains("2 \"cef_disk\" used_pct=95;80;90 disk.used_pct 95 is not < 90\n"));
}

TEST_CASE("checkmk hears of a host that is down, and of a probe that failed", "[checkmk]") {
  const auto mute =
      snapshot("b c", metrics, R"({"temp": {"error": {"code": "command_timeout", "message": "it\nhung"}}})",
               {"temp.cpu_celsius<80"});
  const auto unasked =
      snapshot("d", metrics, R"({"temp": {"error": {"code": "command_timeout", "message": "m"}}})", {});
  CHECK(
      text_of_snapshot({no_answer("a", Code::connect_timeout, "a: no answer"), mute, unasked}) ==
      "<<<<a>>>>\n<<<local:sep(0)>>>\n"
      "2 \"cef\" duration_seconds=10.003 unreachable: connect_timeout: a: no answer\n"
      "<<<<>>>>\n"
      "<<<<b_c>>>>\n<<<local:sep(0)>>>\n"
      "0 \"cef\" duration_seconds=0.143 ok in 0.1 s\n"
      "2 \"cef_temp\" - command_timeout: it hung, temp.cpu_celsius is not known (command_timeout) and has to be < 80\n"
      "<<<<>>>>\n"
      "<<<<d>>>>\n<<<local:sep(0)>>>\n"
      "0 \"cef\" duration_seconds=0.143 ok in 0.1 s\n"
      "3 \"cef_temp\" - command_timeout: m\n"
      "<<<<>>>>\n");
}

}  // namespace cef::render::checkmk_tests
