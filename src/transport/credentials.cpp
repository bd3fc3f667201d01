#include "credentials.hpp"

#include <cef/transport/ssh.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <cstdlib>
#include <set>

namespace cef::transport {

namespace {

std::string agent_socket() {
  const char* path = std::getenv("SSH_AUTH_SOCK");
  return path ? path : "";
}

}  // namespace

Credentials::Credentials(asio::io_context& io, Stop& stop) : keys(io, stop), breaker(io, stop), io_(io), stop_(stop) {}

Agent& Credentials::agent(const std::optional<std::string>& socket) {
  auto& place = agents_[socket ? *socket : agent_socket()];
  if (!place) place = std::make_unique<Agent>(io_, stop_, socket ? *socket : agent_socket());
  return *place;
}

const std::vector<std::string>& Credentials::key_files(const std::vector<std::string>& named) {
  if (!named.empty()) return named;
  if (!default_files_) default_files_ = default_key_files();
  return *default_files_;
}

const std::vector<AgentKey>* Credentials::keys_now(Agent& agent) {
  if (!agent.is_there()) return nullptr;
  const std::vector<AgentKey>* held = nullptr;
  bool done = false;
  const auto ask = [&]() -> asio::awaitable<void> {
    const auto answer = co_await agent.keys(Waiter::make(io_, stop_));
    if (answer) held = *answer;
    done = true;
  };
  asio::co_spawn(io_, ask, asio::detached);
  io_.restart();
  while (!done && io_.run_one() > 0) continue;
  return held;
}

std::vector<std::string> Credentials::locked_keys(const std::vector<const Target*>& targets) {
  if (keys.has_passphrase()) return {};
  // Of the targets that ask one agent: the files they name, and whether some rely on the user's own.
  struct Wanted {
    std::set<std::string> named;
    std::vector<std::string> files;  // the same in their order
    bool own = false;
  };
  std::map<Agent*, Wanted> by_agent;
  std::vector<Agent*> agents;  // in the order of the targets
  const auto look_for = [&](const Target& target) {
    Agent& asked = agent(target.agent);
    const auto [wanted, is_new] = by_agent.try_emplace(&asked);
    if (is_new) agents.push_back(&asked);
    for (const std::string& path : target.key_files)
      if (wanted->second.named.insert(path).second) wanted->second.files.push_back(path);
    if (target.key_files.empty() && !target.password) wanted->second.own = true;
  };
  for (const Target* target : targets) {
    look_for(*target);
    for (const Target& jump : target->jumps) look_for(jump);
  }
  const auto fails = [this](const std::string& path) { return keys.open(path).failure.has_value(); };

  std::vector<std::string> locked;
  for (Agent* asked : agents) {
    const Wanted& wanted = by_agent[asked];
    std::vector<std::string> files = wanted.files;
    const auto is_open = [this](const std::string& path) { return keys.open(path).locked.empty(); };
    std::erase_if(files, is_open);
    const std::vector<std::string> own = wanted.own ? key_files({}) : std::vector<std::string>();
    const bool needs_own = std::all_of(own.begin(), own.end(), fails) && !std::all_of(own.begin(), own.end(), is_open);
    if (files.empty() && !needs_own) continue;
    const std::vector<AgentKey>* held = keys_now(*asked);
    if (needs_own && (!held || held->empty()))
      for (const std::string& path : own)
        if (!is_open(path)) files.push_back(path);
    for (const std::string& path : files) {
      const bool is_held = held && std::any_of(held->begin(), held->end(), [&](const AgentKey& key) {
                             return key.base64 == keys.open(path).base64;
                           });
      if (!is_held && std::find(locked.begin(), locked.end(), path) == locked.end()) locked.push_back(path);
    }
  }
  return locked;
}

}  // namespace cef::transport
