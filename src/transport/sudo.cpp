#include "sudo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace cef::transport {

namespace {

// So long do other hosts wait for one to say whether it needs the password, and whether it was right: PAM makes a wrong
// one wait for two seconds, a slow directory service for more.
constexpr Milliseconds until_prompt{5'000}, until_verdict{20'000};
// A line without an end that nothing follows for so long is a question.
constexpr Milliseconds question_time{5'000};
constexpr std::size_t most_words = std::size_t{64} * 1024;  // of sudo's, kept

std::string random_mark() {
  std::random_device random;
  return fmt::format("cef-{:08x}{:08x}", random(), random());
}

bool has(std::string_view text, std::initializer_list<std::string_view> any) {
  return std::any_of(any.begin(), any.end(),
                     [&](std::string_view one) { return text.find(one) != std::string_view::npos; });
}

// The line that says most: sudo's first complaint, without its name.
std::string_view first_complaint(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.starts_with("sudo: ")) line.remove_prefix(6);
    // Of a host without its own name in /etc/hosts; sudo goes on.
    if (!line.empty() && !line.starts_with("unable to resolve host")) return line.substr(0, 200);
  }
  return {};
}

}  // namespace

std::string prompt_of(std::string_view mark) { return fmt::format("{}-password", mark); }
std::string start_of(std::string_view mark) { return fmt::format("{}-started", mark); }

// Messages of sudo 1.8 and 1.9 and of sudo-rs in the C locale.
Error explain_sudo(std::string_view words, int status, bool answered, std::string_view user, std::string_view become) {
  if (has(words, {"must have a tty"}))
    return {Code::sudo_denied,
            fmt::format("the host's sudo lets {} run commands on a terminal only (requiretty)", user),
            fmt::format("put `Defaults:{} !requiretty` into the host's sudoers", user)};
  if (has(words, {"unknown user", "unknown uid"}) || has(words, {fmt::format("user '{}' not found", become)}))
    return {Code::sudo_denied, fmt::format("there is no user '{}' on the host", become),
            "check --become-user and the host's become_user"};
  if (has(words, {"not in the sudoers"}))
    return {Code::sudo_denied, fmt::format("{} is not in the host's sudoers", user), ""};
  if (has(words, {"is not allowed to", "may not run sudo", "afraid I can't do that"}))
    return {Code::sudo_denied, fmt::format("{} may not run /bin/sh as {} with sudo", user, become),
            "cef starts every command by /bin/sh: the host's sudoers must allow that, or ALL"};
  if (answered && has(words, {"incorrect password", "incorrect authentication", "try again", "uthentication failed"}))
    return {Code::sudo_password_wrong, fmt::format("sudo refused the password of {}", user), ""};
  if (has(words, {"password is required", "authentication is required", "terminal is required", "no tty present",
                  "no password was provided", "password was not provided"}))
    return {Code::sudo_password_required, fmt::format("sudo asks for the password of {}, and none was given", user),
            ""};
  const std::string_view line = first_complaint(words);
  if (status == 127)
    return {Code::command_not_found, "there is no sudo on the host",
            fmt::format("install sudo there, or log in as {}: -u {}", become, become)};
  if (has(words, {"sudo"})) return {Code::sudo_denied, fmt::format("sudo did not start the command: {}", line), ""};
  return {Code::command_failed,
          fmt::format("sudo was not reached: the login shell ended with exit status {}{}{}", status,
                      line.empty() ? "" : ": ", line),
          fmt::format("look at the login shell of {} on the host", user)};
}

SudoDialogue::SudoDialogue(const Command& command, Breaker& breaker, std::string host, std::string user)
    : command_(command), breaker_(breaker), host_(std::move(host)), user_(std::move(user)), mark_(random_mark()) {}

asio::awaitable<Result<void>> SudoDialogue::begin(Deadline deadline) {
  if (!command_.become_password) co_return Result<void>{};
  auto trial = co_await breaker_.approach(Breaker::Use::sudo, user_, *command_.become_password, deadline);
  if (!trial) co_return Unexpected(trial.error());
  if (*trial) trial_.emplace(std::move(**trial));
  trial_until_ = Clock::now() + until_prompt;
  co_return Result<void>{};
}

std::string_view SudoDialogue::heard(std::string_view bytes) {
  if (started_) return bytes;
  heard_at_ = Clock::now();
  text_ += bytes;
  const std::string start = start_of(mark_) + '\n';
  if (const auto at = text_.find(start); at != std::string::npos) {
    started_ = true;
    if (trial_ && answered_)
      trial_->right();
    else if (trial_)
      trial_->unneeded();
    trial_.reset();
    rest_ = text_.substr(at + start.size());
    text_.clear();
    return rest_;
  }
  const std::string prompt = prompt_of(mark_);
  if (const auto at = text_.find(prompt); at != std::string::npos) {
    ++prompts_;
    text_.erase(0, at + prompt.size());
  }
  if (text_.size() > most_words) text_.erase(0, text_.size() - most_words);
  return {};
}

bool SudoDialogue::open_question() const {
  return command_.become_password && !started_ && !text_.empty() && text_.back() != '\n';
}

Deadline SudoDialogue::due() const {
  return std::min(trial_ ? trial_until_ : no_deadline, open_question() ? heard_at_ + question_time : no_deadline);
}

Error SudoDialogue::wrong() {
  if (trial_) trial_->wrong(host_);
  trial_.reset();
  return {Code::sudo_password_wrong, fmt::format("sudo refused the password of {}", user_), ""};
}

asio::awaitable<Result<std::string>> SudoDialogue::answer(Deadline deadline) {
  if (started_ || !command_.become_password) co_return std::string();
  // To be asked again means no; a second try would only count against the account.
  if (prompts_ > 1) co_return Unexpected(wrong());
  if (prompts_ == 1 && !answered_) {
    if (!trial_) {
      auto trial = co_await breaker_.enter(Breaker::Use::sudo, user_, *command_.become_password, deadline);
      if (!trial) co_return Unexpected(trial.error());
      trial_.emplace(std::move(*trial));
    }
    answered_ = true;
    trial_until_ = Clock::now() + until_verdict;
    text_.clear();  // what followed the mark in the prompt
    co_return std::string(command_.become_password->reveal()) + '\n';
  }
  // Others need not wait for a host that does not tell.
  if (trial_ && Clock::now() >= trial_until_) trial_.reset();
  if (open_question() && Clock::now() >= heard_at_ + question_time)
    co_return Unexpected(
        Error{Code::sudo_password_required,
              fmt::format("sudo asks for more than a password: {}", text_.substr(text_.rfind('\n') + 1).substr(0, 200)),
              "cef answers no other questions: change what sudo asks (PAM) on the host"});
  co_return std::string();
}

Error SudoDialogue::failure(int status, std::string_view out) {
  Error error = explain_sudo(text_.empty() ? out : std::string_view(text_), status, answered_, user_, *command_.become);
  if (error.code == Code::sudo_password_wrong) return wrong();
  if (trial_ && answered_ && error.code == Code::sudo_denied) trial_->right();
  trial_.reset();
  return error;
}

}  // namespace cef::transport
