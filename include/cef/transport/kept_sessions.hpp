// Keeps hosts' sessions open from one piece of work to the next, so that the next one needs no login.
#pragma once

#include <cef/transport/session.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <string>

namespace cef::transport {

/// As the executor below it, which is only asked for hosts of whom no session is left. A session in which something
/// went wrong, or whose connection has ended meanwhile, is not used again.
class KeptSessions final : public Executor {
 public:
  /// Keeps up to `most` sessions; those of further hosts are closed when they are done. `below` is used until this
  /// goes, which must be before the loop that its sessions live on.
  KeptSessions(Executor& below, std::size_t most) : below_(below), most_(most) {}

  /// Hosts are told apart by Target::name. A kept session's `times` hold no times, only the address.
  asio::awaitable<Result<std::unique_ptr<Session>>> connect(Target target, Deadline deadline,
                                                            LoginTimes& times) override;

 private:
  using Kept = std::map<std::string, std::unique_ptr<Session>>;
  class Lent;

  Executor& below_;
  std::size_t most_;
  std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
};

}  // namespace cef::transport
