// A long wire between two network devices: hands each frame on after half a round trip, at a rate, with a queue like a
// router's. What a kernel without netem cannot do; unlike `relay` it leaves TCP between the ends as it is.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr std::size_t largest_frame = 80 * 1024;  // with what the kernel puts together for TCP
constexpr std::size_t least_queue = 256 * 1024;   // bytes that wait for their turn, or a round trip's worth

struct Frame {
  Clock::time_point due;
  std::string bytes;  // behind a virtio header, so that segments and sums stay the kernel's work
};

// Frames that come from one device and go out of the other.
class Direction {
 public:
  Direction(int from, int to, nanoseconds delay, double bytes_per_second)
      : from_(from),
        to_(to),
        delay_(delay),
        rate_(bytes_per_second),
        most_(std::max(least_queue, static_cast<std::size_t>(rate_ * 2 * static_cast<double>(delay.count()) / 1e9))) {}

  Clock::time_point next() const { return held_.empty() ? Clock::time_point::max() : held_.front().due; }

  void take() {
    static std::array<char, largest_frame> bytes;
    for (;;) {
      sockaddr_ll of{};
      socklen_t length = sizeof of;
      const auto size =
          ::recvfrom(from_, bytes.data(), bytes.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&of), &length);
      if (size <= 0) return;
      if (of.sll_pkttype == PACKET_OUTGOING) continue;
      const auto now = Clock::now();
      const auto count = static_cast<std::size_t>(size);
      if (rate_ > 0) {
        const auto waiting = free_at_ > now ? std::chrono::duration<double>(free_at_ - now).count() * rate_ : 0;
        if (waiting + static_cast<double>(count) > static_cast<double>(most_)) continue;  // lost
        free_at_ =
            std::max(free_at_, now) + nanoseconds(static_cast<std::int64_t>(static_cast<double>(count) / rate_ * 1e9));
      } else {
        free_at_ = now;
      }
      held_.push_back(Frame{free_at_ + delay_, std::string(bytes.data(), count)});
    }
  }

  void give() {
    for (; !held_.empty() && held_.front().due <= Clock::now(); held_.pop_front()) {
      const std::string& bytes = held_.front().bytes;
      (void)!::send(to_, bytes.data(), bytes.size(), 0);  // one that does not get through is lost, as on any wire
    }
  }

 private:
  int from_, to_;
  nanoseconds delay_;
  double rate_;  // 0: as fast as it can
  std::size_t most_;
  Clock::time_point free_at_{};  // when the last byte of the last frame has left
  std::deque<Frame> held_;
};

int open_device(const char* name) {
  const int fd = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
  const int yes = 1, room = 64 << 20;
  sockaddr_ll device{};
  device.sll_family = AF_PACKET;
  device.sll_protocol = htons(ETH_P_ALL);
  device.sll_ifindex = static_cast<int>(::if_nametoindex(name));
  packet_mreq all{};
  all.mr_ifindex = device.sll_ifindex;
  all.mr_type = PACKET_MR_PROMISC;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  if (device.sll_ifindex == 0 || ::setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &yes, sizeof yes) != 0 ||
      ::setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) != 0 ||
      ::bind(fd, reinterpret_cast<const sockaddr*>(&device), sizeof device) != 0) {
    fmt::print(stderr, "wire: {} cannot be had: {}\n", name, std::strerror(errno));
    std::exit(1);
  }
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int i, int& value) {
    const std::string_view text = argv[i];
    return std::from_chars(text.data(), text.data() + text.size(), value).ptr == text.data() + text.size() &&
           value >= 0;
  };
  int trip = 0, kbit = 0;
  if (argc < 4 || argc > 5 || !number(3, trip) || (argc == 5 && !number(4, kbit))) {
    fmt::print(stderr,
               "usage: wire DEVICE DEVICE MILLISECONDS [KBIT]\n\n"
               "Carries frames between two network devices over a round trip of so long, at KBIT kbit/s in each "
               "direction. Says `ready` when it does.\n");
    return 5;
  }
  const int near = open_device(argv[1]), far = open_device(argv[2]);
  const nanoseconds delay(std::int64_t{500'000} * trip);
  std::array ways{Direction(near, far, delay, kbit * 125.0), Direction(far, near, delay, kbit * 125.0)};
  fmt::print("ready\n");
  std::fflush(stdout);
  for (;;) {
    std::array<pollfd, 2> waits{{{near, POLLIN, 0}, {far, POLLIN, 0}}};
    const auto next = std::min(ways[0].next(), ways[1].next());
    const auto left = std::max<std::int64_t>(0, nanoseconds(next - Clock::now()).count());
    const timespec time{left / 1'000'000'000, left % 1'000'000'000};
    ::ppoll(waits.data(), waits.size(), next == Clock::time_point::max() ? nullptr : &time, nullptr);
    for (Direction& way : ways) {
      way.take();
      way.give();
    }
  }
}
