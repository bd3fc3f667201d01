// A host's ProxyCommand: a program of the user's whose standard input and output are the way to the host, run as ssh
// runs it.
#pragma once

#include <cef/core/result.hpp>
#include <cef/transport/session.hpp>

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace cef::transport {

class Proxies;

/// One that was started. Ended, with all that it started, when this goes.
class Proxy {
 public:
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  /// Our end of its standard input and output, once: whoever takes it closes it.
  int take_end();
  /// How it ended, for a message: `it ended with status 1`; empty while it runs.
  std::string fate() const;
  /// The last line that it wrote to standard error, as far as it has come.
  std::string last_words() const;

 private:
  friend class Proxies;
  struct Errors;
  using Graves = std::vector<pid_t>;
  Proxy(pid_t pid, int end, std::shared_ptr<Errors> errors, std::shared_ptr<Graves> graves);

  pid_t pid_;
  int end_;
  std::shared_ptr<Errors> errors_;
  std::shared_ptr<Graves> graves_;
};

class Proxies {
 public:
  explicit Proxies(asio::io_context& io) : io_(io) {}
  /// Those that have not ended by then are killed.
  ~Proxies();
  Proxies(const Proxies&) = delete;
  Proxies& operator=(const Proxies&) = delete;

  /// Starts `command` in the user's shell, in a session of its own: it has no terminal to ask anything on. Errors:
  /// jump_failed; io_failed (no descriptors left).
  Result<std::unique_ptr<Proxy>> start(const std::string& command);

 private:
  asio::io_context& io_;
  std::shared_ptr<Proxy::Graves> graves_ = std::make_shared<Proxy::Graves>();  // told to end, not yet known to have
};

}  // namespace cef::transport
