// A POSIX shell on a host that runs one script after the other, over one channel. It reads them from its standard
// input, runs each in a subshell, and says at the end of both outputs that it is done, by a mark that no script knows.
#pragma once

#include "channel.hpp"

#include <cef/transport/kept_shell.hpp>

#include <optional>
#include <string>

namespace cef::transport {

class KeptShell {
 public:
  /// Of the user of `like`, which is its first command. `session` must outlive this.
  KeptShell(SshSession& session, const Command& like);
  KeptShell(const KeptShell&) = delete;
  KeptShell& operator=(const KeptShell&) = delete;

  /// See exec_kept().
  asio::awaitable<Result<ExecResult>> run(KeptScript script, std::string input, Deadline deadline);
  /// Whether it was started with the same password.
  bool is_for(const Command& command) const { return command.become_password == command_.become_password; }
  /// Whether the server has no room for its channel.
  bool refused() const { return refused_; }
  /// Whether it can run no other script.
  bool over() const { return over_ || (channel_ && channel_->ended()); }
  /// Ends it, and what it runs.
  asio::awaitable<void> give_up();

 private:
  // What a script has written; `whole`: with its mark, behind which `rest` stood.
  struct Words {
    std::string text, rest;
    std::size_t looked = 0;
    bool whole = true;
  };

  asio::awaitable<Result<void>> start(std::string frame, bool at_once, Deadline deadline);
  std::string frame(const std::string& script, const std::string& input) const;
  void hear(Words& words, std::string_view bytes) const;
  std::string begin_mark() const;
  void drop_greetings();
  bool too_much() const;
  asio::awaitable<Result<ExecResult>> failure(Result<void> attended);

  SshSession& session_;
  Command command_;
  std::optional<SudoDialogue> sudo_;
  std::optional<Channel> channel_;  // before its command goes
  const std::string name_;
  int count_ = 0;  // of scripts
  std::string mark_;
  std::string unsent_, sending_;
  Words out_, err_;
  bool refused_ = false, over_ = false;
};

}  // namespace cef::transport
