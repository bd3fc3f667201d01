// A way to a server on loopback that breaks off: what a mobile link, a router that restarts or a laptop's lid does.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <sys/types.h>
#include <thread>

namespace cef::testing {

/// Where a link leads.
struct LinkEnd {
  std::uint16_t port = 22;
  std::string address = "127.0.0.1";
  pid_t network = 0;  // in the network of this process, which also has the link's own port; 0: this machine's
};

class CutLink {
 public:
  /// Carries connections to `there`. The first `times` of them are cut, each after a number of bytes that follows from
  /// `seed`, at most `most`: as a rule somewhere in its login or after it; later ones last.
  CutLink(LinkEnd there, int times, unsigned seed, long most = 25'000);
  CutLink(std::uint16_t port, int times, unsigned seed, long most = 25'000)
      : CutLink(LinkEnd{.port = port}, times, seed, most) {}
  ~CutLink();

  std::uint16_t port() const { return port_; }
  /// Connections that were cut so far.
  int cut() const { return cut_; }
  /// Bytes carried to the server so far.
  long carried() const { return carried_; }

 private:
  class Carrier;

  std::uint16_t port_ = 0;
  std::atomic<int> cut_ = 0;
  std::atomic<long> carried_ = 0;
  int end_ = -1;  // written to: it is over
  std::thread thread_;
};

}  // namespace cef::testing
