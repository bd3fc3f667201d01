// One command on a session, from its channel's opening to its end. Only one may be attended to at a time.
#pragma once

#include "input_feed.hpp"
#include "output_limit.hpp"
#include "ssh_session.hpp"
#include "sudo.hpp"

#include <functional>
#include <string>

namespace cef::transport {

class Channel {
 public:
  /// `sudo` when the command goes through it, or else null.
  Channel(SshSession& session, Command& command, SudoDialogue* sudo)
      : session_(session), command_(command), sudo_(sudo), feed_(command) {}
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  bool ended() const { return closed_ || eof_and_status(); }
  bool waits_for_sudo() const { return sudo_ && !sudo_->started(); }
  asio::awaitable<Result<void>> open(std::string line);
  /// Passes on input and output until the command has ended, or `rests` says so; then it may be called again. Until the
  /// waiter's deadline. Errors: those of Session::exec.
  asio::awaitable<Result<void>> attend(std::function<bool()> rests);
  /// Of a command that has ended.
  Result<ExecResult> result();
  /// Ends the command's input, and thereby the command.
  asio::awaitable<void> give_up();
  /// Its source may have something again.
  void note_input() { feed_.heard(); }

 private:
  static int on_data(ssh_session, ssh_channel, void* bytes, std::uint32_t size, int is_stderr, void* self);

  std::size_t room() const;
  asio::awaitable<int> begin(Deadline deadline);
  template <class Call>
  asio::awaitable<int> drive(Call call, Deadline deadline);
  Error silent(std::string_view when) const;
  int request(const std::string& line);
  bool send_piece();
  void send_input();
  void widen();
  Result<void> tick();
  bool can_send() const;
  bool is_greedy();
  asio::awaitable<void> wait_turn();
  int pump();
  Deadline next_look(Deadline deadline) const;
  asio::awaitable<Result<void>> answer_sudo(Deadline deadline);
  bool eof_and_status() const { return eof_ && (status_known_ || !signal_.empty()); }

  SshSession& session_;
  Command& command_;
  SudoDialogue* sudo_;
  ssh_channel handle_ = nullptr;
  ssh_channel_callbacks_struct callbacks_{};
  std::string out_, err_, signal_;
  int status_ = -1;
  bool status_known_ = false, eof_ = false, closed_ = false, giving_up_ = false, fresh_ = false;
  InputFeed feed_;
  OutputLimit limit_{command_.streams};
  bool input_ended_ = false, blocked_ = false, asked_ = false;
  std::size_t first_window_ = 0;  // for input, in bytes
  std::size_t unsaid_ = 0;        // bytes that came since the host was told how much may
  std::size_t heard_ = 0;         // bytes since then
  Clock::time_point heard_since_{};
  bool was_greedy_ = false, has_turn_ = false;
  Deadline tick_due_ = no_deadline;
};

}  // namespace cef::transport
