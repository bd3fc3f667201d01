// Commands on an open session. Callbacks collect what the server sends; the loop only pumps and waits.
#include "channel.hpp"
#include "guard.hpp"

#include <cef/transport/near.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cef::transport {
namespace {
// A host that sends more than this, in so long a time, waits for its turn each time; one that wants what it is not
// given, too.
constexpr std::size_t greedy_bytes = std::size_t{64} * 1024;
constexpr Milliseconds greedy_span{100};
constexpr int greedy_requests = 10;
// So much may be under way of output that is passed on as it comes; said anew when a quarter has come.
constexpr std::size_t wide_window = std::size_t{4} << 20;
// So much input is under way to a host that is near.
constexpr std::size_t most_held = std::size_t{512} << 10;
}  // namespace

Channel::~Channel() {
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

int Channel::on_data(ssh_session, ssh_channel, void* bytes, std::uint32_t size, int is_stderr, void* self) {
  auto& channel = *static_cast<Channel*>(self);
  channel.fresh_ = true;
  channel.heard_ += size;
  channel.unsaid_ += size;
  channel.session_.heart_.note_progress();
  if (channel.giving_up_) return static_cast<int>(size);
  std::string_view text(static_cast<const char*>(bytes), size);
  if (is_stderr && channel.sudo_) text = channel.sudo_->heard(text);
  channel.feed_.heard();
  const Streams& streams = channel.command_.streams;
  text = channel.limit_.take(text);
  if (streams.keeps_output) (is_stderr ? channel.err_ : channel.out_) += text;
  if (streams.on_output && !text.empty()) streams.on_output(is_stderr != 0, text);
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
    constexpr std::size_t longest = 32;  // of POSIX's names none has half of that
    static_cast<Channel*>(self)->signal_ = std::string(signal ? signal : "?").substr(0, longest);
  };
  callbacks_.channel_eof_function = [](ssh_session, ssh_channel, void* self) {
    static_cast<Channel*>(self)->eof_ = true;
  };
  callbacks_.channel_close_function = [](ssh_session, ssh_channel, void* self) {
    static_cast<Channel*>(self)->closed_ = true;
  };
  const Deadline deadline = session_.waiter_->deadline();
  int said = co_await begin(deadline);
  if (said == SSH_OK) said = co_await drive([&] { return request(line); }, deadline);
  blocked_ = false;
  if (said == SSH_OK) {
    session_.waiter_->set_deadline(deadline);
    co_return Result<void>{};
  }
  if (session_.heart_.dead()) co_return Unexpected(silent("before the command was started"));
  auto failed = session_.failed(
      Code::command_timeout, "the host did not start the command in time", Code::connection_lost,
      session_.lost()
          ? "the connection was lost before the command was started"
          : fmt::format("the server refused to start the command: {}", ssh_get_error(session_.session_.get())));
  if (failed.error().code == Code::connection_lost && !session_.lost())
    failed.error().hint =
        "the server allows this login no commands: look at MaxSessions in its sshd_config, and at what its "
        "authorized_keys says of the key";
  co_return failed;
}

// Takes the channel that was opened ahead, or opens one.
asio::awaitable<int> Channel::begin(Deadline deadline) {
  const auto opening = [this] { return ssh_channel_open_session(handle_); };
  handle_ = std::exchange(session_.spare_, nullptr);
  if (handle_) {
    ssh_set_channel_callbacks(handle_, &callbacks_);
    const int said = co_await drive(opening, deadline);
    if (said == SSH_OK || session_.lost() || session_.waiter_->state() != Wake::ready) co_return said;
    // The server has room for one at a time, or has closed it meanwhile.
    ssh_remove_channel_callbacks(handle_, &callbacks_);
    ssh_channel_free(handle_);
    session_.opens_ahead_ = false;
    eof_ = closed_ = false;
  }
  handle_ = ssh_channel_new(session_.session_.get());
  // Before the channel is opened: what a short command sends arrives with the answer to the request.
  ssh_set_channel_callbacks(handle_, &callbacks_);
  co_return co_await drive(opening, deadline);
}

// As the session's, as long as the host shows that it is there.
template <class Call>
asio::awaitable<int> Channel::drive(Call call, Deadline deadline) {
  Waiter& waiter = *session_.waiter_;
  for (;;) {
    if (const Deadline look = std::min(deadline, session_.heart_.due()); look != waiter.deadline())
      waiter.set_deadline(look);
    const int said = co_await session_.drive(call, SSH_AGAIN);
    const bool only_looks = waiter.state() == Wake::expired && Clock::now() < deadline && !session_.lost();
    if (said != SSH_ERROR || !only_looks || !session_.heart_.beat()) co_return said;
  }
}

Error Channel::silent(std::string_view when) const {
  return {Code::connection_lost,
          fmt::format("the host has not answered for over {} {}", show_duration(session_.heart_.silence()), when), ""};
}

// What need not wait for the server's answer is sent with it: the first piece of a text for the command, and for the
// next command a channel.
int Channel::request(const std::string& line) {
  const auto ask = [&] {
    return command_.is_subsystem ? ssh_channel_request_subsystem(handle_, line.c_str())
                                 : ssh_channel_request_exec(handle_, line.c_str());
  };
  const int said = ask();
  if (std::exchange(asked_, true) || said == SSH_ERROR) return said;
  if (!command_.streams.source && feed_.ready() && !waits_for_sudo() && ssh_channel_window_size(handle_) > 0)
    send_piece();
  session_.open_ahead();
  // To send means to read, too: the answer may have come, and nothing more would.
  return said == SSH_AGAIN ? ask() : said;
}

// When to do something although nothing came from the host.
Deadline Channel::next_look(Deadline deadline) const {
  return std::min({deadline, session_.heart_.due(), sudo_ ? sudo_->due() : no_deadline, tick_due_});
}

// Tells sudo the password once it asks for it. The wait may be for another host that proves it.
asio::awaitable<Result<void>> Channel::answer_sudo(Deadline deadline) {
  const auto answer = co_await sudo_->answer(deadline);
  if (!answer) co_return Unexpected(answer.error());
  if (!answer->empty()) {
    session_.heart_.restart();  // nobody listened meanwhile
    if (!closed_) ssh_channel_write(handle_, answer->data(), static_cast<std::uint32_t>(answer->size()));
  }
  if (const Deadline look = next_look(deadline); look != session_.waiter_->deadline())
    session_.waiter_->set_deadline(look);
  co_return Result<void>{};
}

// Whether there may be bytes and there is room for them: then there is nothing to wait for.
bool Channel::can_send() const {
  return feed_.ready() && !blocked_ && !closed_ && !eof_ && !waits_for_sudo() &&
         !(ssh_get_status(session_.session_.get()) & SSH_WRITE_PENDING) && room() > 0;
}

// A server moves what it holds back to the front of its buffer, again and again: where nothing is long under way, less
// of it makes several times the speed.
std::size_t Channel::room() const {
  const std::size_t window = ssh_channel_window_size(handle_);
  if (!is_near(session_.times_)) return window;
  const std::size_t held = first_window_ - std::min(first_window_, window);
  return held < most_held ? std::min(window, most_held - held) : 0;
}

// False when there is nothing.
bool Channel::send_piece() {
  if (first_window_ == 0) first_window_ = ssh_channel_window_size(handle_);
  const std::size_t most = room();
  const std::string_view next = feed_.next(std::min(chunk_bytes, most));
  if (next.empty()) return false;
  const auto size = std::min(next.size(), most);
  const int sent = ssh_channel_write(handle_, next.data(), static_cast<std::uint32_t>(size));
  // Nothing is taken while keys are exchanged anew: then something comes from the host.
  blocked_ = sent <= 0;
  if (blocked_) return true;
  feed_.sent(static_cast<std::size_t>(sent));
  session_.heart_.note_progress();
  return true;
}

void Channel::send_input() {
  while (can_send() && send_piece()) continue;
  if (!feed_.at_end() || waits_for_sudo() || std::exchange(input_ended_, true)) return;
  ssh_channel_send_eof(handle_);
}

// libssh lets a host send 1.28 MB ahead, which over a long way is all that comes in a round trip. It lets it send more
// when so much is asked for at once; nothing is there to be read, since the callback takes it all.
void Channel::widen() {
  if (command_.streams.keeps_output || unsaid_ < wide_window / 4) return;
  static char nothing[wide_window];
  unsaid_ = 0;
  ssh_channel_read_timeout(handle_, nothing, wide_window, 0, 0);
}

Result<void> Channel::tick() {
  const auto next = command_.streams.tick();
  if (!next) return Unexpected(next.error());
  tick_due_ = *next;
  return {};
}

bool Channel::is_greedy() {
  if (const auto now = Clock::now(); now >= heard_since_ + greedy_span) {
    was_greedy_ = heard_ >= greedy_bytes;
    heard_ = 0;
    heard_since_ = now;
  }
  return was_greedy_ || heard_ >= greedy_bytes || session_.requests_ > greedy_requests;
}

asio::awaitable<void> Channel::wait_turn() {
  has_turn_ = true;
  return session_.turns_.next();
}

int Channel::pump() {
  const int said = session_.pump();
  if (std::exchange(has_turn_, false))
    session_.turns_.end();
  else
    session_.turns_.note_others();
  return said;
}

asio::awaitable<Result<void>> Channel::attend(std::function<bool()> rests) {
  Waiter& waiter = *session_.waiter_;
  Heartbeat& heart = session_.heart_;
  const Deadline deadline = waiter.deadline();
  waiter.set_deadline(next_look(deadline));
  bool finishing = false;
  while (!ended() && !rests()) {
    if (tick_due_ != no_deadline && Clock::now() >= tick_due_) feed_.heard();
    fresh_ = false;
    if (!closed_ && !eof_) send_input();
    if (!closed_ && !eof_) widen();
    const bool waited_for_sudo = waits_for_sudo();
    const int said = pump();
    if (ended() || limit_.passed() || rests()) break;
    if (session_.lost())
      co_return Unexpected(Error{Code::connection_lost,
                                 session_.is_pestered() ? "the server asked for channels and more than it was given, "
                                                          "again and again, and was cut off"
                                                        : "the connection was lost while the command ran",
                                 ""});
    if (sudo_ && !finishing && waiter.state() != Wake::stopped && Clock::now() < deadline)
      if (const auto told = co_await answer_sudo(deadline); !told) co_return Unexpected(told.error());
    if (waited_for_sudo && !waits_for_sudo()) continue;  // the command waits for its input now
    if (said == SSH_OK) {                                // there is more
      co_await wait_turn();
      if (waiter.state() == Wake::ready) continue;
    } else if (can_send()) {  // other hosts first
      co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
      if (waiter.state() == Wake::ready) continue;
    }
    if (status_known_ || !signal_.empty()) {
      if (!finishing || fresh_) waiter.set_deadline(std::min(deadline, Clock::now() + rest_of_output));
      finishing = true;
    }
    if (command_.streams.tick && !waits_for_sudo() && !finishing) {
      if (const auto fine = tick(); !fine) co_return Unexpected(fine.error());
      if (const Deadline look = next_look(deadline); look != waiter.deadline()) waiter.set_deadline(look);
    }
    const Wake woken = co_await session_.socket_ready();
    blocked_ = false;
    if (woken == Wake::ready) {
      if (is_greedy()) co_await wait_turn();
      continue;
    }
    if (waiter.state() == Wake::expired) {
      if (finishing) break;
      if (Clock::now() < deadline) {
        if (Clock::now() >= heart.due() && !heart.beat()) co_return Unexpected(silent("while the command ran"));
        waiter.set_deadline(next_look(deadline));
        continue;
      }
    }
    co_return session_.failed(Code::command_timeout, "the command was not done in time", Code::connection_lost, "");
  }
  co_return Result<void>{};
}

Result<ExecResult> Channel::result() {
  if (limit_.passed()) return Unexpected(limit_.error(""));
  if (!status_known_ && signal_.empty())
    return Unexpected(Error{Code::connection_lost, "the server ended the session without an exit status", ""});
  if (waits_for_sudo()) return Unexpected(sudo_->failure(status_, out_));
  return ExecResult{signal_.empty() ? status_ : -1, signal_, std::move(out_), std::move(err_), sudo_ && sudo_->asked()};
}

// The end of its input is the guard's sign to end the command, as a free one's parting words may be; the host is given
// a moment to do it.
asio::awaitable<void> Channel::give_up() {
  if (!handle_ || session_.lost() || closed_ || session_.heart_.dead()) co_return;
  giving_up_ = true;
  const bool stopped = session_.waiter_->state() == Wake::stopped;
  session_.waiter_->forgive_stop();
  session_.waiter_->set_deadline(Clock::now() + (stopped ? grace_after_stop : grace_after_timeout));
  if (const std::string& parting = command_.parting; !parting.empty() && !waits_for_sudo())
    ssh_channel_write(handle_, parting.data(), static_cast<std::uint32_t>(parting.size()));
  co_await session_.drive([this] { return ssh_channel_send_eof(handle_); }, SSH_AGAIN);
  while (!ended() && !session_.lost() && session_.waiter_->state() == Wake::ready) {
    const int said = pump();
    if (said == SSH_ERROR || ended()) break;
    if (said != SSH_OK) co_await session_.socket_ready();
    if (said == SSH_OK || is_greedy()) co_await wait_turn();
  }
}

void SshSession::send_what_waits() {
  if (!finished_.empty() || opens_ahead_) hold_back(true);
  for (const ssh_channel done : std::exchange(finished_, {})) ssh_channel_free(done);
}

asio::awaitable<Result<ExecResult>> SshSession::exec(Command&& command, Deadline deadline) {
  send_what_waits();
  if (command.become == target_.user) command.become.reset();  // nobody needs sudo to become who they are
  if (!command.become) return run(std::move(command), nullptr, deadline);
  return exec_by_sudo(std::move(command), deadline);
}

asio::awaitable<Result<ExecResult>> SshSession::exec_by_sudo(Command command, Deadline deadline) {
  SudoDialogue sudo(command, breaker_, target_.name, target_.user);
  const auto begun = co_await sudo.begin(deadline);
  if (!begun) co_return Unexpected(begun.error());
  co_return co_await run(command, &sudo, deadline);
}

asio::awaitable<Result<ExecResult>> SshSession::run(Command command, SudoDialogue* sudo, Deadline deadline) {
  waiter_->set_deadline(deadline);
  heart_.restart();
  const auto limit = deadline == no_deadline
                         ? Milliseconds(0)
                         : std::max(Milliseconds(1), std::chrono::ceil<Milliseconds>(deadline - Clock::now()));
  const std::string line =
      command.is_subsystem ? command.text
                           : remote_line(command, limit, sudo ? std::string_view(sudo->mark()) : std::string_view());
  std::optional<Channel> place;
  place.emplace(*this, command, sudo);
  auto opened = co_await place->open(line);
  // A kept shell may have the last place. One that was given up is free a moment later.
  for (int tries = 0; tries < 3 && !opened && !lost() && waiter_->state() == Wake::ready; ++tries) {
    if (shells_.empty() && !was_full_) break;
    place.reset();
    if (!shells_.empty()) co_await make_room();
    waiter_->set_deadline(deadline);
    place.emplace(*this, command, sudo);
    opened = co_await place->open(line);
  }
  if (!opened) co_return Unexpected(opened.error());
  Channel& channel = *place;
  const std::function<bool()> never = [] { return false; };
  const auto attended = co_await channel.attend(never);
  auto result = attended ? channel.result() : Result<ExecResult>(Unexpected(attended.error()));
  const bool free = command.lifetime == Lifetime::free;
  if (result || (free && command.parting.empty())) co_return result;
  co_await channel.give_up();
  if (free) co_return result;
  Error error = result.error();
  if (error.code == Code::command_timeout || error.code == Code::output_limit)
    error.message += channel.ended() ? " and was ended on the host"
                                     : "; the host did not confirm that it was ended: look there before another try";
  co_return Unexpected(std::move(error));
}

}  // namespace cef::transport
