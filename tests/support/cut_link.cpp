#include "cut_link.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <fcntl.h>
#include <future>
#include <list>
#include <netinet/in.h>
#include <poll.h>
#include <random>
#include <sched.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace cef::testing {

namespace {

sockaddr_in socket_address(const std::string& address, std::uint16_t port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &made.sin_addr) != 1) throw std::runtime_error(address + " is no address");
  return made;
}

// Of this thread alone.
bool enter_network_of(pid_t pid) {
  const int network = ::open(("/proc/" + std::to_string(pid) + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC);
  const bool entered = ::setns(network, CLONE_NEWNET) == 0;
  ::close(network);
  return entered;
}

// Listens at a port of loopback, which it returns; 0: it cannot.
std::uint16_t listen_at(int listener) {
  sockaddr_in address = socket_address("127.0.0.1", 0);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(listener, 64) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return 0;
  return ntohs(address.sin_port);
}

struct Pair {
  int client = -1, server = -1;
  long left = -1;  // bytes until it is cut; negative: it lasts
};

bool send_all(int fd, const char* bytes, long size) {
  for (long sent = 0; sent < size;) {
    const auto now = ::send(fd, bytes + sent, static_cast<std::size_t>(size - sent), MSG_NOSIGNAL);
    if (now <= 0) return false;
    sent += now;
  }
  return true;
}

void close_pair(const Pair& pair, bool at_once) {
  const linger reset{1, 0};
  for (const int fd : {pair.client, pair.server}) {
    if (at_once) ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    ::close(fd);
  }
}

}  // namespace

class CutLink::Carrier {
 public:
  Carrier(int end, LinkEnd there, int times, unsigned seed, long most, std::atomic<int>& cut,
          std::atomic<long>& carried)
      : end_(end), there_(std::move(there)), times_(times), random_(seed), most_(most), cut_(cut), carried_(carried) {}

  // On the thread that carries. 0: it cannot.
  std::uint16_t begin() {
    if (there_.network != 0 && !enter_network_of(there_.network)) return 0;
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return listen_at(listener_);
  }

  void carry() {
    for (;;) {
      std::vector<pollfd> waits{{end_, POLLIN, 0}, {listener_, POLLIN, 0}};
      for (const Pair& pair : pairs_) {
        waits.push_back({pair.client, POLLIN, 0});
        waits.push_back({pair.server, POLLIN, 0});
      }
      ::poll(waits.data(), waits.size(), -1);
      if (waits[0].revents != 0) break;
      std::size_t at = 2;
      for (auto pair = pairs_.begin(); pair != pairs_.end(); at += 2) {
        const bool goes_on = (waits[at].revents == 0 || forward(*pair, pair->client, pair->server)) &&
                             (waits[at + 1].revents == 0 || forward(*pair, pair->server, pair->client));
        if (!goes_on) close_pair(*pair, pair->left == 0);
        pair = goes_on ? std::next(pair) : pairs_.erase(pair);
      }
      if (waits[1].revents != 0) accept();
    }
    for (const Pair& pair : pairs_) close_pair(pair, true);
    ::close(listener_);
    ::close(end_);
  }

 private:
  void accept() {
    Pair pair;
    pair.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    pair.server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = socket_address(there_.address, there_.port);
    if (::connect(pair.server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      return close_pair(pair, true);
    if (times_-- > 0) pair.left = std::uniform_int_distribution<long>(500, most_)(random_);
    pairs_.push_back(pair);
  }

  bool forward(Pair& pair, int from, int to) {
    std::array<char, 65536> bytes;
    const long room = pair.left < 0 ? static_cast<long>(bytes.size()) : std::min<long>(pair.left, bytes.size());
    const auto size = ::recv(from, bytes.data(), static_cast<std::size_t>(room), 0);
    if (size <= 0 || !send_all(to, bytes.data(), size)) return false;
    if (from == pair.client) carried_ += size;
    if (pair.left > 0 && (pair.left -= size) == 0) {
      ++cut_;
      return false;
    }
    return true;
  }

  int listener_ = -1, end_;
  LinkEnd there_;
  int times_;
  std::minstd_rand random_;
  long most_;
  std::atomic<int>& cut_;
  std::atomic<long>& carried_;
  std::list<Pair> pairs_;
};

CutLink::CutLink(LinkEnd there, int times, unsigned seed, long most) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  end_ = ends[1];
  std::promise<std::uint16_t> begun;
  auto port = begun.get_future();
  auto carrier = std::make_shared<Carrier>(ends[0], std::move(there), times, seed, most, cut_, carried_);
  thread_ = std::thread([carrier = std::move(carrier), begun = std::move(begun)]() mutable {
    const std::uint16_t at = carrier->begin();
    begun.set_value(at);
    if (at != 0) carrier->carry();
  });
  port_ = port.get();
  if (port_ != 0) return;
  thread_.join();
  throw std::runtime_error("no way to a server can be made");
}

CutLink::~CutLink() {
  (void)!::write(end_, "x", 1);
  thread_.join();
  ::close(end_);
}

}  // namespace cef::testing
