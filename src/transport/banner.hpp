// What a server says before the key exchange. libssh loses everything that comes before the version line, so the bytes
// are looked at while they still are in the socket.
#pragma once

#include "judge_banner.hpp"
#include "waiter.hpp"

#include <cef/core/result.hpp>

#include <libssh/libssh.h>

#include <memory>

namespace cef::transport {

/// Waits until the server's version line is there, and leaves it there. Does nothing when libssh has read it already.
/// Errors: banner_timeout, not_ssh, throttled (closed before a version line; a server that closes without reading ours
/// resets the connection).
asio::awaitable<Result<void>> await_banner(std::shared_ptr<Waiter> waiter, ssh_session session);

}  // namespace cef::transport
