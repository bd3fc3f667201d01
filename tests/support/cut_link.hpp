// A way to a server on loopback that breaks off: what a mobile link, a router that restarts or a laptop's lid does.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>

namespace cef::testing {

class CutLink {
 public:
  /// Carries connections to `port`. The first `times` of them are cut, each after a number of bytes that follows from
  /// `seed`, somewhere in its login or after it; later ones last.
  CutLink(std::uint16_t port, int times, unsigned seed);
  ~CutLink();

  std::uint16_t port() const { return port_; }
  /// Connections that were cut so far.
  int cut() const { return cut_; }

 private:
  class Carrier;

  std::uint16_t port_ = 0;
  std::atomic<int> cut_ = 0;
  int end_ = -1;  // written to: it is over
  std::thread thread_;
};

}  // namespace cef::testing
