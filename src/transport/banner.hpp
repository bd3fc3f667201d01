// What a server says before the key exchange. libssh loses everything that comes before the version line, so the bytes
// are looked at while they still are in the socket.
#pragma once

#include "waiter.hpp"

#include <cef/core/result.hpp>

#include <libssh/libssh.h>

#include <cstddef>
#include <memory>
#include <string_view>

namespace cef::transport {

/// What the first bytes of a connection mean.
struct Judgement {
  enum class Verdict { more, ssh, failed } verdict = Verdict::more;
  std::size_t skip = 0;  // bytes of other lines before the version line, which RFC 4253, 4.2 allows
  Error error;           // set if failed
};

/// `seen` is everything that came so far; `closed` says that no more will.
Judgement judge_banner(std::string_view seen, bool closed);

/// Waits until the server's version line is there, and leaves it there. Does nothing when libssh has read it already.
/// Errors: banner_timeout, not_ssh, throttled (closed before a version line; a server that closes without reading ours
/// resets the connection).
asio::awaitable<Result<void>> await_banner(std::shared_ptr<Waiter> waiter, ssh_session session);

}  // namespace cef::transport
