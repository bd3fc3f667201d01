// A name server that leaves some names without an answer, in a network of the test's own.
#include "fleet.hpp"
#include "hostile.hpp"
#include "node.hpp"
#include "simulator.hpp"
#include "temp_dir.hpp"

#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <fcntl.h>
#include <future>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace cef::testing;

namespace {

// Says nothing of names that begin with "dead"; all others are 127.1.0.1. Source: RFC 1035, 4.1.
class NameServer {
 public:
  explicit NameServer(const Network& network) {
    std::promise<int> bound;
    thread_ = std::thread([this, &bound, pid = network.pid()] {
      const int fd = open_in(pid);
      bound.set_value(fd);
      if (fd >= 0) serve(fd);
    });
    if (bound.get_future().get() < 0) {
      thread_.join();
      throw std::runtime_error("no name server");
    }
  }
  ~NameServer() {
    over_ = true;
    thread_.join();
  }
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

 private:
  // A socket belongs to the network that its thread is in when it is made.
  static int open_in(pid_t pid) {
    const int net = open(("/proc/" + std::to_string(pid) + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC);
    const bool inside = net >= 0 && setns(net, CLONE_NEWNET) == 0;
    close(net);
    if (!inside) return -1;
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(53);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    close(fd);
    return -1;
  }

  void serve(int fd) {
    while (!over_) {
      pollfd wanted{fd, POLLIN, 0};
      if (poll(&wanted, 1, 50) != 1) continue;
      std::array<char, 512> bytes{};
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const auto got = recvfrom(fd, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
      const std::string reply = answer({bytes.data(), static_cast<std::size_t>(got > 0 ? got : 0)});
      if (!reply.empty()) sendto(fd, reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&from), size);
    }
    close(fd);
  }

  static std::string answer(std::string_view question) {
    constexpr std::size_t header = 12, behind_name = 5;
    const auto end = question.find('\0', header);
    if (end == std::string_view::npos || question.size() < end + behind_name) return {};
    if (question.substr(header + 1).starts_with("dead")) return {};
    const bool wants_v4 = question[end + 2] == 1;
    std::string reply(question.substr(0, 2));
    reply += std::string("\x81\x80\0\1", 4) + std::string(wants_v4 ? "\0\1" : "\0\0", 2) + std::string(4, '\0');
    reply += question.substr(header, end + behind_name - header);
    if (wants_v4) reply += std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\1\0\1", 16);
    return reply;
  }

  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace

TEST_CASE("names that are not answered do not keep other hosts from being reached", "[hostile]") {
  if (!nodes_work()) {
    WARN("skipped: this machine allows no namespaces");
    return;
  }
  const Network network;
  const NameServer names(network);
  const Simulator simulator({}, network.inside());
  Fleet fleet;
  fleet.set("host_key", "off");  // its key is known by addresses
  // Many times as many as are looked up at once, and before all others. Each has a thread as long as it takes.
  constexpr int dead = 64;
  for (int i = 0; i < dead; ++i) {
    const auto number = std::to_string(i);
    fleet.add({.name = "dead" + number, .address = "dead" + number + ".test", .port = simulator.port()});
  }
  for (int i = 0; i < 5; ++i) {
    const auto number = std::to_string(i);
    fleet.add({.name = "good" + number, .address = "good" + number + ".test", .port = simulator.port()});
  }
  const auto settings = (fleet.folder() / "resolv.conf").string();
  write_file(settings, "nameserver 127.0.0.1\noptions timeout:30 attempts:1\n", 0644);
  auto words = network.inside();
  words.insert(words.end(), {"unshare", "-m", "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"",
                             settings, CEF_PROGRAM, "ping", "group=all", "-T", "5", "--format", "ndjson"});
  const auto result = run_bounded(words, {.env = fleet.environment()});
  INFO(result.told());
  for (int i = 0; i < 5; ++i) CHECK(result.code("good" + std::to_string(i)) == "ok");
  for (int i = 0; i < dead; ++i) CHECK(result.code("dead" + std::to_string(i)) == "name_unknown");
  // They are done before the first of those is given up.
  REQUIRE(result.lines.size() >= dead + 5);
  for (std::size_t i = 0; i < 5; ++i) CHECK(result.lines[i]["host"].get<std::string>().starts_with("good"));
}
