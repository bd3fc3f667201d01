// One session's proof of who its user is: key files, then keys of the agent, then the password, and no more attempts
// than it takes, for servers count them. Keys are in authentication.cpp, passwords in authentication_password.cpp.
#pragma once

#include "credentials.hpp"
#include "ssh_session.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cef::transport {

class Authentication {
 public:
  /// `tell` hears of each key or password that the server refused.
  Authentication(SshSession& session, Credentials& with, std::function<void(std::string_view)> tell)
      : session_(session), with_(with), agent_(with.agent(session.target_.agent)), tell_(std::move(tell)) {}

  /// Errors: every code of the stage auth, circuit_open for a password that another host has refused, and the run's
  /// reason.
  asio::awaitable<Result<void>> run();
  /// What the server accepted in the end: `key ~/.ssh/id_ed25519`, `password`.
  const std::string& accepted() const { return accepted_; }

 private:
  // in: logged in. on: not yet, but other ways are open. out: nothing more can be tried.
  enum class Step { in, on, out };

  asio::awaitable<Step> by_keys();
  asio::awaitable<Step> by_file(const std::string& path);
  asio::awaitable<Step> by_other_agent_keys(const std::vector<std::string>& first);
  asio::awaitable<Step> by_agent(std::vector<const AgentKey*> keys);
  asio::awaitable<Step> offer(const std::string& name, ssh_key key);

  asio::awaitable<Step> by_password();
  asio::awaitable<Result<Breaker::Trial>> enter_trial();
  asio::awaitable<Step> send_password(const std::string& password);
  asio::awaitable<Step> answer_prompts(const std::string& password);

  bool was_asked(int said) const;
  Step judge(int said, const std::string& by);
  bool key_may_follow() const;
  bool broken() const;
  Error why() const;
  std::string late() const;

  SshSession& session_;
  Credentials& with_;
  Agent& agent_;
  const std::function<void(std::string_view)> tell_;
  int said_ = SSH_AUTH_DENIED;
  int attempts_ = 0;
  std::optional<int> methods_;  // what the server still accepts; it tells with each refusal
  bool partial_ = false;        // something was accepted, and more is wanted
  std::set<std::string> used_;  // keys that were accepted as a part, the password too: they count once
  std::string types_;           // of keys' signatures, that may be used
  std::string tried_;           // names, for the message
  std::string accepted_;
  std::string remark_;                  // on a certificate
  std::optional<Error> key_failure_;    // of the first file without a usable key
  std::optional<Error> agent_failure_;  // why the agent was of no help
  std::optional<Error> error_;          // the reason, where it is known
};

}  // namespace cef::transport
