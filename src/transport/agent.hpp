// The user's ssh-agent, with an end to every wait. libssh talks to an agent by blocking calls without a limit and tries
// all keys it holds; here the list is asked for once per run, a host is offered chosen keys, and the calls that wait
// for a signature are made on a thread, whose wait ends when its connection to the agent is cut.
#pragma once

#include "agent_message.hpp"
#include "waiter.hpp"
#include "workers.hpp"

#include <cef/core/result.hpp>

#include <libssh/libssh.h>

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cef::transport {

class Agent {
 public:
  /// `path` of its socket; empty: there is none.
  Agent(asio::io_context& io, Stop& stop, std::string path);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  bool is_there() const { return !path_.empty(); }
  const std::string& path() const { return path_; }
  /// The keys it holds that libssh can use, in its order; asked for at the first call, and alive as long as the agent.
  /// Errors: agent_unavailable, also when it does not answer within seconds or by the waiter's deadline.
  asio::awaitable<Result<const std::vector<AgentKey>*>> keys(std::shared_ptr<Waiter> waiter);

  /// One login by keys of the agent.
  class Login;
  std::shared_ptr<Login> begin(ssh_session session, const std::vector<const AgentKey*>& offered);
  /// To be repeated, the session's socket being waited for in between, as long as it says SSH_AUTH_AGAIN. Otherwise it
  /// says what libssh says, and SSH_AUTH_ERROR also when the agent did not sign: by the waiter's deadline, or at all.
  asio::awaitable<int> step(Login& login, std::shared_ptr<Waiter> waiter);

  /// Set once the agent has proven not to answer: no host waits for it again.
  const std::optional<Error>& failure() const { return failure_; }

 private:
  struct Line;
  struct Listing;
  bool is_hung() const;
  void give_up(std::string why);

  asio::io_context& io_;
  Stop& stop_;
  const std::string path_;
  std::shared_ptr<Listing> listing_;
  std::optional<Error> failure_;
  std::list<std::weak_ptr<Line>> lines_;
  Workers workers_;
};

}  // namespace cef::transport
