// TCP to a host that may have several addresses.
#pragma once

#include "resolver.hpp"
#include "waiter.hpp"

#include <cef/core/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace cef::transport {

/// Connects the waiter's socket. With several addresses the next one is tried beside the first when that has not
/// answered for a moment, and the first to connect wins (RFC 8305). The socket does not delay small packets, and
/// notices a dead link in about half a minute. Errors: connect_refused, connect_timeout, network_unreachable,
/// connection_reset, io_failed (no descriptors left). `from`: the address to connect from, or nothing.
asio::awaitable<Result<void>> dial(std::shared_ptr<Waiter> waiter, Addresses addresses, std::uint16_t port,
                                   std::optional<asio::ip::address> from = std::nullopt);

}  // namespace cef::transport
