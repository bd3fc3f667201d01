// One command's way through sudo: what sudo says before it starts the command, what it is told, and why it did not.
//
// sudo reads the password from the session's standard input, and only after its prompt, which holds a mark that no one
// can guess: a host that asks for nothing is sent nothing. The guard says with the same mark that it runs. What comes
// on standard error before that is sudo's, and an exit status without it is sudo's too.
#pragma once

#include <cef/transport/breaker.hpp>
#include <cef/transport/session.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace cef::transport {

class SudoDialogue {
 public:
  /// `user` is who logged in, and whose password sudo asks for. `command` and `breaker` must outlive this.
  SudoDialogue(const Command& command, Breaker& breaker, std::string host, std::string user);

  /// For remote_line().
  const std::string& mark() const { return mark_; }

  /// To be awaited before anything is sent. Errors: circuit_open when another host refused this password, and those of
  /// Breaker::enter.
  asio::awaitable<Result<void>> begin(Deadline deadline);

  /// Takes what came on standard error; returns what of it the command wrote, valid until the next call.
  std::string_view heard(std::string_view bytes);
  /// Whether the command runs. Until then it is given none of its input.
  bool started() const { return started_; }
  /// Whether sudo asked for the password.
  bool asked() const { return prompts_ > 0; }

  /// What to write to standard input now; often nothing. To be called after anything came and when due() has passed.
  /// Errors, upon which the caller ends its input, and sudo with it: sudo_password_wrong, sudo_password_required (a
  /// question that is not about the password), circuit_open, and those of Breaker::enter.
  asio::awaitable<Result<std::string>> answer(Deadline deadline);
  Deadline due() const;

  /// Why sudo ended without starting the command. `out`: what came on standard output.
  Error failure(int status, std::string_view out);

 private:
  bool open_question() const;
  Error wrong();

  const Command& command_;
  Breaker& breaker_;
  std::string host_, user_, mark_;
  std::string text_;  // sudo's words since the last prompt
  std::string rest_;  // the command's words that came in one piece with sudo's
  int prompts_ = 0;
  bool answered_ = false, started_ = false;
  std::optional<Breaker::Trial> trial_;
  Deadline trial_until_ = no_deadline, heard_at_ = no_deadline;
};

/// What sudo's words mean, when it ended with `status` before it started anything. `answered`: it was sent a password.
Error explain_sudo(std::string_view words, int status, bool answered, std::string_view user, std::string_view become);

/// The word by which sudo's prompt, and the one by which the guard's start is known.
std::string prompt_of(std::string_view mark);
std::string start_of(std::string_view mark);

}  // namespace cef::transport
