// What all hosts of a run share for proving who their user is.
#pragma once

#include "agent.hpp"
#include "key_ring.hpp"

#include <cef/transport/breaker.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cef::transport {

struct Credentials {
  Credentials(asio::io_context& io, Stop& stop);

  KeyRing keys;
  Breaker breaker;

  /// That of a socket, which is empty for none; without one, the user's (SSH_AUTH_SOCK).
  Agent& agent(const std::optional<std::string>& socket);

  /// The target's key files, or the user's own when it names none.
  const std::vector<std::string>& key_files(const std::vector<std::string>& named);
  /// See SshExecutor.
  std::vector<std::string> locked_keys(const std::vector<const Target*>& targets);

 private:
  /// Null where there is no agent, or no answer. Not while hosts log in.
  const std::vector<AgentKey>* keys_now(Agent& agent);

  asio::io_context& io_;
  Stop& stop_;
  std::optional<std::vector<std::string>> default_files_;
  std::map<std::string, std::unique_ptr<Agent>> agents_;  // by socket
};

}  // namespace cef::transport
