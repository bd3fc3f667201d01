#include "ssh_session.hpp"

#include "kept_shell.hpp"
#include "proxy.hpp"

#include <cef/transport/ahead.hpp>

#include <libssh/server.h>

#include <array>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace cef::transport {

namespace {
// Of one host before the others get their turn: reads of 4 KiB, which may hold one packet or a hundred.
constexpr int fair_rounds = 32;
constexpr Milliseconds fair_time{1};
}  // namespace

SshSession::SshSession(Target target, std::shared_ptr<Waiter> waiter, const Stop& stop, Breaker& breaker, Turns& turns)
    : target_(std::move(target)),
      waiter_(std::move(waiter)),
      stop_(stop),
      breaker_(breaker),
      turns_(turns),
      session_(ssh_new()),
      heart_(session_.get(), target_.keepalive) {
  ssh_set_blocking(session_.get(), 0);
  ssh_set_message_callback(session_.get(), refuse_request, this);
}

// Called in the middle of libssh's work. 1: it refuses the request and frees it. What a server that is cut off has sent
// by then is thrown away: libssh would answer each request of it.
int SshSession::refuse_request(ssh_session session, ssh_message, void* self) {
  auto& asked = *static_cast<SshSession*>(self);
  if (++asked.requests_ != most_requests + 1) return 1;
  const int fd = ssh_get_fd(session);
  ::shutdown(fd, SHUT_RDWR);
  std::array<char, 65536> unread;
  while (::recv(fd, unread.data(), unread.size(), MSG_DONTWAIT) > 0) continue;
  return 1;
}

SshSession::~SshSession() {
  shells_.clear();
  event_.reset();
  // ssh_disconnect leaves a socket open that it was given, and makes ssh_free leave it open too.
  if (given_ && !lost()) ssh_disconnect(session_.get());
  session_.reset();
  boost::system::error_code ignored;
  waiter_->socket().close(ignored);
}

void SshSession::set_proxy(std::unique_ptr<Proxy> proxy) { proxy_ = std::move(proxy); }

void SshSession::note_lost() {
  boost::system::error_code ignored;
  if (lost() && waiter_->socket().is_open()) waiter_->socket().release(ignored);
}

void SshSession::hold_back(bool on) {
  held_back_ = on;
  const int value = on ? 1 : 0;
  if (!lost()) ::setsockopt(waiter_->socket().native_handle(), IPPROTO_TCP, TCP_CORK, &value, sizeof value);
}

int SshSession::pump() {
  if (!event_) event_ = std::make_unique<EventHandle>(session_.get());
  int said = SSH_OK;
  Deadline until = no_deadline;
  for (int round = 0; round < fair_rounds && said == SSH_OK && !lost(); ++round) {
    if (round == 2) until = Clock::now() + fair_time;  // most often there is nothing left by then
    if (round > 2 && Clock::now() >= until) break;
    said = ssh_event_dopoll(event_->get(), 0);
  }
  note_lost();
  return lost() ? SSH_ERROR : said;
}

Unexpected<Error> SshSession::failed(Code timeout, std::string timeout_message, Code otherwise,
                                     std::string message) const {
  if (waiter_->state() == Wake::stopped) return Unexpected(stop_.error());
  if (waiter_->state() == Wake::expired) return Unexpected(Error{timeout, std::move(timeout_message), ""});
  return Unexpected(Error{otherwise, std::move(message), ""});
}

bool SshSession::open_spare() {
  spare_ = ssh_channel_new(session_.get());
  if (ssh_channel_open_session(spare_) != SSH_ERROR) return true;
  forget_spare();
  return false;
}

void SshSession::open_ahead() {
  if (opens_ahead_ && !spare_) opens_ahead_ = open_spare();
}

bool SshSession::open_with_login() {
  return std::exchange(opens_with_login_, false) && times_.server.starts_with("OpenSSH_") && open_spare();
}

void SshSession::forget_spare() {
  if (spare_) ssh_channel_free(std::exchange(spare_, nullptr));
}

void open_channels_ahead(Session& session) {
  if (auto* ssh = dynamic_cast<SshSession*>(&session)) ssh->open_channels_ahead();
}

}  // namespace cef::transport
