// cef temp, gpu, ..., snapshot: on real servers, with programs of the hosts' own that misbehave.
#include "fleet.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

using namespace cef::testing;

TEST_CASE("a snapshot is one login and one command for each host", "[e2e][probes]") {
  const Sshd server;
  Fleet fleet;
  for (const auto* name : {"n1", "n2", "n3"}) fleet.add(name, server);
  const auto result = fleet.cef({"snapshot", "group=fleet", "--format", "json"});
  INFO(result.told());
  REQUIRE(result.exit_code == 0);
  CHECK(server.logins() == 3);
  CHECK(server.execs() == 3);
  for (const auto* name : {"n1", "n2", "n3"}) {
    const auto data = result[name].at("data");
    INFO(data.dump(2));
    CHECK(data.at("errors").is_null());
    for (const auto* probe : {"os", "temp", "cpu", "mem", "disk", "net", "gpu", "power"}) CHECK(data.contains(probe));
    CHECK(data["os"].at("hostname").is_string());
    CHECK(data["cpu"].at("threads").get<int>() >= 1);
    CHECK(data["cpu"].at("used_pct").is_number());
    CHECK(data["mem"].at("used_pct").get<double>() > 0);
    CHECK_FALSE(data["disk"].at("filesystems").empty());
  }
}

TEST_CASE("every probe is a verb, and what a host does not have skips it", "[e2e][probes]") {
  const Sshd server;
  put_program(server, "nvidia-smi", "echo 'No devices were found'; exit 6\n");
  Fleet fleet;
  fleet.add("n1", server);
  for (const auto* verb : {"temp", "cpu", "mem", "disk", "net"}) {
    const auto result = fleet.cef({verb, "host=n1", "--format", "json"});
    INFO(result.told());
    CHECK(result.exit_code == 0);
    CHECK(result["n1"].at("status") == "ok");
    CHECK(result["n1"].at("data").is_object());
  }
  const auto result = fleet.cef({"gpu", "host=n1", "--format", "json"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK(result["n1"].at("status") == "skipped");
}

TEST_CASE("a card is told of with its processes, and a driver that does not answer fails", "[e2e][probes]") {
  const Sshd server;
  put_program(server, "nvidia-smi", R"(case $1 in
--query-gpu=*) echo '0, GPU-1234, 535.183.01, 61, 87, 30412, 49140, 243.18, 300.00, [N/A], NVIDIA RTX A6000' ;;
--query-compute-apps=*) echo "GPU-1234, $$, 512, /usr/bin/train, it" ;;
-q) echo 'CUDA Version                              : 12.2' ;;
*) exit 2 ;;
esac
)");
  Fleet fleet;
  fleet.add("n1", server);
  auto result = fleet.cef({"gpu", "host=n1", "--format", "json"});
  INFO(result.told());
  REQUIRE(result.exit_code == 0);
  const auto data = result["n1"].at("data");
  CHECK(data.at("cuda_version") == "12.2");
  const auto& card = data.at("gpus").at(0);
  CHECK(card.at("temperature_celsius") == 61);
  CHECK(card.at("memory_used_bytes") == 30412LL * 1024 * 1024);
  CHECK(card.at("fan_pct").is_null());
  CHECK(card.at("processes").at(0).at("name") == "/usr/bin/train, it");

  put_program(server, "nvidia-smi", "echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18\n");
  // Whether there is a card at all is read from the bus; without one this is a host that has just the software.
  result = fleet.cef({"gpu", "host=n1", "--format", "json"});
  INFO(result.told());
  CHECK((result.code("n1") == "gpu_driver_error" || result.code("n1") == "skipped"));
}

TEST_CASE("what stands between nvidia-smi's lines and in a process's name is no harm", "[e2e][probes]") {
  const Sshd server;
  put_program(server, "nvidia-smi", R"(case $1 in
--query-gpu=*) echo "ERROR: ld.so: object '/x.so' from LD_PRELOAD cannot be preloaded: ignored." >&2
echo 'Unable to determine the device handle for GPU1: 0000:44:00.0: Unknown Error'
echo '0, GPU-1234, 610.57.04, 61, 87, 30412, 49140, 243.18, 300.00, [N/A], NVIDIA RTX A6000'; exit 14 ;;
--query-compute-apps=*) printf '%s\n' "GPU-1234, $$, 512, C:\new\table\cuda.exe" "GPU-1234, 1, 5, D:\c\e.exe" ;;
-q) echo 'CUDA Version       : 13.3 [Deprecated; will be removed in CUDA 14.0]' ;;
*) exit 2 ;;
esac
)");
  Fleet fleet;
  fleet.add("n1", server);
  auto result = fleet.cef({"gpu", "host=n1", "--format", "json"});
  INFO(result.told());
  REQUIRE(result.exit_code == 0);
  const auto data = result["n1"].at("data");
  CHECK(data.at("cuda_version") == "13.3");
  REQUIRE(data.at("gpus").size() == 2);
  const auto& card = data["gpus"][0];
  CHECK(card.at("temperature_celsius") == 61);
  REQUIRE(card.at("processes").size() == 2);
  CHECK(card["processes"][0].at("name") == "C:\\new\\table\\cuda.exe");
  CHECK(card["processes"][1].at("name") == "D:\\c\\e.exe");
  CHECK(data["gpus"][1].at("index") == 1);
  CHECK(data["gpus"][1].at("temperature_celsius").is_null());
  CHECK(data["gpus"][1].at("error").get<std::string>().find("Unknown Error") != std::string::npos);
  CHECK(data.at("warnings").size() == 1);
  // The table has a column for what is wrong, where something is.
  result = fleet.cef({"gpu", "host=n1"});
  CHECK(result.out.find("Unable to determine the device handle") != std::string::npos);
  // And nobody knows whether the lost card is hot.
  result = fleet.cef({"gpu", "host=n1", "--assert", "temperature_celsius<90", "--format", "json"});
  INFO(result.told());
  CHECK(result.exit_code == 10);
  CHECK(result["n1"].at("violations").at(0).at("metric") == "gpu.temperature_celsius[1]");
  CHECK(result["n1"].at("violations").at(0).at("value").is_null());
}

TEST_CASE("a section that hangs is an error in the snapshot, and leaves nothing behind", "[e2e][probes]") {
  const Sshd server;
  put_program(server, "df", "exec sleep 987\n");
  write_file(server.home() / ".bashrc", "echo 'Welcome to this noisy host!'\n", 0644);
  Fleet fleet;
  fleet.add("n1", server);
  const auto result = fleet.cef({"snapshot", "host=n1", "--format", "json"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
  const auto data = result["n1"].at("data");
  CHECK(data.at("disk").at("error").at("code") == "command_timeout");
  CHECK(data.at("errors") == nlohmann::json{"disk: command_timeout"});
  CHECK(data.at("mem").at("total_bytes").is_number());
  CHECK(data.at("net").at("interfaces").is_array());
  CHECK(eventually([] { return processes_with("sleep 987").empty(); }));
}

TEST_CASE("what stands in a shell's place is heard", "[e2e][probes]") {
  SshdOptions options;
  options.config = {"ForceCommand echo 'This account is currently not available.'; exit 1"};
  const Sshd server(options);
  Fleet fleet;
  fleet.add("n1", server);
  const auto result = fleet.cef({"os", "host=n1", "--format", "json"});
  INFO(result.told());
  CHECK(result.code("n1") == "unexpected_output");
  CHECK(result["n1"]["error"]["message"].get<std::string>().ends_with(
      "(exit status 1): This account is currently not available."));
}

TEST_CASE("a snapshot's table is a line for each host", "[e2e][probes]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  fleet.add("n2", server);
  const auto result = fleet.cef({"snapshot", "group=fleet", "--no-header"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 2);
}
