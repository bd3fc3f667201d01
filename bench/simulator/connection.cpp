#include "connection.hpp"

#include "packets.hpp"
#include "server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace cef::simulator {

namespace {

constexpr std::size_t longest_banner = 255;  // bytes; RFC 4253, 4.2
constexpr int fair_rounds = 16;              // packets of one client before the others get their turn

// What commands write: lines, so that clients which show lines have something to do.
std::string make_lines() {
  std::string text;
  while (text.size() < 32 * 1024) text += "the quick brown fox jumps over the lazy dog and runs away\n";
  return text;
}

}  // namespace

Connection::Connection(Server& server, int fd, Behaviour behaviour)
    : server_(server), fd_(fd), behaviour_(std::move(behaviour)), issue_bytes_(behaviour_.issue_bytes) {}

Connection::~Connection() {
  if (!session_) {
    ::close(fd_);
    return;
  }
  for (Exec& exec : execs_)
    if (exec.state != Exec::closed) ssh_remove_channel_callbacks(exec.channel, &exec.callbacks);
  if (event_) {
    ssh_event_remove_session(event_, session_);
    ssh_event_free(event_);
  }
  ssh_free(session_);
}

void Connection::start() {
  if (behaviour_.banner_delay.count() > 0)
    server_.after(behaviour_.banner_delay, weak_from_this(), [](Connection& self) { self.speak(); });
  else
    speak();
}

void Connection::speak() {
  switch (behaviour_.fault) {
    case Fault::mute:
      return go_deaf();
    case Fault::garbage:
      say(random_bytes(512));
      return go_deaf();
    case Fault::throttled:
      say("Not allowed at this time\r\n");
      return close();
    case Fault::close:
      return close();
    case Fault::reset:
      return reset();
    case Fault::drip:
      go_deaf();
      return drip(0);
    case Fault::endless_banner:
      go_deaf();
      return say_lines();
    case Fault::mute_after_banner:
      say("SSH-2.0-sshsim\r\n");
      return go_deaf();
    case Fault::mute_in_kex:
      say(begun_key_exchange());
      return go_deaf();
    case Fault::disconnect_in_kex:
      say(begun_key_exchange() + disconnect());
      return close();
    case Fault::close_in_kex:
    case Fault::reset_in_kex:
      say(begun_key_exchange());
      phase_ = Phase::breaking_off;
      return;
    default:
      begin_key_exchange();
  }
}

// A banner without an end: what matters is when the client loses its patience.
void Connection::drip(std::size_t said) {
  constexpr std::string_view banner = "SSH-2.0-sshsim_";
  say(said < banner.size() ? banner.substr(said, 1) : "x");
  server_.after(Milliseconds(300), weak_from_this(), [said](Connection& self) { self.drip(said + 1); });
}

void Connection::say_lines() {
  std::string lines;
  while (lines.size() < 16 * 1024) lines += "welcome \x1b]0;to this host\x07 and many more\r\n";
  // As much as the client takes.
  while (::send(fd_, lines.data(), lines.size(), MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(lines.size()))
    ;
  server_.after(Milliseconds(20), weak_from_this(), [](Connection& self) { self.say_lines(); });
}

void Connection::say(std::string_view text) { (void)!::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }

void Connection::begin_key_exchange() {
  session_ = ssh_new();
  ssh_set_blocking(session_, 0);
  if (ssh_bind_accept_fd(server_.keys(behaviour_.other_key), session_, fd_) != SSH_OK) {
    ++server_.count().broken;
    over_ = true;
    return;
  }
  ::fcntl(fd_, F_SETFL, O_RDWR | O_NONBLOCK);  // libssh has cleared it
  if (!behaviour_.key_exchange.empty())
    ssh_options_set(session_, SSH_OPTIONS_KEY_EXCHANGE, behaviour_.key_exchange.c_str());
  ssh_callbacks_init(&callbacks_);
  callbacks_.userdata = this;
  callbacks_.auth_pubkey_function = on_key;
  callbacks_.channel_open_request_session_function = on_channel;
  ssh_set_server_callbacks(session_, &callbacks_);
  // Left alone, libssh answers keepalives.
  if (behaviour_.fault == Fault::chatter) {
    ssh_callbacks_init(&deaf_);
    deaf_.global_request_function = [](ssh_session, ssh_message, void*) {};
    ssh_set_callbacks(session_, &deaf_);
  }
  const int by_words = behaviour_.prompts > 0 ? SSH_AUTH_METHOD_INTERACTIVE : SSH_AUTH_METHOD_PASSWORD;
  ssh_set_auth_methods(session_, takes_keys() ? SSH_AUTH_METHOD_PUBLICKEY : by_words);
  ssh_set_message_callback(session_, on_message, this);
  phase_ = Phase::key_exchange;
  ssh_handle_key_exchange(session_);
}

void Connection::ready() {
  switch (phase_) {
    case Phase::silent:  // it is not this one's turn yet, but the client may have gone
    case Phase::deaf:
      return discard();
    case Phase::breaking_off:
      return break_off();
    case Phase::key_exchange:
      return continue_key_exchange();
    case Phase::open:
      return pump();
  }
}

// Once the client's own offer, which no banner is as long as, has come.
void Connection::break_off() {
  char scratch[4096];
  const auto size = ::recv(fd_, scratch, sizeof scratch, 0);
  if (size <= 0) over_ = true;
  if (size > 0) heard_ += static_cast<std::size_t>(size);
  if (over_ || heard_ <= longest_banner) return;
  behaviour_.fault == Fault::reset_in_kex ? reset() : close();
}

void Connection::continue_key_exchange() {
  const int said = ssh_handle_key_exchange(session_);
  if (said == SSH_OK) {
    phase_ = Phase::open;
    event_ = ssh_event_new();
    ssh_event_add_session(event_, session_);
  } else if (said == SSH_ERROR) {
    ++server_.count().broken;
    over_ = true;
  }
}

int Connection::on_key(ssh_session, const char*, ssh_key_struct*, char state, void* self_) {
  auto& self = *static_cast<Connection*>(self_);
  if (self.behaviour_.fault == Fault::refuse_auth || !self.takes_keys()) return SSH_AUTH_DENIED;
  if (state == SSH_PUBLICKEY_STATE_NONE) return SSH_AUTH_SUCCESS;  // it only asks whether the key would do
  if (state != SSH_PUBLICKEY_STATE_VALID) return SSH_AUTH_DENIED;
  if (!std::exchange(self.logged_in_, true)) ++self.server_.count().logins;
  return SSH_AUTH_SUCCESS;
}

// Whatever else a client asks (keepalives, an environment) is refused: left alone it would get no answer.
int Connection::on_message(ssh_session session, ssh_message message, void* self_) {
  auto& self = *static_cast<Connection*>(self_);
  if (ssh_message_type(message) != SSH_REQUEST_AUTH) return 1;
  if (const auto bytes = std::exchange(self.issue_bytes_, 0); bytes > 0) {
    const std::unique_ptr<ssh_string_struct, void (*)(ssh_string)> text(ssh_string_new(bytes), ssh_string_free);
    std::memset(ssh_string_data(text.get()), 'i', bytes);
    ssh_send_issue_banner(session, text.get());
  }
  if (self.behaviour_.login != Behaviour::by_key && ssh_message_subtype(message) == SSH_AUTH_METHOD_PASSWORD) {
    if (self.behaviour_.login == Behaviour::hangs_in_password) return 0;
    if (!std::exchange(self.logged_in_, true)) ++self.server_.count().logins;
    ssh_message_auth_reply_success(message, 0);
    return 0;
  }
  if (self.behaviour_.prompts == 0 || ssh_message_subtype(message) != SSH_AUTH_METHOD_INTERACTIVE) return 1;
  std::vector<std::string> questions;
  for (unsigned i = 0; i < self.behaviour_.prompts; ++i)
    questions.push_back(fmt::format("Question {}: ", ++self.asked_));
  std::vector<const char*> texts;
  for (const std::string& question : questions) texts.push_back(question.c_str());
  std::string echo(questions.size(), '\0');
  ssh_message_auth_interactive_request(message, "", "", self.behaviour_.prompts, texts.data(), echo.data());
  return 0;
}

ssh_channel Connection::on_channel(ssh_session session, void* self_) {
  auto& self = *static_cast<Connection*>(self_);
  Exec& exec = self.execs_.emplace_back(Exec{self, ssh_channel_new(session)});
  ssh_callbacks_init(&exec.callbacks);
  exec.callbacks.userdata = &exec;
  exec.callbacks.channel_exec_request_function = [](ssh_session, ssh_channel, const char* command, void* of) {
    auto& asked = *static_cast<Exec*>(of);
    if (asked.state != Exec::idle) return SSH_ERROR;
    asked.behaviour = for_command(command, asked.connection.behaviour_);
    asked.state = Exec::asked;  // answered later: the client must first read that it was started
    return SSH_OK;
  };
  exec.callbacks.channel_data_function = [](ssh_session, ssh_channel, void* data, std::uint32_t size, int, void* of) {
    static_cast<Exec*>(of)->hear({static_cast<const char*>(data), size});
    return static_cast<int>(size);
  };
  exec.callbacks.channel_close_function = [](ssh_session, ssh_channel, void* of) {
    static_cast<Exec*>(of)->state = Exec::closed;
  };
  ssh_set_channel_callbacks(exec.channel, &exec.callbacks);
  return exec.channel;
}

void Connection::pump() {
  int said = SSH_OK;
  for (int round = 0; round < fair_rounds && said == SSH_OK && ssh_get_fd(session_) != -1; ++round)
    said = ssh_event_dopoll(event_, 0);
  if (ssh_get_fd(session_) == -1 || said == SSH_ERROR ||
      (ssh_get_status(session_) & (SSH_CLOSED | SSH_CLOSED_ERROR)) != 0) {
    over_ = true;
    return;
  }
  if (logged_in_ && behaviour_.fault == Fault::mute_after_auth) return go_deaf();
  if (logged_in_ && behaviour_.fault == Fault::close_after_auth) return close();
  serve_execs();
}

void Connection::Exec::hear(std::string_view bytes) {
  heard = true;
  for (; !sending && !bytes.empty(); bytes.remove_prefix(1)) {
    sending = bytes.front() == '\n' && line.starts_with("send ");
    line = bytes.front() == '\n' ? "" : line + bytes.front();
  }
  taken += bytes.size();
}

void Connection::serve_execs() {
  for (auto exec = execs_.begin(); exec != execs_.end();) {
    if (exec->state == Exec::closed) {
      ssh_remove_channel_callbacks(exec->channel, &exec->callbacks);
      ssh_channel_free(exec->channel);
      exec = execs_.erase(exec);
      continue;
    }
    if (exec->state == Exec::asked) consider(*exec);
    if (phase_ != Phase::open) return;
    if (exec->state == Exec::answering) answer(*exec);
    ++exec;
  }
}

void Connection::consider(Exec& exec) {
  ++server_.count().commands;
  exec.state = Exec::waiting;
  const auto go_on = [channel = exec.channel](Connection& self) { self.begin_answer(channel); };
  if (exec.behaviour.fault == Fault::close_in_exec) return close();
  if (exec.behaviour.fault == Fault::hang_in_exec) return;
  if (exec.behaviour.fault == Fault::chatter) return chatter();
  if (exec.behaviour.pesters > 0) return pester(exec.behaviour.pesters);
  if (exec.behaviour.barrier > 0)
    server_.wait_for_others(exec.behaviour.barrier, weak_from_this(), go_on);
  else if (exec.behaviour.exec_delay.count() > 0)
    server_.after(exec.behaviour.exec_delay, weak_from_this(), go_on);
  else
    exec.state = Exec::answering;
}

// Whether they are given or not.
void Connection::pester(std::size_t channels) {
  for (; channels > 0 && ssh_get_fd(session_) != -1; --channels)
    ssh_channel_open_reverse_forward(ssh_channel_new(session_), "host", 80, "origin", 80);
}

void Connection::chatter() {
  ssh_send_ignore(session_, "and more");
  server_.after(Milliseconds(50), weak_from_this(), [](Connection& self) {
    if (self.phase_ != Phase::open || self.over_) return;
    self.chatter();
    self.pump();
  });
}

void Connection::begin_answer(ssh_channel channel) {
  if (phase_ != Phase::open) return;
  // The client may have closed it, and a channel made since may be at the same place in memory: that one is not
  // waiting.
  for (Exec& exec : execs_)
    if (exec.channel == channel && exec.state == Exec::waiting) exec.state = Exec::answering;
  pump();
}

// As much of the output as the client has room for; the rest when it has read that.
void Connection::answer(Exec& exec) {
  if (!send(exec, exec.behaviour.stderr_bytes, true) || !send(exec, exec.behaviour.output_bytes, false)) return;
  if (exec.behaviour.output && !send_output(exec)) return;
  if (exec.behaviour.waits_for_word && !exec.heard) return;
  if (exec.behaviour.takes) {
    if (exec.taken < *exec.behaviour.takes) return;
    ssh_channel_write(exec.channel, "d\n", 2);
  }
  exec.state = Exec::answered;
  const std::string signal = exec.behaviour.signal_name_bytes > 0 ? std::string(exec.behaviour.signal_name_bytes, 'N')
                                                                  : exec.behaviour.exit_signal;
  if (signal.empty())
    ssh_channel_request_send_exit_status(exec.channel, exec.behaviour.exit_status);
  else
    ssh_channel_request_send_exit_signal(exec.channel, signal.c_str(), 0,
                                         std::string(exec.behaviour.signal_text_bytes, 's').c_str(), "");
  ssh_channel_send_eof(exec.channel);
  ssh_channel_close(exec.channel);
}

bool Connection::send(Exec& exec, std::size_t& bytes, bool is_stderr) {
  static const std::string lines = make_lines();
  while (bytes > 0) {
    const std::size_t window = ssh_channel_window_size(exec.channel);
    if (window == 0 || has_more()) return false;
    const auto size = static_cast<std::uint32_t>(std::min({bytes, window, lines.size()}));
    const int sent = is_stderr ? ssh_channel_write_stderr(exec.channel, lines.data(), size)
                               : ssh_channel_write(exec.channel, lines.data(), size);
    if (sent <= 0) return false;
    bytes -= static_cast<std::size_t>(sent);
  }
  return true;
}

bool Connection::send_output(Exec& exec) {
  const std::string& output = *exec.behaviour.output;
  while (exec.sent < output.size()) {
    const std::size_t window = ssh_channel_window_size(exec.channel);
    if (window == 0 || has_more()) return false;
    const auto size = static_cast<std::uint32_t>(std::min({output.size() - exec.sent, window, std::size_t{32} * 1024}));
    const int sent = ssh_channel_write(exec.channel, output.data() + exec.sent, size);
    if (sent <= 0) return false;
    exec.sent += static_cast<std::size_t>(sent);
  }
  return true;
}

bool Connection::has_more() const {
  return session_ && phase_ != Phase::deaf && (ssh_get_status(session_) & SSH_WRITE_PENDING) != 0;
}

void Connection::discard() {
  if (phase_ == Phase::silent) {
    // What it says is for later; only its end matters now.
    char byte = 0;
    if (::recv(fd_, &byte, 1, MSG_PEEK) <= 0) over_ = true;
    return;
  }
  char scratch[4096];
  for (;;) {
    const auto size = ::recv(fd_, scratch, sizeof scratch, 0);
    if (size > 0) continue;
    if (size == 0 || (errno != EAGAIN && errno != EINTR)) over_ = true;
    return;
  }
}

// A socket closed with bytes unread would send a reset.
void Connection::close() {
  go_deaf();
  ::shutdown(fd_, SHUT_WR);
  discard();
}

void Connection::reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  over_ = true;
}

}  // namespace cef::simulator
