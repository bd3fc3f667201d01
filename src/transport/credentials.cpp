#include "credentials.hpp"

#include <cef/transport/ssh.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <cstdlib>

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

const std::vector<AgentKey>* Credentials::agent_keys_now() {
  const std::vector<AgentKey>* held = nullptr;
  bool done = false;
  const auto ask = [&]() -> asio::awaitable<void> {
    const auto answer = co_await agent({}).keys(Waiter::make(io_, stop_));
    if (answer) held = *answer;
    done = true;
  };
  asio::co_spawn(io_, ask, asio::detached);
  io_.restart();
  while (!done && io_.run_one() > 0) continue;
  return held;
}

std::vector<std::string> Credentials::locked_keys(const std::vector<const Target*>& targets) {
  std::vector<std::string> locked;
  const auto look_at = [&](const std::string& path) {
    if (!keys.open(path).locked.empty() && std::find(locked.begin(), locked.end(), path) == locked.end())
      locked.push_back(path);
  };
  bool only_own_keys = false;
  const auto look_for = [&](const Target& target) {
    for (const std::string& path : target.key_files) look_at(path);
    if (target.key_files.empty() && !target.password) only_own_keys = true;
  };
  for (const Target* target : targets) {
    look_for(*target);
    for (const Target& jump : target->jumps) look_for(jump);
  }
  const std::size_t named = locked.size();
  if (only_own_keys) {
    const auto& own = key_files({});
    if (std::all_of(own.begin(), own.end(), [&](const auto& path) { return keys.open(path).failure.has_value(); }))
      for (const std::string& path : own) look_at(path);
  }
  if (locked.empty() || keys.has_passphrase()) return {};

  const std::vector<AgentKey>* held = agent({}).is_there() ? agent_keys_now() : nullptr;
  if (!held) return locked;
  if (!held->empty()) locked.resize(named);
  std::erase_if(locked, [&](const std::string& path) {
    return std::any_of(held->begin(), held->end(),
                       [&](const AgentKey& key) { return key.base64 == keys.open(path).base64; });
  });
  return locked;
}

}  // namespace cef::transport
