// Logs in to new hosts, and looks closer where a host key has changed.
#pragma once

#include <cef/transport/ssh.hpp>

#include <set>
#include <string>

namespace cef::remote {

/// As the executor below it; a host whose key has changed is asked for the other keys that known_hosts has of it, and
/// the error then says whether they are all gone, as after re-flashing, or still there.
class ReflashWatch final : public transport::Executor {
 public:
  explicit ReflashWatch(transport::Executor& below) : below_(below) {}
  transport::asio::awaitable<Result<std::unique_ptr<transport::Session>>> connect(
      transport::Target target, transport::Deadline deadline, transport::LoginTimes& times) override;

 private:
  transport::Executor& below_;
  std::set<std::string> met_;  // hosts that were logged in to in this run, as known_hosts names them
};

}  // namespace cef::remote
