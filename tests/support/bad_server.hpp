// Servers that accept, or do not, and then misbehave: each a way in which a host on a real network fails.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace cef::testing {

enum class Fault {
  mute,               // accepts and says nothing
  garbage,            // random bytes
  http,               // a web server's answer
  closes,             // closes at once, with no reset
  resets,             // resets the connection at once
  not_allowed,        // "Not allowed at this time", as a server that penalises the caller
  max_startups,       // "Exceeded MaxStartups", as a server with too many logins under way
  mute_after_banner,  // an SSH banner and then nothing
  drip,               // a banner at a byte every 300 ms
  endless_banner,     // "SSH-2.0-" and a line that never ends
  endless_lines,      // lines before the banner, for ever
  old,                // speaks SSH 1.5
  kex_closes,         // closes after the key exchange has begun
  kex_resets,         // resets there
  silent,             // drops connection attempts: no answer at all
};

std::string_view name_of(Fault fault);

/// One thread that serves any number of listeners; it ends with the object, and its connections with it.
class BadServer {
 public:
  BadServer();
  ~BadServer();
  BadServer(const BadServer&) = delete;
  BadServer& operator=(const BadServer&) = delete;

  /// The port on `address` on which the fault waits; a free one unless one is given.
  std::uint16_t listen(Fault fault, const std::string& address = "127.0.0.1", std::uint16_t port = 0);
  /// Connections accepted so far by all listeners.
  int accepted() const { return accepted_; }

 private:
  struct Listener;
  struct Connection;

  void serve();

  std::mutex mutex_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::atomic<int> accepted_ = 0;
  int wake_ = -1;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

/// A port on `address` where nothing listens and nothing else will, while the object lives.
class RefusedPort {
 public:
  explicit RefusedPort(const std::string& address = "127.0.0.1");
  ~RefusedPort();
  RefusedPort(const RefusedPort&) = delete;
  RefusedPort& operator=(const RefusedPort&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_ = 0;  // before fd_, which sets it
  int fd_ = -1;
};

}  // namespace cef::testing
