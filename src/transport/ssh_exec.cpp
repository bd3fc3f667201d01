// Commands on an open session. Callbacks collect what the server sends; the loop only pumps and waits.
#include "guard.hpp"
#include "ssh_session.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cef::transport {

namespace {
// How long to wait for a host to end a command that was given up.
constexpr Milliseconds grace_after_timeout{2000}, grace_after_stop{500};
constexpr std::uint32_t chunk_bytes = 64 * 1024;  // of input handed to libssh at once: it would queue all there is
}  // namespace

class Channel {
 public:
  Channel(SshSession& session, Command& command) : session_(session), command_(command) {}
  ~Channel() {
    if (!handle_) return;
    ssh_remove_channel_callbacks(handle_, &callbacks_);
    if (session_.lost()) return;  // it goes with the session
    // Our answer to the server's close waits until there is another command: after the last one the end of the
    // connection says as much, and two packets are saved.
    if (ended())
      session_.finished_.push_back(handle_);
    else
      ssh_channel_free(handle_);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  asio::awaitable<Result<void>> open(std::string line);
  asio::awaitable<Result<ExecResult>> run();
  asio::awaitable<void> give_up();

 private:
  static int on_data(ssh_session, ssh_channel, void* bytes, std::uint32_t size, int is_stderr, void* self);

  void send_input();
  bool ended() const { return closed_ || eof_and_status(); }
  bool eof_and_status() const { return eof_ && (status_known_ || !signal_.empty()); }

  SshSession& session_;
  Command& command_;
  ssh_channel handle_ = nullptr;
  ssh_channel_callbacks_struct callbacks_{};
  std::string out_, err_, signal_;
  int status_ = -1;
  bool status_known_ = false, eof_ = false, closed_ = false, over_limit_ = false, giving_up_ = false, fresh_ = false;
  std::size_t sent_ = 0;
};

int Channel::on_data(ssh_session, ssh_channel, void* bytes, std::uint32_t size, int is_stderr, void* self) {
  auto& channel = *static_cast<Channel*>(self);
  channel.fresh_ = true;
  if (channel.giving_up_) return static_cast<int>(size);
  std::string_view text(static_cast<const char*>(bytes), size);
  const std::size_t room = channel.command_.output_limit - channel.out_.size() - channel.err_.size();
  if (text.size() > room) {
    text = text.substr(0, room);
    channel.over_limit_ = true;
  }
  (is_stderr ? channel.err_ : channel.out_) += text;
  if (channel.command_.on_output && !text.empty()) channel.command_.on_output(is_stderr != 0, text);
  return static_cast<int>(size);
}

asio::awaitable<Result<void>> Channel::open(std::string line) {
  ssh_callbacks_init(&callbacks_);
  callbacks_.userdata = this;
  callbacks_.channel_data_function = on_data;
  callbacks_.channel_exit_status_function = [](ssh_session, ssh_channel, int status, void* self) {
    static_cast<Channel*>(self)->status_ = status;
    static_cast<Channel*>(self)->status_known_ = true;
  };
  callbacks_.channel_exit_signal_function = [](ssh_session, ssh_channel, const char* signal, int, const char*,
                                               const char*, void* self) {
    static_cast<Channel*>(self)->signal_ = signal ? signal : "?";
  };
  callbacks_.channel_eof_function = [](ssh_session, ssh_channel, void* self) {
    static_cast<Channel*>(self)->eof_ = true;
  };
  callbacks_.channel_close_function = [](ssh_session, ssh_channel, void* self) {
    static_cast<Channel*>(self)->closed_ = true;
  };
  handle_ = ssh_channel_new(session_.session_.get());
  // Before the channel is opened: what a short command sends arrives with the answer to the request.
  ssh_set_channel_callbacks(handle_, &callbacks_);

  int said = co_await session_.drive([this] { return ssh_channel_open_session(handle_); }, SSH_AGAIN);
  if (said == SSH_OK)
    said =
        co_await session_.drive([this, &line] { return ssh_channel_request_exec(handle_, line.c_str()); }, SSH_AGAIN);
  if (said == SSH_OK) co_return Result<void>{};
  co_return session_.failed(Code::command_timeout, "the host did not start the command in time", Code::connection_lost,
                            session_.lost() ? "the connection was lost before the command was started"
                                            : fmt::format("the server refused to start the command: {}",
                                                          ssh_get_error(session_.session_.get())));
}

void Channel::send_input() {
  while (sent_ < command_.input.size() && !(ssh_get_status(session_.session_.get()) & SSH_WRITE_PENDING)) {
    const auto rest = static_cast<std::uint32_t>(std::min<std::size_t>(command_.input.size() - sent_, chunk_bytes));
    const std::uint32_t size = std::min(rest, ssh_channel_window_size(handle_));
    if (size == 0) return;
    const int sent = ssh_channel_write(handle_, command_.input.data() + sent_, size);
    if (sent <= 0) return;
    sent_ += static_cast<std::size_t>(sent);
  }
}

asio::awaitable<Result<ExecResult>> Channel::run() {
  Waiter& waiter = *session_.waiter_;
  Heartbeat& heart = session_.heart_;
  const Deadline deadline = waiter.deadline();
  waiter.set_deadline(std::min(deadline, heart.due()));
  bool finishing = false;
  while (!ended()) {
    if (!closed_ && !eof_) send_input();
    fresh_ = false;
    const int said = session_.pump();
    if (ended() || over_limit_) break;
    if (session_.lost())
      co_return Unexpected(Error{Code::connection_lost, "the connection was lost while the command ran", ""});
    if (said == SSH_OK) {  // more is waiting: let other hosts have their turn first
      co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
      if (waiter.state() == Wake::ready) continue;
    }
    if (status_known_ || !signal_.empty()) {
      if (!finishing || fresh_) waiter.set_deadline(std::min(deadline, Clock::now() + rest_of_output));
      finishing = true;
    }
    if (co_await session_.socket_ready() == Wake::ready) continue;
    if (waiter.state() == Wake::expired) {
      if (finishing) break;
      if (Clock::now() < deadline) {
        if (!heart.beat())
          co_return Unexpected(Error{Code::connection_lost,
                                     fmt::format("the host has not answered for over {} while the command ran",
                                                 show_duration(heart.silence())),
                                     ""});
        waiter.set_deadline(std::min(deadline, heart.due()));
        continue;
      }
    }
    co_return session_.failed(Code::command_timeout, "the command was not done in time and was ended on the host",
                              Code::connection_lost, "");
  }
  if (over_limit_)
    co_return Unexpected(Error{
        Code::output_limit,
        fmt::format("the command wrote more than {} bytes and was ended on the host", command_.output_limit), ""});
  if (!status_known_ && signal_.empty())
    co_return Unexpected(Error{Code::connection_lost, "the server ended the session without an exit status", ""});
  co_return ExecResult{signal_.empty() ? status_ : -1, signal_, std::move(out_), std::move(err_)};
}

// The end of its input is the guard's sign to end the command; the host is given a moment to do it.
asio::awaitable<void> Channel::give_up() {
  if (!handle_ || session_.lost() || closed_ || session_.heart_.dead()) co_return;
  giving_up_ = true;
  const bool stopped = session_.waiter_->state() == Wake::stopped;
  session_.waiter_->forgive_stop();
  session_.waiter_->set_deadline(Clock::now() + (stopped ? grace_after_stop : grace_after_timeout));
  co_await session_.drive([this] { return ssh_channel_send_eof(handle_); }, SSH_AGAIN);
  while (!ended() && !session_.lost() && session_.waiter_->state() == Wake::ready) {
    if (session_.pump() == SSH_ERROR || ended()) break;
    co_await session_.socket_ready();
  }
}

asio::awaitable<Result<ExecResult>> SshSession::exec(Command command, Deadline deadline) {
  // What closes the channels of earlier commands and the request for the next one leave together.
  if (!finished_.empty()) hold_back(true);
  for (const ssh_channel done : std::exchange(finished_, {})) ssh_channel_free(done);
  waiter_->set_deadline(deadline);
  heart_.restart();
  const auto limit = deadline == no_deadline
                         ? Milliseconds(0)
                         : std::max(Milliseconds(1), std::chrono::ceil<Milliseconds>(deadline - Clock::now()));
  Channel channel(*this, command);
  auto opened = co_await channel.open(remote_line(command, limit));
  if (!opened) co_return Unexpected(opened.error());
  auto result = co_await channel.run();
  if (!result && command.guarded) co_await channel.give_up();
  co_return result;
}

}  // namespace cef::transport
