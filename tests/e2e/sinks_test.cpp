// What monitoring reads: Prometheus, Checkmk, Nagios and thresholds, of real servers.
#include "fleet.hpp"
#include "sshd.hpp"
#include "text.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace cef::testing;

namespace {

/// What promtool has to say: nothing, when there is nothing to find.
std::string promtool(const std::string& text) {
  RunOptions options;
  options.input = text;
  const RunResult result = run({"promtool", "check", "metrics"}, options);
  return result.exit_code == 0 ? "" : result.out + result.err;
}

}  // namespace

TEST_CASE("promtool finds nothing wrong with a snapshot, whatever hosts call their things", "[e2e][sinks]") {
  const Sshd server;
  put_program(server, "nvidia-smi", R"(case $1 in
--query-gpu=*) echo '0, GPU-1234, 535.183.01, 61, 87, 30412, 49140, 243.18, 300.00, [N/A], NVIDIA RTX A6000' ;;
--query-compute-apps=*) ;;
-q) echo 'CUDA Version                              : 12.2' ;;
esac
)");
  Fleet fleet;
  FleetHost odd;
  odd.group = R"("quo\"te\\d")";
  fleet.add("n1", server, odd);
  fleet.add("n2", server);
  fleet.add({.name = "gone", .port = free_port()});
  const auto result = fleet.cef({"snapshot", "group=all", "--format", "prometheus"});
  INFO(result.told());
  CHECK(result.exit_code == 4);
  CHECK(promtool(result.out).empty());
  CHECK(holds(result.out, R"(cef_up{host="n1",group="quo\"te\\d",verb="snapshot"} 1)"));
  CHECK(holds(result.out, R"(cef_up{host="gone",group="fleet",verb="snapshot"} 0)"));
  CHECK(holds(result.out, R"(cef_gpu_memory_total_bytes{host="n2",group="fleet",gpu="0"} 51527024640)"));
  CHECK(holds(result.out, R"(cef_mem_used_ratio{host="n2",group="fleet"} 0.)"));
  CHECK(holds(result.out, R"(cef_disk_used_ratio{host="n2",group="fleet",mountpoint="/"} )"));
}

TEST_CASE("every verb that asks hosts gives valid text for Prometheus", "[e2e][sinks]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  for (const auto* verb : {"ping", "os", "temp", "cpu", "mem", "disk", "net", "gpu", "power", "sudo"}) {
    const auto result = fleet.cef({verb, "host=n1", "--format", "prometheus"});
    INFO(result.told());
    CHECK(promtool(result.out).empty());
    CHECK(holds(result.out, "cef_up{host=\"n1\",group=\"fleet\",verb=\"" + std::string(verb) + "\"} "));
  }
  const auto result = fleet.cef({"exec", "host=n1", "--format", "prometheus", "--", "echo", "cef_up 3"});
  INFO(result.told());
  CHECK(promtool(result.out).empty());
  CHECK_FALSE(holds(result.out, "cef_up 3"));
}

TEST_CASE("a textfile is replaced whole, readable by its collector, and nothing else is left", "[e2e][sinks]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  const auto folder = fleet.folder() / "textfile";
  std::filesystem::create_directory(folder);
  const auto file = folder / "cef.prom";
  for (int i = 0; i < 2; ++i) {
    const auto result = fleet.cef({"mem", "host=n1", "--format", "prometheus", "--output", file.string()});
    INFO(result.told());
    CHECK(result.exit_code == 0);
    CHECK(result.out.empty());
    struct stat info {};
    REQUIRE(::stat(file.c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0644);
    CHECK(holds(read_file(file), "cef_mem_total_bytes{"));
  }
  const auto entries = std::filesystem::directory_iterator(folder);
  CHECK(std::distance(begin(entries), end(entries)) == 1);
}

TEST_CASE("checkmk and nagios hear of every host", "[e2e][sinks]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  fleet.add({.name = "gone", .port = free_port()});
  auto result = fleet.cef({"mem", "group=all", "--format", "checkmk", "--assert", "used_pct<=0.01"});
  INFO(result.told());
  CHECK(result.exit_code == 4);
  CHECK(holds(result.out, "<<<<n1>>>>\n<<<local:sep(0)>>>\n0 \"cef\" duration_seconds="));
  CHECK(holds(result.out, "\n2 \"cef_mem\" total_bytes="));
  CHECK(holds(result.out, "|used_pct="));
  CHECK(holds(result.out, ";;0.01 mem.used_pct "));
  CHECK(holds(result.out, "<<<<gone>>>>\n<<<local:sep(0)>>>\n2 \"cef\" duration_seconds="));

  result = fleet.cef({"mem", "group=all", "--format", "nagios", "--assert", "used_pct<=0.01"});
  INFO(result.told());
  CHECK(result.out.starts_with("CEF CRITICAL - 0 of 2 hosts ok, n1 mem.used_pct "));
  CHECK(holds(result.out, ", gone unreachable (connect_refused) | 'n1 mem.used_pct'="));
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 1);
}

TEST_CASE("the plugin for Nagios turns what cef found into a state", "[e2e][sinks]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  RunOptions options;
  options.env = fleet.environment();
  options.env["CEF"] = CEF_PROGRAM;
  const auto check = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), CEF_SOURCE "/packaging/nagios/check_cef");
    return run(arguments, options);
  };
  RunResult result = check({"mem", "host=n1", "--assert", "used_pct>=0"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.out.starts_with("CEF OK - 1 of 1 hosts ok"));
  result = check({"mem", "host=n1", "--assert", "used_pct<0"});
  CHECK(result.exit_code == 2);
  CHECK(result.out.starts_with("CEF CRITICAL - 0 of 1 hosts ok"));
  result = check({"mem", "host=nobody"});
  CHECK(result.exit_code == 3);
  CHECK(result.out.starts_with("CEF UNKNOWN - cef: host 'nobody'"));
}
