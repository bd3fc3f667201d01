#include "cut_link.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <list>
#include <netinet/in.h>
#include <poll.h>
#include <random>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace cef::testing {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
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
  Carrier(int listener, int end, std::uint16_t port, int times, unsigned seed, long most, std::atomic<int>& cut,
          std::atomic<long>& carried)
      : listener_(listener),
        end_(end),
        port_(port),
        times_(times),
        random_(seed),
        most_(most),
        cut_(cut),
        carried_(carried) {}

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
    const sockaddr_in address = loopback(port_);
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

  int listener_, end_;
  std::uint16_t port_;
  int times_;
  std::minstd_rand random_;
  long most_;
  std::atomic<int>& cut_;
  std::atomic<long>& carried_;
  std::list<Pair> pairs_;
};

CutLink::CutLink(std::uint16_t port, int times, unsigned seed, long most) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  int ends[2] = {-1, -1};
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(listener, 64) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0 || ::pipe2(ends, O_CLOEXEC) != 0)
    throw std::runtime_error("no way to a server can be made");
  port_ = ntohs(address.sin_port);
  end_ = ends[1];
  const auto carrier = std::make_shared<Carrier>(listener, ends[0], port, times, seed, most, cut_, carried_);
  thread_ = std::thread([carrier] { carrier->carry(); });
}

CutLink::~CutLink() {
  (void)!::write(end_, "x", 1);
  thread_.join();
  ::close(end_);
}

}  // namespace cef::testing
