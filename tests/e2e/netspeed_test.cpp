// cef netspeed: on real servers, on a link of known speed, and against real iperf3 and HTTP servers.
#include "fleet.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>

using namespace cef::testing;

namespace {

// A server in a folder of its own, until it goes.
class Background {
 public:
  explicit Background(const std::vector<std::string>& argv, const std::string& cwd = "") {
    RunOptions options;
    options.cwd = cwd;
    options.timeout = 10 * patience;
    process_ = std::make_unique<Process>(argv, options);
  }
  Process& process() { return *process_; }

 private:
  std::unique_ptr<Process> process_;
};

bool answers(std::uint16_t port) {
  const auto to = "/dev/tcp/127.0.0.1/" + std::to_string(port);
  return eventually([&] { return run({"bash", "-c", "exec 3<>" + to}).exit_code == 0; });
}

// A link of known speed and length: PORT, the server's port, kbit/s and ms in each direction. It holds little, as a
// router does, and what it holds has not arrived.
constexpr const char* slow_link = R"(
import asyncio, socket, sys
port, to, kbit, delay = map(int, sys.argv[1:5])

async def carry(reader, writer):
    loop = asyncio.get_running_loop()
    queue, room = asyncio.Queue(), asyncio.Semaphore(16 + kbit * delay // 8 // 4096)
    async def deliver():
        while True:
            at, data = await queue.get()
            await asyncio.sleep(max(0, at - loop.time()))
            writer.write(data)
            room.release()
            if not data: return writer.close()
            await writer.drain()
    task = loop.create_task(deliver())
    free = 0
    while True:
        await room.acquire()
        data = await reader.read(4096)
        free = max(free, loop.time()) + len(data) * 8 / (kbit * 1000)
        queue.put_nowait((free + delay / 1000, data))
        if not data: break
    await task

async def serve(reader, writer):
    try:
        other, there = await asyncio.open_connection('127.0.0.1', to)
        for end in (writer, there):
            end.get_extra_info('socket').setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.gather(carry(reader, there), carry(other, writer))
    except OSError:
        pass

async def main():
    await (await asyncio.start_server(serve, '127.0.0.1', port)).serve_forever()
asyncio.run(main())
)";

// What the measurement of `bytes` must at least say: they took no longer than the host's whole run.
double least_mbit_s(int bytes, const CefResult& result) {
  return bytes * 8 / 1000.0 / result["n1"].at("duration_ms").get<double>();
}

// Files to get, and a script that takes what is posted to it: PORT.
constexpr const char* mini_server = R"(
import http.server, sys

class Mini(http.server.SimpleHTTPRequestHandler):
    def do_POST(self):
        size = 0
        if self.headers.get('Content-Length'):
            size = len(self.rfile.read(int(self.headers['Content-Length'])))
        self.send_response(200 if self.path.endswith('/speedtest/upload.php') else 404)
        self.end_headers()
        self.wfile.write(b'size=%d' % size)

http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Mini).serve_forever()
)";

}  // namespace

TEST_CASE("a link is measured over SSH in one login and one command", "[e2e][netspeed]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  const auto result = fleet.cef({"netspeed", "group=fleet", "--bytes", "4M", "--format", "json"});
  INFO(result.told());
  REQUIRE(result.exit_code == 0);
  const auto data = result["n1"].at("data");
  CHECK(data.at("method") == "ssh");
  CHECK(data.at("latency_ms").get<double>() > 0);
  CHECK(data.at("latency_ms").get<double>() < result["n1"].at("duration_ms"));
  // Each way took less than all of it.
  CHECK(data.at("down_mbit_s").get<double>() > least_mbit_s(4 << 20, result));
  CHECK(data.at("up_mbit_s").get<double>() > least_mbit_s(4 << 20, result));
  CHECK(data.at("bytes") == 2 * (4 << 20));
  CHECK(server.logins() == 1);
  CHECK(server.execs() == 1);
  CHECK(eventually([&] { return server.session_processes().empty(); }));
}

TEST_CASE("BusyBox and a noisy .bashrc are enough for a measurement over SSH", "[e2e][netspeed]") {
  const Sshd server;
  std::filesystem::create_directories(server.home() / "bin");
  for (const auto* applet : {"head", "wc", "sh"}) {
    std::filesystem::create_symlink("/bin/busybox", server.home() / "bin" / applet);
  }
  write_file(server.home() / ".bashrc", "echo Welcome to the node; echo noise >&2\n");
  Fleet fleet;
  fleet.add("n1", server);
  const auto result = fleet.cef({"netspeed", "host=n1", "--bytes", "1M", "--direction", "down", "--format", "json"});
  INFO(result.told());
  REQUIRE(result.exit_code == 0);
  CHECK(result["n1"].at("data").at("down_mbit_s").get<double>() > least_mbit_s(1 << 20, result));
  CHECK(result["n1"].at("data").at("up_mbit_s").is_null());
  CHECK(result["n1"].at("data").at("bytes") == 1 << 20);
}

TEST_CASE("hosts are measured one after another", "[e2e][netspeed]") {
  const Sshd server;
  // Notes when a measurement begins and ends, on the server's side.
  std::filesystem::create_directories(server.home() / "bin");
  write_file(server.home() / "bin" / "head",
             "#!/bin/sh\necho + >>\"$HOME/turns\"\n/usr/bin/head \"$@\"\necho - >>\"$HOME/turns\"\n", 0755);
  Fleet fleet;
  for (const auto* name : {"n1", "n2", "n3", "n4"}) fleet.add(name, server);
  fleet.add({.name = "gone", .port = free_port()});
  const auto result = fleet.cef({"netspeed", "group=fleet", "--bytes", "256K", "--direction", "up", "--parallel", "4"});
  INFO(result.told());
  CHECK(result.exit_code == 4);
  std::ifstream turns(server.home() / "turns");
  std::string line;
  int at_once = 0, all = 0;
  while (std::getline(turns, line)) {
    at_once += line == "+" ? 1 : -1;
    all += line == "+" ? 1 : 0;
    CHECK(at_once <= 1);
  }
  CHECK(all >= 4 * 3);
}

TEST_CASE("a shaped link is measured as what it is, and a slow one within its time", "[e2e][netspeed]") {
  struct Case {
    const char* name;
    int kbit_s, delay_ms;  // each way
    const char* seconds;
    double least, most;  // Mbit/s
  };
  const auto c = GENERATE(Case{"20 Mbit/s and 100 ms there and back", 20'000, 50, "5", 10, 23},
                          Case{"256 kbit/s", 256, 20, "4", 0.2, 0.3});
  DYNAMIC_SECTION(c.name) {
    const Sshd server;
    const auto port = free_port();
    Background link({"python3", "-c", slow_link, std::to_string(port), std::to_string(server.port()),
                     std::to_string(c.kbit_s), std::to_string(c.delay_ms)});
    REQUIRE(answers(port));
    Fleet fleet;
    fleet.add({.name = "n1", .port = port, .variables = {{"host_key", "off"}}});
    const auto result = fleet.cef({"netspeed", "host=n1", "--seconds", c.seconds, "--format", "json"});
    INFO(result.told());
    REQUIRE(result.exit_code == 0);
    const auto data = result["n1"].at("data");
    CHECK(data.at("down_mbit_s").get<double>() > c.least);
    CHECK(data.at("down_mbit_s").get<double>() < c.most);
    CHECK(data.at("up_mbit_s").get<double>() > c.least);
    CHECK(data.at("up_mbit_s").get<double>() < c.most);
    CHECK(data.at("latency_ms").get<double>() >= 2 * c.delay_ms);
    // A command takes the way there and back twice: to open its channel, and to run.
    const auto ping = fleet.cef({"ping", "host=n1", "--format", "json"});
    INFO(ping.told());
    CHECK(data.at("latency_ms").get<double>() < ping["n1"].at("data").at("exec_ms").get<double>());
    // All that it sends by default would take four minutes and more on the slow one.
    CHECK(result["n1"].at("duration_ms").get<double>() < 60'000);
  }
}

TEST_CASE("iperf3 on the host measures to a server, and its refusals are told apart", "[e2e][netspeed]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  const auto port = free_port();
  const auto to = "127.0.0.1:" + std::to_string(port);
  const auto measure = [&] {
    return fleet.cef(
        {"netspeed", "host=n1", "--method", "iperf3", "--server", to, "--seconds", "1", "--format", "json"});
  };
  auto result = measure();
  CHECK(result.code("n1") == "server_unreachable");
  CHECK(result.exit_code == 2);

  Background iperf({"iperf3", "-s", "--forceflush", "-B", "127.0.0.1", "-p", std::to_string(port)});
  REQUIRE(iperf.process().wait_for_output("Server listening"));
  result = measure();
  INFO(result.told());
  REQUIRE(result.exit_code == 0);
  CHECK(result["n1"].at("data").at("down_mbit_s").get<double>() > 1);
  CHECK(result["n1"].at("data").at("up_mbit_s").get<double>() > 1);
  CHECK(result["n1"].at("data").at("server") == to);

  Background other({"iperf3", "--forceflush", "-c", "127.0.0.1", "-p", std::to_string(port), "-t", "60", "-b", "1M"});
  REQUIRE(other.process().wait_for_output("connected to"));
  result = measure();
  CHECK(result.code("n1") == "server_busy");
}

TEST_CASE("a host without the program is told so", "[e2e][netspeed]") {
  const Sshd server;
  write_file(server.home() / ".bashrc", "PATH=/nowhere\n");
  Fleet fleet;
  fleet.add("n1", server);
  for (const std::vector<std::string>& way :
       {std::vector<std::string>{"--method", "iperf3", "--server", "127.0.0.1"},
        std::vector<std::string>{"--method", "http", "--server", "http://127.0.0.1/"}}) {
    std::vector<std::string> words{"netspeed", "host=n1", "--format", "json"};
    words.insert(words.end(), way.begin(), way.end());
    const auto result = fleet.cef(words);
    INFO(result.told());
    CHECK(result.code("n1") == "command_not_found");
  }
}

TEST_CASE("an HTTP server measures the way down with curl and with BusyBox's wget", "[e2e][netspeed]") {
  const TempDir folder;
  write_file(folder / "10M.bin", std::string(10 << 20, 'x'));
  const auto port = free_port();
  Background web({"python3", "-m", "http.server", std::to_string(port), "--bind", "127.0.0.1"}, folder.path().string());
  REQUIRE(answers(port));
  const auto url = "http://127.0.0.1:" + std::to_string(port) + "/";
  const auto with = GENERATE("curl", "wget");
  DYNAMIC_SECTION(with) {
    const Sshd server;
    const TempDir programs;
    if (std::string(with) == "wget") {
      for (const auto* applet : {"sh", "head", "wc", "wget", "sleep", "kill", "cat", "timeout"})
        std::filesystem::create_symlink("/bin/busybox", programs / applet);
      write_file(server.home() / ".bashrc", "PATH=" + programs.path().string() + "\n");
    }
    Fleet fleet;
    fleet.add("n1", server);
    auto result =
        fleet.cef({"netspeed", "host=n1", "--method", "http", "--server", url + "10M.bin", "--format", "json"});
    INFO(result.told());
    REQUIRE(result.exit_code == 0);
    CHECK(result["n1"].at("data").at("down_mbit_s").get<double>() > least_mbit_s(7 << 20, result));
    CHECK(result["n1"].at("data").at("bytes").get<int>() > 7 << 20);
    CHECK(result["n1"].at("data").at("bytes").get<int>() <= 8 << 20);
    CHECK(result["n1"].at("data").at("up_mbit_s").is_null());
    result = fleet.cef({"netspeed", "host=n1", "--method", "http", "--server", url + "none.bin", "--format", "json"});
    CHECK(result.code("n1") == "server_unreachable");
  }
}

TEST_CASE("a Speedtest Mini server measures both ways", "[e2e][netspeed]") {
  const TempDir folder;
  std::filesystem::create_directories(folder / "mini/speedtest");
  write_file(folder / "mini/speedtest/random4000x4000.jpg", std::string(10 << 20, 'x'));
  const auto port = free_port();
  Background web({"python3", "-c", mini_server, std::to_string(port)}, folder.path().string());
  REQUIRE(answers(port));
  const auto url = "http://127.0.0.1:" + std::to_string(port) + "/mini";
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  auto result = fleet.cef({"netspeed", "host=n1", "--method", "speedtest", "--server", url, "--format", "json"});
  INFO(result.told());
  REQUIRE(result.exit_code == 0);
  const auto data = result["n1"].at("data");
  CHECK(data.at("method") == "speedtest");
  CHECK(data.at("server") == url);
  CHECK(data.at("latency_ms").get<double>() > 0);
  CHECK(data.at("down_mbit_s").get<double>() > least_mbit_s(7 << 20, result));
  CHECK(data.at("up_mbit_s").get<double>() > least_mbit_s(7 << 20, result));
  CHECK(data.at("bytes").get<int>() > 15 << 20);
  result = fleet.cef({"netspeed", "host=n1", "--method", "speedtest", "--server", url + "/none", "--format", "json"});
  INFO(result.told());
  CHECK(result.code("n1") == "server_unreachable");
}

TEST_CASE("measured links are stored, and read as every other metric", "[e2e][netspeed]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  const auto measured =
      fleet.cef({"netspeed", "host=n1", "--direction", "down", "--bytes", "1M", "--store", "--format", "json"});
  INFO(measured.told());
  REQUIRE(measured.exit_code == 0);
  const auto stored = [&](const char* metric) {
    const auto history = fleet.cef({"history", "host=n1", "--metric", metric, "--format", "json"});
    INFO(history.told());
    REQUIRE(history.exit_code == 0);
    return history["n1"].at("data").at("series");
  };
  const auto down = stored("netspeed.down_mbit_s");
  REQUIRE(down.size() == 1);
  CHECK(down[0].at("last") == measured["n1"].at("data").at("down_mbit_s"));
  CHECK(stored("netspeed.up_mbit_s").empty());
}

TEST_CASE("what netspeed cannot do is a usage error", "[e2e][netspeed]") {
  struct Case {
    std::vector<std::string> options;
    const char* says;
  };
  const auto c = GENERATE(values<Case>({
      {{"--method", "ftp"}, "--method: 'ftp' is not ssh, iperf3, speedtest or http"},
      {{"--method", "iperf3"}, "--method iperf3 needs --server HOST[:PORT]"},
      {{"--method", "http"}, "--method http needs --server URL"},
      {{"--method", "speedtest", "--server", "speed.example.net"}, "--method speedtest needs --server URL"},
      {{"--method", "iperf3", "--server", "s", "--upload", "u"}, "--upload is for --method http and speedtest"},
      {{"--server", "speed.example.net"}, "takes no --server"},
      {{"--bytes", "few"}, "--bytes: 'few' is not a size"},
      {{"--seconds", "0"}, "--seconds: '0' is not a time"},
      {{"--direction", "left"}, "--direction: 'left' is not down, up or both"},
      {{"--method", "iperf3", "--server", "s", "--parallel", "2"}, "--parallel is for --method ssh"},
  }));
  DYNAMIC_SECTION(c.says) {
    Fleet fleet;
    fleet.add({.name = "n1"});
    std::vector<std::string> words{"netspeed", "group=fleet"};
    words.insert(words.end(), c.options.begin(), c.options.end());
    const auto result = fleet.cef(words);
    INFO(result.told());
    CHECK(result.exit_code == 5);
    CHECK(result.err.find(c.says) != std::string::npos);
  }
}
