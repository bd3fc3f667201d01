// Whether a host is on this machine's own network, where processors are what limits a transfer, and not the link.
#pragma once

#include <cef/transport/session.hpp>

namespace cef::transport {

inline bool is_near(const LoginTimes& times) {
  constexpr double longest_ms = 5;
  return times.connect_ms && *times.connect_ms <= longest_ms;
}

}  // namespace cef::transport
