#include "server.hpp"

#include "connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace cef::simulator {

namespace {

constexpr int backlog = 4096;  // the kernel caps it at net.core.somaxconn
constexpr in_addr_t loopback = 0x7f000000, loopback_mask = 0xff000000;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

void add(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll");
}

}  // namespace

Server::Server(Options options) : rules_(std::move(options.rules)) {
  ssh_init();
  own_ = bind_with(options.host_key, &key_);
  other_ = bind_with(options.other_host_key, nullptr);
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  listen(options.port);
}

Server::~Server() {
  connections_.clear();
  ::close(listener_);
  ::close(epoll_);
}

Server::BindHandle Server::bind_with(const std::string& key_file, std::string* known) {
  ssh_key key = nullptr;
  if (key_file.empty() ? ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK
                       : ssh_pki_import_privkey_file(key_file.c_str(), nullptr, nullptr, nullptr, &key) != SSH_OK)
    throw std::runtime_error(fmt::format("host key {}: cannot be read", key_file));
  if (known) {
    char* text = nullptr;
    ssh_pki_export_pubkey_base64(key, &text);
    *known = fmt::format("{} {}", ssh_key_type_to_char(ssh_key_type(key)), text ? text : "");
    ssh_string_free_char(text);
  }
  BindHandle bind(ssh_bind_new());
  const bool no = false;
  ssh_bind_options_set(bind.get(), SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
  if (ssh_bind_options_set(bind.get(), SSH_BIND_OPTIONS_IMPORT_KEY, key) != 0)
    throw std::runtime_error(fmt::format("host key {}: {}", key_file, ssh_get_error(bind.get())));
  return bind;  // which owns the key now
}

void Server::listen(std::uint16_t port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(listener_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // connections inherit it
  ::setsockopt(listener_, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);      // not all kernels let a user: see accept_all
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  socklen_t size = sizeof name;
  auto* address = reinterpret_cast<sockaddr*>(&name);
  if (::bind(listener_, address, size) != 0 || ::listen(listener_, backlog) != 0 ||
      ::getsockname(listener_, address, &size) != 0)
    fail(fmt::format("port {}", port));
  port_ = ntohs(name.sin_port);
  add(epoll_, listener_);
}

std::string Server::known_hosts() const { return fmt::format("[127.*]:{} {}\n", port_, key_); }

void Server::run(int ended_by) {
  add(epoll_, ended_by);
  std::vector<epoll_event> events(512);
  for (;;) {
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), run_timers());
    bool knock = false;
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == ended_by) return;
      if (fd == listener_)
        knock = true;
      else
        serve(fd);
    }
    // Only now may descriptors be used again: events of this round mean the old ones.
    gone_.clear();
    if (knock) accept_all();
  }
}

void Server::accept_all() {
  for (int round = 0; round < 64; ++round) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    sockaddr_in here{};
    socklen_t size = sizeof here;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&here), &size);
    if ((ntohl(here.sin_addr.s_addr) & loopback_mask) != loopback) {  // this serves whoever asks: only this machine
      ::close(fd);
      continue;
    }
    ++counters_.connections;
    counters_.most_open = std::max(counters_.most_open, ++counters_.open);
    const auto connection = std::make_shared<Connection>(*this, fd, rules_.of(here.sin_addr));
    connections_[fd] = connection;
    add(epoll_, fd);
    perform({connection, [](Connection& self) { self.start(); }});
  }
}

void Server::serve(int fd) {
  const auto place = connections_.find(fd);
  if (place != connections_.end()) perform({place->second, [](Connection& self) { self.ready(); }});
}

void Server::perform(const Call& call) {
  const auto connection = call.connection.lock();
  if (!connection || connection->over()) return;
  const int fd = connection->fd();
  const bool had_more = connection->has_more();
  call.call(*connection);
  if (connection->over()) {
    --counters_.open;
    connections_.erase(fd);
    gone_.push_back(connection);
  } else if (connection->has_more() != had_more) {
    epoll_event event{};
    event.events = had_more ? EPOLLIN : EPOLLIN | EPOLLOUT;
    event.data.fd = fd;
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
  }
}

void Server::after(Milliseconds delay, std::weak_ptr<Connection> connection, std::function<void(Connection&)> call) {
  timers_.emplace(Clock::now() + delay, Call{std::move(connection), std::move(call)});
}

void Server::wait_for_others(std::size_t size, std::weak_ptr<Connection> connection,
                             std::function<void(Connection&)> call) {
  auto& waiting = barriers_[size];
  std::erase_if(waiting, [](const Call& other) { return other.connection.expired(); });
  waiting.push_back({std::move(connection), std::move(call)});
  if (waiting.size() < size) return;
  // By the timer, because this call comes from within one of theirs.
  for (Call& other : std::exchange(waiting, {})) timers_.emplace(Clock::now(), std::move(other));
}

int Server::run_timers() {
  while (!timers_.empty() && timers_.begin()->first <= Clock::now()) {
    const Call call = std::move(timers_.extract(timers_.begin()).mapped());
    perform(call);
  }
  gone_.clear();
  if (timers_.empty()) return -1;
  const auto left = std::chrono::ceil<Milliseconds>(timers_.begin()->first - Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

}  // namespace cef::simulator
