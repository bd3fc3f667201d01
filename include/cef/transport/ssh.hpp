// Sessions over SSH: non-blocking libssh driven by Asio, any number of hosts on one thread.
#pragma once

#include <cef/transport/breaker.hpp>
#include <cef/transport/known_hosts.hpp>
#include <cef/transport/session.hpp>
#include <cef/transport/stop.hpp>

#include <boost/asio/io_context.hpp>

#include <functional>

namespace cef::transport {

/// A host whose key is not known, for asking about all of them at once.
struct UnknownKey {
  std::string host, address;
  std::uint16_t port = 22;
  HostKey key;
  std::vector<std::string> known_hosts;  // the target's files
};

/// Told of each login as it happens: `connected to 192.0.2.1 port 22`. `is_proof`: by what host and user have proven
/// who they are: a line of known_hosts, a key. The last of these says that the host is logged in to.
using Trace = std::function<void(const std::string& host, bool is_proof, std::string_view text)>;

/// The keys that are tried when none is named, those that exist: ed25519 before ecdsa before rsa, the cheapest first.
std::vector<std::string> default_key_files();

class SshExecutor final : public Executor {
 public:
  /// Both are used until the executor goes.
  SshExecutor(asio::io_context& io, Stop& stop);
  ~SshExecutor() override;
  SshExecutor(const SshExecutor&) = delete;
  SshExecutor& operator=(const SshExecutor&) = delete;

  asio::awaitable<Result<std::unique_ptr<Session>>> connect(Target target, Deadline deadline,
                                                            LoginTimes& times) override;

  /// From now on; of jump hosts too, by their names.
  void set_trace(Trace trace);

  /// Through which every password goes before it is sent, of logins (done here) and of sudo.
  Breaker& breaker();

  /// A passphrase for every encrypted key file that the agent does not hold.
  void set_passphrase(Secret passphrase);
  /// Key files of these targets that need a passphrase nobody has given, each once: encrypted and not held by the
  /// agent. Those of the user's own keys are left out as long as a target may log in without. Drives the loop, for
  /// seconds should the agent not answer; not while hosts log in.
  std::vector<std::string> locked_keys(const std::vector<const Target*>& targets);
  /// Decrypts such a file, which takes a moment. False when the passphrase does not fit.
  bool unlock(const std::string& key_file, const Secret& passphrase);

  /// Keys met under the policy `ask` that are not known; taken away by the call.
  std::vector<UnknownKey> take_unknown_keys();
  /// Accepts a key for this run and the ones to come.
  Result<void> accept(const UnknownKey& key);
  /// Writes the keys that were accepted or met under `accept-new`. Errors: io_failed, one for each file.
  std::vector<Error> save_known_hosts();

 private:
  struct Shared;
  std::unique_ptr<Shared> shared_;
};

}  // namespace cef::transport
