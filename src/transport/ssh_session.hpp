// One SSH session: key exchange (ssh_login.cpp), authentication (authentication.hpp), commands (ssh_exec.cpp), and the
// loop between libssh and the socket that all use.
#pragma once

#include "handles.hpp"
#include "heartbeat.hpp"
#include "heavy_work.hpp"
#include "turns.hpp"
#include "waiter.hpp"

#include <cef/transport/breaker.hpp>
#include <cef/transport/kept_shell.hpp>
#include <cef/transport/known_hosts.hpp>
#include <cef/transport/session.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cef::transport {

/// libssh's own words for what went wrong, without the parts that mean nothing to a person.
std::string detail(ssh_session session);

class KeptShell;
class Proxy;
class SudoDialogue;

class SshSession final : public Session {
 public:
  SshSession(Target target, std::shared_ptr<Waiter> waiter, const Stop& stop, Breaker& breaker, Turns& turns);
  ~SshSession() override;
  SshSession(const SshSession&) = delete;
  SshSession& operator=(const SshSession&) = delete;

  asio::awaitable<Result<ExecResult>> exec(Command&& command, Deadline deadline) override;
  const LoginTimes& times() const override { return times_; }
  bool is_open() override { return !heart_.dead() && pump() != SSH_ERROR; }

  /// Commands will be run: their first channel may be opened early.
  void expect_commands() { opens_with_login_ = true; }
  /// From the connected socket to the end of the key exchange. `known_types` are offered before others. `heavy`: for
  /// exchanges that take long to compute; it must go before this session does.
  asio::awaitable<Result<void>> handshake(std::vector<std::string> known_types, HeavyWork& heavy);
  /// Whether an SSH server has spoken.
  bool heard() const { return ssh_get_serverbanner(session_.get()) != nullptr; }
  /// Errors: kex_failed when libssh does not tell it.
  Result<HostKey> host_key() const override;

  LoginTimes& times() { return times_; }
  /// See ahead.hpp.
  void open_channels_ahead() { opens_ahead_ = true; }
  /// See kept_shell.hpp.
  void keep_shells() { keeps_shells_ = !was_full_; }
  asio::awaitable<Result<ExecResult>> exec_kept(Command command, KeptScript script, Deadline deadline);
  /// Those of all users but this one (who logged in: "").
  asio::awaitable<void> end_shells(std::optional<std::string> but_of);
  /// The command that is the way to the host: it goes with the session.
  void set_proxy(std::unique_ptr<Proxy> proxy);

 private:
  friend class Authentication;
  friend class Bastion;
  friend class Channel;
  friend class KeptShell;

  asio::awaitable<int> exchange_keys(HeavyWork& heavy, std::string& farewell);
  asio::awaitable<Result<ExecResult>> exec_by_sudo(Command command, Deadline deadline);
  /// `sudo`: null, or what leads the command through it.
  asio::awaitable<Result<ExecResult>> run(Command command, SudoDialogue* sudo, Deadline deadline);
  /// Repeats a libssh call until it no longer says `again`, waiting for the socket in between. Returns what it said
  /// last; SSH_ERROR when the socket is gone or waiting was cut short, which cut_short() then tells.
  template <class Call>
  asio::awaitable<int> drive(Call call, int again) {
    for (int calls = 1;; ++calls) {
      const int said = call();
      note_lost();
      if (said != again) co_return said;
      if (lost() || co_await socket_ready() != Wake::ready) co_return SSH_ERROR;
      if (calls >= usual_calls)
        co_await turns_.next();
      else
        turns_.note_others();
    }
  }
  /// Until libssh can go on: always when there is something to read, and when it has bytes left to write, for that too.
  /// (Its own poll flags would ask for writing after every packet.)
  asio::awaitable<Wake> socket_ready() {
    if (held_back_) hold_back(false);
    return waiter_->socket_ready((ssh_get_status(session_.get()) & SSH_WRITE_PENDING) != 0);
  }
  /// Begins what is sent together with the next request: what closes the channels of earlier commands.
  void send_what_waits();
  asio::awaitable<void> make_room();
  void open_ahead();
  /// The first command's channel is asked for together with what most probably ends the login, once. Only of OpenSSH,
  /// which takes what comes early for what it is, or, when the login fails, says that it knows no such message. Whether
  /// something was sent.
  bool open_with_login();
  void forget_spare();
  bool open_spare();
  /// Whether packets wait for more to share a segment with; until the next wait for the socket.
  void hold_back(bool on);
  /// Reads and writes what is there without waiting, for no longer than is fair to other hosts: SSH_OK when there may
  /// be more. SSH_ERROR when the connection is gone.
  int pump();
  /// Whether the server was cut off for its requests. libssh keeps those of a client's session for somebody to fetch.
  bool is_pestered() const { return requests_ > most_requests; }
  static int refuse_request(ssh_session session, ssh_message message, void* self);
  bool lost() const { return given_ && ssh_get_fd(session_.get()) == -1; }
  /// libssh closes the socket by itself after a fatal error: Asio must then forget the number at once.
  void note_lost();
  Result<void> set_options(const std::vector<std::string>& known_types);
  /// The failure of a stage: `timeout` when its time was up, the run's reason when that was stopped, or else
  /// `otherwise`.
  Unexpected<Error> failed(Code timeout, std::string timeout_message, Code otherwise, std::string message) const;

  std::unique_ptr<Proxy> proxy_;  // null: none
  Target target_;
  std::string key_exchanges_;  // that are offered
  std::shared_ptr<Waiter> waiter_;
  const Stop& stop_;
  Breaker& breaker_;
  Turns& turns_;
  LoginTimes times_;
  SessionHandle session_;  // before the event: freeing the session frees its channels
  Heartbeat heart_;
  std::unique_ptr<EventHandle> event_;
  std::vector<ssh_channel> finished_;  // closed by the server, not yet by us
  ssh_channel spare_ = nullptr;        // opened, or about to be, for the next command
  bool opens_ahead_ = false, opens_with_login_ = false;
  std::map<std::string, std::unique_ptr<KeptShell>> shells_;  // by user; of whoever logged in: ""
  bool keeps_shells_ = false, was_full_ = false;
  bool given_ = false;  // libssh has the socket
  bool held_back_ = false;
  static constexpr int usual_calls = 32;  // that one step of a login takes at most; a server that needs more waits
  static constexpr int most_requests = 100;
  int requests_ = 0;  // of the server, for channels and what else it is not given
};

}  // namespace cef::transport
