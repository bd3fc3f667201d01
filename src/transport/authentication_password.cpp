// Passwords, sent to as few hosts as can be: a wrong one, sent to all, would lock the account everywhere.
#include "authentication.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::transport {

namespace {

// A server may ask for anything, for ever.
constexpr int most_rounds = 4, most_prompts = 8;
// OpenSSH's server keeps a login open for two minutes (LoginGraceTime).
constexpr std::chrono::seconds longest_turn{90};
constexpr std::size_t longest_shown = 80;  // bytes of a prompt

bool wants_new_password(std::string_view prompt) {
  const std::string words = lower(prompt);
  for (const std::string_view sign : {"new password", "new unix password", "retype", "password again"})
    if (words.find(sign) != std::string::npos) return true;
  return false;
}

std::string shown(std::string_view prompt) {
  while (!prompt.empty() && (prompt.back() == ' ' || prompt.back() == ':')) prompt.remove_suffix(1);
  return std::string(prompt.substr(0, longest_shown));
}

}  // namespace

asio::awaitable<Authentication::Step> Authentication::by_password() {
  const auto& password = session_.target_.password;
  if (!password || used_.contains("password")) co_return Step::on;
  if (!methods_) {
    // Nothing was refused so far, and only a refusal tells what the server accepts.
    ssh_session s = session_.session_.get();
    const auto ask = [s] { return ssh_userauth_none(s, nullptr); };
    const int said = co_await session_.drive(ask, SSH_AUTH_AGAIN);
    const Step step = judge(said, "nothing");
    if (step != Step::on) co_return step;
  }
  // One of the two and once: to the server both mean the same password.
  const std::string text(password->reveal());
  if (*methods_ & SSH_AUTH_METHOD_PASSWORD) co_return co_await send_password(text);
  if (*methods_ & SSH_AUTH_METHOD_INTERACTIVE) co_return co_await answer_prompts(text);
  co_return Step::on;
}

// The time that other hosts take to prove the password is not this host's.
asio::awaitable<Result<Breaker::Trial>> Authentication::enter_trial() {
  Waiter& waiter = *session_.waiter_;
  const Deadline own = waiter.deadline();
  const auto came = Clock::now();
  waiter.set_deadline(no_deadline);
  auto trial = co_await with_.breaker.enter(Breaker::Use::login, session_.target_.user, *session_.target_.password,
                                            std::max(own, came + longest_turn));
  waiter.set_deadline(own == no_deadline ? own : own + (Clock::now() - came));
  co_return trial;
}

asio::awaitable<Authentication::Step> Authentication::send_password(const std::string& password) {
  ssh_session s = session_.session_.get();
  auto trial = co_await enter_trial();
  if (!trial) {
    error_ = trial.error();
    co_return Step::out;
  }
  const auto send = [s, &password] { return ssh_userauth_password(s, nullptr, password.c_str()); };
  const int said = co_await session_.drive(send, SSH_AUTH_AGAIN);
  const Step step = judge(said, "password");
  if (step == Step::in || partial_) trial->right();
  if (partial_) used_.insert("password");
  if (said_ == SSH_AUTH_DENIED) {
    trial->wrong(session_.target_.name);
    error_ = Error{Code::auth_denied, fmt::format("the password was refused for {}", session_.target_.user),
                   "check the password, and that sshd lets this user log in with one"};
    co_return Step::out;
  }
  if (step == Step::out && session_.waiter_->state() == Wake::expired)
    error_ = Error{Code::auth_timeout, late() + " after the password was sent",
                   "the server is slow to judge it, or wants it changed: try ssh"};
  co_return step;
}

// Source: RFC 4256, 3.
asio::awaitable<Authentication::Step> Authentication::answer_prompts(const std::string& password) {
  ssh_session s = session_.session_.get();
  const std::string& user = session_.target_.user;
  std::optional<Result<Breaker::Trial>> trial;
  std::set<std::string> answered;
  const auto give_up = [&](std::string message, std::string hint) {
    error_ = Error{Code::auth_denied, std::move(message), std::move(hint)};
    return Step::out;
  };
  const auto refused = [&] {
    if (trial) (*trial)->wrong(session_.target_.name);
    return give_up(fmt::format("the password was refused for {}", user), "check the password");
  };
  for (int round = 0; round < most_rounds; ++round) {
    const auto go_on = [s] { return ssh_userauth_kbdint(s, nullptr, nullptr); };
    const int said = co_await session_.drive(go_on, SSH_AUTH_AGAIN);
    if (said != SSH_AUTH_INFO) {
      const Step step = judge(said, "password (keyboard-interactive)");
      if (trial && (step == Step::in || partial_)) (*trial)->right();
      if (partial_) used_.insert("password");
      if (said == SSH_AUTH_DENIED && trial) co_return refused();
      co_return step;
    }
    const int prompts = ssh_userauth_kbdint_getnprompts(s);
    if (prompts > most_prompts) break;
    for (int i = 0; i < prompts; ++i) {
      char echo = 0;
      const char* text = ssh_userauth_kbdint_getprompt(s, static_cast<unsigned>(i), &echo);
      const std::string prompt = text ? text : "";
      if (wants_new_password(prompt))
        co_return give_up(fmt::format("the server wants {}'s password changed", user),
                          "log in once with ssh and change it");
      if (echo) co_return give_up(fmt::format("the server asks '{}', which no password answers", shown(prompt)), "");
      // The same question again means that the answer was wrong.
      if (!answered.insert(prompt).second) co_return refused();
    }
    if (prompts > 0 && !trial) {
      auto entered = co_await enter_trial();
      trial.emplace(std::move(entered));
      if (!*trial) {
        error_ = trial->error();
        co_return Step::out;
      }
    }
    for (int i = 0; i < prompts; ++i) ssh_userauth_kbdint_setanswer(s, static_cast<unsigned>(i), password.c_str());
  }
  co_return give_up("the server asks for more and more", "try ssh, and see what it asks");
}

}  // namespace cef::transport
