// libssh processes incoming packets inside nearly every call and runs callbacks from there. So callbacks only note what
// came; what follows from it is done by settle(), after the call.
#include "bastion.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <sys/socket.h>
#include <utility>

namespace cef::transport {

using boost::system::error_code;

namespace {

constexpr std::size_t packet_bytes = std::size_t{32} * 1024;  // what one packet holds
constexpr int most_tries = 10;
constexpr Milliseconds between_questions{3};  // doubled up to five times
constexpr unsigned first_channel = 43;        // libssh counts a session's channels from here

template <class T>
void drop(std::vector<T*>& list, T* entry) {
  list.erase(std::remove(list.begin(), list.end(), entry), list.end());
}

std::string_view without_brackets(std::string_view address) {
  const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  return bracketed ? address.substr(1, address.size() - 2) : address;
}

}  // namespace

struct Bastion::Tunnel {
  enum class State { opening, open, refused };

  Tunnel(asio::io_context& io, Bastion& owner) : end(io), bastion(owner) {}

  Socket end;  // ours of the pair
  Bastion& bastion;
  ssh_channel channel = nullptr;
  ssh_channel_callbacks_struct callbacks{};
  State state = State::opening;
  std::string address;
  std::uint16_t port = 0;
  unsigned number = 0;           // of the channel
  std::weak_ptr<Waiter> opener;  // told when the bastion has answered
  std::optional<Error> refusal;
  bool explained = false;  // whether the refusal's reason is known
  std::string down, up;    // bytes that the next one could not take yet
  bool kept = false;       // libssh holds bytes that are not taken from it yet
  bool ended = false;      // the host will send no more
  bool abandoned = false;  // the inner session is gone
  bool noted = false;      // is in attention_
  bool writing = false;    // waits for room in the pair
  std::list<std::shared_ptr<Tunnel>>::iterator place;

  void note() {
    if (!std::exchange(noted, true)) bastion.attention_.push_back(this);
  }
  std::size_t give(std::string_view bytes);
  static int on_data(ssh_session, ssh_channel, void* bytes, std::uint32_t size, int is_stderr, void* self);
  static void on_end(ssh_session, ssh_channel, void* self) {
    static_cast<Tunnel*>(self)->ended = true;
    static_cast<Tunnel*>(self)->note();
  }
};

// Bytes that fitted into the pair. They all count as taken when there is nobody to read them.
std::size_t Bastion::Tunnel::give(std::string_view bytes) {
  const ssize_t sent = ::send(end.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return 0;
  abandoned = true;
  return bytes.size();
}

// What is not taken here stays in libssh's buffer, and the window shut: that is how the host learns to wait.
int Bastion::Tunnel::on_data(ssh_session, ssh_channel, void* bytes, std::uint32_t size, int is_stderr, void* self) {
  auto& tunnel = *static_cast<Tunnel*>(self);
  if (is_stderr || tunnel.abandoned) return static_cast<int>(size);
  std::size_t taken = 0;
  if (tunnel.down.empty() && !tunnel.kept) taken = tunnel.give({static_cast<const char*>(bytes), size});
  if (taken < size) tunnel.kept = true;
  if (tunnel.kept || tunnel.abandoned) tunnel.note();
  return static_cast<int>(taken);
}

Bastion::Bastion(asio::io_context& io, std::string name, std::unique_ptr<SshSession> session)
    : io_(io), name_(std::move(name)), session_(std::move(session)) {
  session_->waiter_->set_deadline(no_deadline);
}

Bastion::~Bastion() {
  for (const auto& tunnel : tunnels_) ssh_remove_channel_callbacks(tunnel->channel, &tunnel->callbacks);
}

asio::awaitable<Result<void>> Bastion::connect(std::shared_ptr<Waiter> waiter, std::string address,
                                               std::uint16_t port) {
  const auto self = shared_from_this();
  const std::string host(without_brackets(address));
  for (int attempt = 1;; ++attempt) {
    if (lost()) co_return Unexpected(Error{Code::jump_failed, fmt::format("jump host {}: connection lost", name_), ""});
    const auto tunnel = start(*waiter, host, port);
    if (!tunnel)
      co_return Unexpected(Error{Code::io_failed, "no file descriptors left on this machine",
                                 "raise the limit (ulimit -n) or lower --forks"});
    tunnel->opener = waiter;
    settle();
    while (tunnel->state == Tunnel::State::opening && waiter->state() == Wake::ready) co_await waiter->notified();
    if (tunnel->state == Tunnel::State::open) co_return Result<void>{};
    // The channel can be given back only when the bastion has answered.
    tunnel->abandoned = true;
    if (!tunnel->refusal)
      co_return Unexpected(Error{Code::connect_timeout,
                                 fmt::format("{} port {} did not answer, asked from jump host {}", host, port, name_),
                                 ""});
    if (tunnel->explained || attempt == most_tries || lost()) co_return Unexpected(std::move(*tunnel->refusal));
    // Of refusals that arrive together libssh keeps the last one's reason. Asked again one by one, each has its own.
    next_question_ = std::max(next_question_, Clock::now()) + between_questions * (1 << std::min(attempt - 1, 5));
    co_await waiter->pause_until(next_question_);
    if (waiter->state() != Wake::ready) co_return Unexpected(std::move(*tunnel->refusal));
  }
}

std::shared_ptr<Bastion::Tunnel> Bastion::start(Waiter& waiter, const std::string& address, std::uint16_t port) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) return nullptr;
  waiter.adopt(pair[0]);
  auto tunnel = std::make_shared<Tunnel>(io_, *this);
  tunnel->end.assign(asio::generic::stream_protocol(AF_UNIX, 0), pair[1]);
  tunnel->address = address;
  tunnel->port = port;
  tunnel->number = first_channel + opened_++;
  tunnel->channel = ssh_channel_new(session_->session_.get());
  ssh_callbacks_init(&tunnel->callbacks);
  tunnel->callbacks.userdata = tunnel.get();
  tunnel->callbacks.channel_data_function = Tunnel::on_data;
  tunnel->callbacks.channel_eof_function = Tunnel::on_end;
  tunnel->callbacks.channel_close_function = Tunnel::on_end;
  ssh_set_channel_callbacks(tunnel->channel, &tunnel->callbacks);
  tunnel->place = tunnels_.insert(tunnels_.end(), tunnel);
  opening_.push_back(tunnel.get());
  ssh_channel_open_forward(tunnel->channel, tunnel->address.c_str(), port, "127.0.0.1", 0);
  return tunnel;
}

namespace {

// What the bastion's server said about a connection it could not make. OpenSSH's words are those of strerror(3).
Error refusal_of(const std::string& address, std::uint16_t port, const std::string& bastion, std::string_view why) {
  const std::string where = fmt::format("{} port {}", address, port);
  const auto says = [why](std::string_view words) { return why.find(words) != std::string_view::npos; };
  if (says("refused"))
    return {Code::connect_refused, fmt::format("{} refused the connection, asked from jump host {}", where, bastion),
            ""};
  if (says("timed out"))
    return {Code::connect_timeout, fmt::format("{} did not answer, asked from jump host {}", where, bastion), ""};
  if (says("No route") || says("unreachable"))
    return {Code::network_unreachable, fmt::format("jump host {} cannot reach {}: {}", bastion, where, why), ""};
  if (says("Name or service") || says("name resolution") || says("unknown host"))
    return {Code::name_unknown, fmt::format("jump host {} cannot resolve '{}'", bastion, address),
            "check the address in the inventory and the jump host's DNS"};
  return {
      Code::jump_failed,
      fmt::format("jump host {} does not pass connections on to {}{}{}", bastion, where, why.empty() ? "" : ": ", why),
      "look at AllowTcpForwarding and PermitOpen in the jump host's sshd_config, and at its log"};
}

}  // namespace

// libssh tells neither that a channel was opened nor that it was refused; the reason for a refusal is in the session's
// last error, together with the channel's number.
void Bastion::look_for_answers() {
  if (opening_.empty()) return;
  std::vector<std::shared_ptr<Tunnel>> answered;
  const std::string_view said = ssh_get_error(session_->session_.get());
  constexpr std::string_view start = "Channel opening failure: channel ";
  const bool refused = said != last_refusal_ && said.starts_with(start);
  unsigned number = 0;
  std::string reason;  // `error (2) Connection refused`
  if (refused) {
    last_refusal_ = said;
    std::string_view rest = said.substr(start.size());
    std::from_chars(rest.data(), rest.data() + rest.size(), number);
    const bool prohibited = rest.find("error (1) ") != std::string_view::npos;  // RFC 4254, 5.1
    rest.remove_prefix(std::min(rest.find(") "), rest.size()));
    rest.remove_prefix(std::min<std::size_t>(2, rest.size()));
    reason = prohibited ? "administratively prohibited" : rest;
  }
  for (Tunnel* tunnel : opening_) {
    if (ssh_channel_is_open(tunnel->channel)) {
      tunnel->state = Tunnel::State::open;
    } else if (refused && ssh_channel_open_forward(tunnel->channel, tunnel->address.c_str(), tunnel->port, "127.0.0.1",
                                                   0) == SSH_ERROR) {
      tunnel->state = Tunnel::State::refused;
      tunnel->explained = tunnel->number == number;
      tunnel->refusal = refusal_of(tunnel->address, tunnel->port, name_, tunnel->explained ? reason : "");
    } else {
      continue;
    }
    answered.push_back(*tunnel->place);
  }
  for (const auto& tunnel : answered) {
    drop(opening_, tunnel.get());
    if (const auto opener = tunnel->opener.lock()) opener->notify();
    if (tunnel->state == Tunnel::State::refused || tunnel->abandoned)
      release(*tunnel);
    else
      wait_to_read(*tunnel);
  }
}

void Bastion::service() {
  if (lost()) return lose();
  const int said = session_->pump();
  settle();
  if (said == SSH_OK && !lost())  // more is waiting: let others have their turn first
    asio::post(io_, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->service();
    });
}

void Bastion::settle() {
  if (std::exchange(settling_, true)) return;
  look_for_answers();
  resume_held();
  while (!attention_.empty()) {
    Tunnel& tunnel = *attention_.back();
    attention_.pop_back();
    tunnel.noted = false;
    attend(tunnel);
  }
  settling_ = false;
  session_->note_lost();
  if (lost())
    lose();
  else
    arm();
}

void Bastion::arm() {
  Waiter& waiter = *session_->waiter_;
  const auto wait = [this, &waiter](Socket::wait_type what, bool Bastion::*waiting) {
    if (std::exchange(this->*waiting, true)) return;
    waiter.socket().async_wait(what, [weak = weak_from_this(), waiting](error_code) {
      // An error is a stop of the run, during which hosts still have to be told, or the end of the connection.
      const auto self = weak.lock();
      if (!self) return;
      (*self).*waiting = false;
      self->service();
    });
  };
  if (!reading_) waiter.hurry();
  wait(Socket::wait_read, &Bastion::reading_);
  if (congested()) wait(Socket::wait_write, &Bastion::writing_);
}

void Bastion::attend(Tunnel& tunnel) {
  if (tunnel.state != Tunnel::State::open) return;
  if (tunnel.abandoned) return release(tunnel);
  if (!move_down(tunnel) || !tunnel.ended) return;
  error_code ignored;
  tunnel.end.shutdown(Socket::shutdown_send, ignored);
  if (ssh_channel_is_closed(tunnel.channel)) release(tunnel);
}

// Whether all that came for a host has been handed to its inner session.
bool Bastion::move_down(Tunnel& tunnel) {
  for (;;) {
    if (!tunnel.down.empty()) tunnel.down.erase(0, tunnel.give(tunnel.down));
    if (tunnel.abandoned) {
      tunnel.note();
      return false;
    }
    if (!tunnel.down.empty()) break;
    if (!tunnel.kept) return true;
    char chunk[packet_bytes];
    const int size = ssh_channel_read_nonblocking(tunnel.channel, chunk, sizeof chunk, 0);
    if (size <= 0)
      tunnel.kept = false;
    else
      tunnel.down.assign(chunk, static_cast<std::size_t>(size));
  }
  if (!std::exchange(tunnel.writing, true))
    tunnel.end.async_wait(Socket::wait_write, [weak = std::weak_ptr(*tunnel.place)](error_code error) {
      const auto alive = weak.lock();
      if (!alive || error) return;
      alive->writing = false;
      alive->note();
      const auto bastion = alive->bastion.shared_from_this();
      bastion->settle();
    });
  return false;
}

void Bastion::wait_to_read(Tunnel& tunnel) {
  tunnel.end.async_wait(Socket::wait_read, [weak = std::weak_ptr(*tunnel.place)](error_code error) {
    const auto alive = weak.lock();
    if (!alive || error) return;
    const auto bastion = alive->bastion.shared_from_this();
    bastion->move_up(*alive);
    bastion->settle();
  });
}

// One packet at a time, and only what the host and the connection can take now: libssh would keep the rest in memory.
void Bastion::move_up(Tunnel& tunnel) {
  const std::uint32_t window = ssh_channel_window_size(tunnel.channel);
  if (congested() || window == 0) {
    held_.push_back(&tunnel);
    return;
  }
  if (!tunnel.up.empty()) return write_up(tunnel, std::exchange(tunnel.up, {}));
  char chunk[packet_bytes];
  const std::size_t room = std::min<std::size_t>(window, sizeof chunk);
  const ssize_t size = ::recv(tunnel.end.native_handle(), chunk, room, MSG_DONTWAIT);
  if (size > 0) return write_up(tunnel, {chunk, static_cast<std::size_t>(size)});
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return wait_to_read(tunnel);
  tunnel.abandoned = true;
  tunnel.note();
}

void Bastion::write_up(Tunnel& tunnel, std::string_view bytes) {
  const int sent = ssh_channel_write(tunnel.channel, bytes.data(), static_cast<std::uint32_t>(bytes.size()));
  if (sent < 0) {
    tunnel.abandoned = true;
    tunnel.note();
  } else if (static_cast<std::size_t>(sent) < bytes.size()) {  // in the middle of a new key exchange
    tunnel.up = bytes.substr(static_cast<std::size_t>(sent));
    held_.push_back(&tunnel);
  } else {
    wait_to_read(tunnel);
  }
}

void Bastion::resume_held() {
  if (held_.empty() || congested()) return;
  for (Tunnel* tunnel : std::exchange(held_, {})) move_up(*tunnel);
}

void Bastion::release(Tunnel& tunnel) {
  const auto alive = *tunnel.place;
  ssh_remove_channel_callbacks(tunnel.channel, &tunnel.callbacks);
  if (!lost()) ssh_channel_free(tunnel.channel);
  error_code ignored;
  tunnel.end.close(ignored);
  drop(opening_, &tunnel);
  drop(attention_, &tunnel);
  drop(held_, &tunnel);
  tunnels_.erase(tunnel.place);
}

// Every inner session sees the end of its connection.
void Bastion::lose() {
  while (!tunnels_.empty()) {
    const auto tunnel = tunnels_.front();
    if (tunnel->state == Tunnel::State::opening) {
      tunnel->state = Tunnel::State::refused;
      tunnel->refusal = Error{Code::jump_failed, fmt::format("the connection to jump host {} was lost", name_),
                              "look at its sshd log"};
      if (const auto opener = tunnel->opener.lock()) opener->notify();
    }
    release(*tunnel);
  }
}

}  // namespace cef::transport
