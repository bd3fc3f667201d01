#include "samples.hpp"

#include <catch2/catch.hpp>

namespace cef::render::prometheus_tests {

namespace {

const Metrics metrics{
    {"temp", "cpu_celsius", "temperature of the processor"},
    {"disk", "used_pct", "the fullest", "", "", "", Metric::Kind::worst},
    {"disk", "used_pct", "space used\\n", "filesystems", "mount", "mountpoint"},
    {"net", "rx_mbit_s", "received now", "interfaces", "name", "interface"},
    {"net", "rx_bytes", "received", "interfaces", "name", "interface", Metric::Kind::counter},
    {"power", "throttled.now", "slowed down"},
    {"ping", "total_ms", "all stages"},
    {"gpu", "power_w", "drawn", "gpus", "index", "gpu"},
};

std::string text_of_snapshot(std::vector<HostResult> results, bool escape = false) {
  View view;
  view.metrics = metrics;
  view.escape = escape;
  view.only_failures = true;  // changes nothing
  return text_of(Format::prometheus, view, report_of(std::move(results), "snapshot"));
}

}  // namespace

TEST_CASE("prometheus gets base units, and every family once with all its samples", "[prometheus]") {
  const std::string text = text_of_snapshot(
      {answer("a", Value::parse(R"({"temp": {"cpu_celsius": 51.25}, "disk": {"used_pct": 91, "filesystems":
          [{"mount": "/", "used_pct": 33.3}, {"mount": "/data", "used_pct": 91}]},
        "net": {"interfaces": [{"name": "eth0", "rx_mbit_s": 8, "rx_bytes": 5000000000}]},
        "power": {"throttled": {"now": true}}, "gpu": null})")),
       no_answer("b", Code::connect_timeout, "b: no answer"),
       answer("c", Value::parse(R"({"temp": {"cpu_celsius": 40}, "disk": {"error": {"code": "command_timeout"}},
        "gpu": {"gpus": [{"index": 1, "power_w": 21.5}]}})"))});
  CHECK(text == R"(# HELP cef_up whether the host was reached and its work succeeded
# TYPE cef_up gauge
cef_up{host="a",group="rpi",verb="snapshot"} 1
cef_up{host="b",group="rpi",verb="snapshot"} 0
cef_up{host="c",group="rpi",verb="snapshot"} 1
# HELP cef_probe_duration_seconds time the host took, login and all
# TYPE cef_probe_duration_seconds gauge
cef_probe_duration_seconds{host="a",group="rpi",verb="snapshot"} 0.143240
cef_probe_duration_seconds{host="b",group="rpi",verb="snapshot"} 10.003000
cef_probe_duration_seconds{host="c",group="rpi",verb="snapshot"} 0.143240
# HELP cef_last_run_timestamp_seconds when the host's last run began
# TYPE cef_last_run_timestamp_seconds gauge
cef_last_run_timestamp_seconds{host="a",group="rpi",verb="snapshot"} 1795428900.000
cef_last_run_timestamp_seconds{host="b",group="rpi",verb="snapshot"} 1795428900.000
cef_last_run_timestamp_seconds{host="c",group="rpi",verb="snapshot"} 1795428900.000
# HELP cef_probe_success whether the host could tell what was asked for
# TYPE cef_probe_success gauge
cef_probe_success{host="a",group="rpi",probe="temp"} 1
cef_probe_success{host="a",group="rpi",probe="disk"} 1
cef_probe_success{host="a",group="rpi",probe="net"} 1
cef_probe_success{host="a",group="rpi",probe="power"} 1
cef_probe_success{host="c",group="rpi",probe="temp"} 1
cef_probe_success{host="c",group="rpi",probe="disk"} 0
cef_probe_success{host="c",group="rpi",probe="gpu"} 1
# HELP cef_temp_cpu_celsius temperature of the processor
# TYPE cef_temp_cpu_celsius gauge
cef_temp_cpu_celsius{host="a",group="rpi"} 51.25
cef_temp_cpu_celsius{host="c",group="rpi"} 40
# HELP cef_disk_used_ratio space used\\n
# TYPE cef_disk_used_ratio gauge
cef_disk_used_ratio{host="a",group="rpi",mountpoint="/"} 0.333
cef_disk_used_ratio{host="a",group="rpi",mountpoint="/data"} 0.91
# HELP cef_net_rx_bytes_per_second received now
# TYPE cef_net_rx_bytes_per_second gauge
cef_net_rx_bytes_per_second{host="a",group="rpi",interface="eth0"} 1000000
# HELP cef_net_rx_bytes_total received
# TYPE cef_net_rx_bytes_total counter
cef_net_rx_bytes_total{host="a",group="rpi",interface="eth0"} 5000000000
# HELP cef_power_throttled_now slowed down
# TYPE cef_power_throttled_now gauge
cef_power_throttled_now{host="a",group="rpi"} 1
# HELP cef_gpu_power_watts drawn
# TYPE cef_gpu_power_watts gauge
cef_gpu_power_watts{host="c",group="rpi",gpu="1"} 21.5
)");
}

TEST_CASE("a probe's own record needs no name around it", "[prometheus]") {
  View view;
  view.metrics = metrics;
  const std::string text =
      text_of(Format::prometheus, view, report_of({answer("a", {{"total_ms", 12.5}, {"cpu_celsius", 9}})}, "ping"));
  CHECK(text.find("\ncef_ping_total_seconds{host=\"a\",group=\"rpi\"} 0.0125\n") != std::string::npos);
  CHECK(text.find("celsius") == std::string::npos);
}

TEST_CASE("a verb without numbers says who is up, and a host that was left out is not called down", "[prometheus]") {
  HostResult left_out = no_answer("b", Code::circuit_open, "stopped");
  left_out.status = Status::skipped;
  HostResult alone = printed("a", "out");
  alone.groups.clear();
  const std::string text =
      text_of(Format::prometheus, View{}, report_of({alone, left_out, no_answer("c", Code::interrupted, "c")}, "exec"));
  CHECK(text.find("cef_up{host=\"a\",group=\"\",verb=\"exec\"} 1\n") != std::string::npos);
  CHECK(text.find("host=\"b\"") == std::string::npos);
  CHECK(text.find("host=\"c\"") == std::string::npos);
  CHECK(text_of(Format::prometheus, View{}, report_of({})).empty());
}

TEST_CASE("labels hold whatever a host calls its things", "[prometheus]") {
  const auto host = [] {
    Value filesystems = Value::array();
    filesystems.push_back({{"mount", "/a\"b\\c\nd\xff\x1b"}, {"used_pct", 1}});
    filesystems.push_back({{"mount", "/a\"b\\c\nd\xff\x1b"}, {"used_pct", 2}});  // mounted over it
    return answer("a", Value{{"disk", {{"filesystems", filesystems}}}});
  };
  const std::string name = R"(cef_disk_used_ratio{host="a",group="rpi",mountpoint="/a\"b\\c\nd)";
  const std::string text = text_of_snapshot({host()});
  CHECK(text.find(name + "\uFFFD\x1b\"} 0.01\n") != std::string::npos);
  CHECK(text.find(" 0.02\n") == std::string::npos);
  CHECK(text_of_snapshot({host()}, true).find(name + R"(\\xff\\x1b"} 0.01)") != std::string::npos);
}

TEST_CASE("the names of the families are known beforehand", "[prometheus]") {
  const auto names = prometheus_names(metrics);
  CHECK(names == std::vector<std::string>{"cef_up", "cef_probe_duration_seconds", "cef_last_run_timestamp_seconds",
                                          "cef_probe_success", "cef_temp_cpu_celsius", "cef_disk_used_ratio",
                                          "cef_net_rx_bytes_per_second", "cef_net_rx_bytes_total",
                                          "cef_power_throttled_now", "cef_ping_total_seconds", "cef_gpu_power_watts"});
}

}  // namespace cef::render::prometheus_tests
