// A way to a server that takes time: holds back every byte for half a round trip in each direction, in order and
// however many there are. What a kernel without netem cannot do.
#include <fmt/format.h>

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Piece {
  Clock::time_point due;
  std::string bytes;  // none: the end
};

struct Direction {
  int from, to;
  std::deque<Piece> held;
  bool ended = false, shut = false;
};

struct Connection {
  Direction there, back;
};

sockaddr_in address_of(const char* address, std::uint16_t port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &made.sin_addr);
  return made;
}

class Relay {
 public:
  Relay(int listener, sockaddr_in server, std::chrono::microseconds delay)
      : listener_(listener), server_(server), delay_(delay) {}

  [[noreturn]] void carry() {
    for (;;) {
      std::vector<pollfd> waits{{listener_, POLLIN, 0}};
      auto next = Clock::time_point::max();
      for (const Connection& connection : connections_)
        for (const Direction* direction : {&connection.there, &connection.back}) {
          waits.push_back({direction->ended ? -1 : direction->from, POLLIN, 0});
          if (!direction->held.empty()) next = std::min(next, direction->held.front().due);
        }
      const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(next - Clock::now()).count();
      const timespec time{left > 0 ? left / 1'000'000'000 : 0, left > 0 ? left % 1'000'000'000 : 0};
      ::ppoll(waits.data(), waits.size(), next == Clock::time_point::max() ? nullptr : &time, nullptr);
      std::size_t at = 1;
      for (auto connection = connections_.begin(); connection != connections_.end();) {
        for (Direction* direction : {&connection->there, &connection->back}) {
          if (waits[at++].revents != 0) take(*direction);
          give(*direction);
        }
        const bool over = connection->there.shut && connection->back.shut;
        if (over) ::close(connection->there.from), ::close(connection->there.to);
        connection = over ? connections_.erase(connection) : std::next(connection);
      }
      if (waits[0].revents != 0) accept();
    }
  }

 private:
  void accept() {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0 || ::connect(server, reinterpret_cast<const sockaddr*>(&server_), sizeof server_) != 0) {
      ::close(client);
      ::close(server);
      return;
    }
    const int at_once = 1;
    for (const int fd : {client, server}) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    connections_.push_back({{client, server, {}}, {server, client, {}}});
  }

  void take(Direction& direction) const {
    std::array<char, 65536> bytes;
    const auto size = ::recv(direction.from, bytes.data(), bytes.size(), 0);
    direction.ended = size <= 0;
    direction.held.push_back(
        {Clock::now() + delay_, std::string(bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0)});
  }

  static void give(Direction& direction) {
    for (; !direction.held.empty() && direction.held.front().due <= Clock::now(); direction.held.pop_front()) {
      std::string_view bytes = direction.held.front().bytes;
      if (bytes.empty()) {
        ::shutdown(direction.to, SHUT_WR);
        direction.shut = true;
      }
      while (!bytes.empty()) {
        const auto sent = ::send(direction.to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) break;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      }
    }
  }

  int listener_;
  sockaddr_in server_;
  std::chrono::microseconds delay_;
  std::list<Connection> connections_;
};

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 0;
  int trip = -1;
  const auto number = [&](int i, auto& value) {
    const std::string_view text = argv[i];
    return std::from_chars(text.data(), text.data() + text.size(), value).ptr == text.data() + text.size();
  };
  if (argc != 4 || !number(2, port) || !number(3, trip) || trip < 0) {
    fmt::print(stderr,
               "usage: relay ADDRESS PORT MILLISECONDS\n\n"
               "Carries connections to the server at ADDRESS and PORT, over a round trip of so long, from a port of "
               "ADDRESS that it prints.\n");
    return 5;
  }
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in own = address_of(argv[1], 0);
  socklen_t size = sizeof own;
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&own), size) != 0 || ::listen(listener, 128) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&own), &size) != 0) {
    fmt::print(stderr, "relay: no port of {} can be had\n", argv[1]);
    return 1;
  }
  fmt::print("port {}\n", ntohs(own.sin_port));
  ::fflush(stdout);
  Relay(listener, address_of(argv[1], port), std::chrono::microseconds(500 * trip)).carry();
}
