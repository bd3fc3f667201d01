// The controller itself as a host (`local: true`): commands run in a shell of the user who runs cef, without SSH.
#pragma once

#include <cef/transport/breaker.hpp>
#include <cef/transport/session.hpp>
#include <cef/transport/stop.hpp>

#include <boost/asio/io_context.hpp>

#include <memory>
#include <sys/types.h>
#include <vector>

namespace cef::transport {

class LocalExecutor final : public Executor {
 public:
  /// All are used until the executor goes. `breaker`: for sudo passwords, the one that hosts have too.
  LocalExecutor(asio::io_context& io, Stop& stop, Breaker& breaker) : io_(io), stop_(stop), breaker_(breaker) {}
  ~LocalExecutor() override;
  asio::awaitable<Result<std::unique_ptr<Session>>> connect(Target target, Deadline deadline,
                                                            LoginTimes& times) override;

 private:
  asio::io_context& io_;
  Stop& stop_;
  Breaker& breaker_;
  // Commands that were given up and have not ended: nobody else asks how they did.
  std::shared_ptr<std::vector<pid_t>> left_ = std::make_shared<std::vector<pid_t>>();
};

}  // namespace cef::transport
