// The controller itself as a host (`local: true`): commands run in a shell of the user who runs cef, without SSH.
#pragma once

#include <cef/transport/session.hpp>
#include <cef/transport/stop.hpp>

#include <boost/asio/io_context.hpp>

namespace cef::transport {

class LocalExecutor final : public Executor {
 public:
  /// Both are used until the executor goes.
  LocalExecutor(asio::io_context& io, Stop& stop) : io_(io), stop_(stop) {}
  asio::awaitable<Result<std::unique_ptr<Session>>> connect(Target target, Deadline deadline,
                                                            LoginTimes& times) override;

 private:
  asio::io_context& io_;
  Stop& stop_;
};

}  // namespace cef::transport
