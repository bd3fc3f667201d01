// Names to addresses, off the loop: getaddrinfo blocks, so a few threads call it, and each name is asked for once per
// run.
#pragma once

#include "waiter.hpp"

#include <cef/core/result.hpp>

#include <boost/asio/ip/address.hpp>

#include <memory>
#include <string>
#include <vector>

namespace cef::transport {

using Addresses = std::vector<asio::ip::address>;

class Resolver {
 public:
  explicit Resolver(asio::io_context& io);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// In getaddrinfo's order, without repeats; at once for an IP address (with or without brackets).
  /// Errors: name_unknown, also when the resolver does not answer by the waiter's deadline.
  asio::awaitable<Result<Addresses>> resolve(std::string name, std::shared_ptr<Waiter> waiter);

 private:
  struct Pool;
  std::shared_ptr<Pool> pool_;
};

}  // namespace cef::transport
