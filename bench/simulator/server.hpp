// One thread, one listener and one epoll set for all simulated hosts: whatever address of 127.0.0.0/8 a client connects
// to is a host of its own.
#pragma once

#include "behaviour.hpp"

#include <libssh/server.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace cef::simulator {

using Clock = std::chrono::steady_clock;

class Connection;

struct Counters {
  std::size_t connections = 0, logins = 0, commands = 0;  // since the start
  std::size_t open = 0, most_open = 0;                    // connections
  std::size_t broken = 0;  // that ended before or in the key exchange, with no fault asked for
};

class Server {
 public:
  struct Options {
    std::uint16_t port = 0;                // 0: any that is free
    std::string host_key, other_host_key;  // files; empty: made for this run
    Rules rules;
  };
  /// Listens. Throws std::runtime_error when it cannot, with the reason.
  explicit Server(Options options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const { return port_; }
  /// The line that makes every host known: all have one key.
  std::string known_hosts() const;
  const Counters& counters() const { return counters_; }

  /// Serves until `ended_by` can be read.
  void run(int ended_by);

  // For connections.
  Counters& count() { return counters_; }
  ssh_bind keys(bool other) const { return other ? other_.get() : own_.get(); }
  void after(Milliseconds delay, std::weak_ptr<Connection> connection, std::function<void(Connection&)> call);
  /// Calls each of `size` waiting commands once that many wait.
  void wait_for_others(std::size_t size, std::weak_ptr<Connection> connection, std::function<void(Connection&)> call);

 private:
  struct Free {
    void operator()(ssh_bind bind) const { ssh_bind_free(bind); }
  };
  using BindHandle = std::unique_ptr<ssh_bind_struct, Free>;
  struct Call {
    std::weak_ptr<Connection> connection;
    std::function<void(Connection&)> call;
  };

  static BindHandle bind_with(const std::string& key_file, std::string* known);
  void listen(std::uint16_t port);
  void accept_all();
  void serve(int fd);
  void perform(const Call& call);
  int run_timers();  // returns how long to wait for the next one, in milliseconds

  Rules rules_;
  BindHandle own_, other_;
  std::string key_;  // the host key, as known_hosts has it
  int listener_ = -1, epoll_ = -1;
  std::uint16_t port_ = 0;
  std::unordered_map<int, std::shared_ptr<Connection>> connections_;  // by descriptor
  std::vector<std::shared_ptr<Connection>> gone_;  // until no event of this round can mean their descriptor
  std::multimap<Clock::time_point, Call> timers_;
  std::map<std::size_t, std::vector<Call>> barriers_;  // by size
  Counters counters_;
};

}  // namespace cef::simulator
