#include "bad_server.hpp"

#include "child.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cef::testing {

namespace {

constexpr std::string_view banner = "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n";
constexpr Milliseconds drip_pause{300};

void close_with_reset(int fd) {
  const linger now{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(fd);
}

sockaddr_in socket_name(const std::string& address, std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  if (inet_pton(AF_INET, address.c_str(), &name.sin_addr) != 1) throw std::runtime_error("bad address " + address);
  return name;
}

int bound_socket(const std::string& address, std::uint16_t& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto name = socket_name(address, port);
  socklen_t size = sizeof name;
  if (bind(fd, reinterpret_cast<sockaddr*>(&name), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    close(fd);
    throw std::runtime_error("cannot bind to " + address);
  }
  port = ntohs(name.sin_port);
  return fd;
}

// Banner and SSH_MSG_KEXINIT with what OpenSSH offers. Source: RFC 4253, 6 and 7.1.
std::string banner_and_kexinit() {
  std::string payload(1, '\x14');
  payload.append(16, '\x5a');
  for (const std::string_view names :
       {"curve25519-sha256", "ssh-ed25519", "aes128-gcm@openssh.com", "aes128-gcm@openssh.com", "hmac-sha2-256",
        "hmac-sha2-256", "none", "none", "", ""}) {
    const std::uint32_t size = htonl(static_cast<std::uint32_t>(names.size()));
    payload.append(reinterpret_cast<const char*>(&size), sizeof size).append(names);
  }
  payload.append(5, '\0');
  std::size_t padding = 8 - (payload.size() + 5) % 8;
  if (padding < 4) padding += 8;
  const std::uint32_t length = htonl(static_cast<std::uint32_t>(payload.size() + padding + 1));
  std::string packet(reinterpret_cast<const char*>(&length), sizeof length);
  packet += static_cast<char>(padding);
  packet += payload;
  packet.append(padding, '\0');
  return std::string(banner) + packet;
}

// What the fault sends first.
std::string opening(Fault fault) {
  switch (fault) {
    case Fault::garbage: {
      std::string bytes;
      for (unsigned i = 1; i <= 4096; ++i) bytes += static_cast<char>(i * 2654435761U >> 13);
      return bytes;
    }
    case Fault::http:
      return "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html></html>\r\n";
    case Fault::not_allowed:
      return "Not allowed at this time\r\n";
    case Fault::max_startups:
      return "Exceeded MaxStartups\r\n";
    case Fault::mute_after_banner:
      return std::string(banner);
    case Fault::endless_banner:
      return "SSH-2.0-";
    case Fault::old:
      return "SSH-1.5-OpenSSH_1.2.27\r\n";
    case Fault::kex_closes:
    case Fault::kex_resets:
      return banner_and_kexinit();
    default:
      return "";
  }
}

}  // namespace

struct BadServer::Listener {
  int fd = -1;
  Fault fault{};
  std::vector<int> fillers;  // connections that keep the backlog of a silent listener full

  ~Listener() {
    for (const int filler : fillers) close(filler);
    close(fd);
  }
};

struct BadServer::Connection {
  int fd;
  Fault fault;
  Clock::time_point next = Clock::now();
  std::size_t dripped = 0;

  bool floods() const { return fault == Fault::endless_banner || fault == Fault::endless_lines; }

  void say(std::string_view text) const {
    [[maybe_unused]] const auto sent = send(fd, text.data(), text.size(), MSG_NOSIGNAL);
  }

  // Returns whether the connection stays.
  bool begin() {
    if (fault == Fault::resets) return end();
    if (fault == Fault::closes) shutdown(fd, SHUT_WR);  // close() would reset, were there input unread
    say(opening(fault));
    if (fault == Fault::not_allowed || fault == Fault::max_startups || fault == Fault::http || fault == Fault::old) {
      return end();
    }
    return true;
  }

  bool on_input() {
    char buffer[4096];
    const auto got = recv(fd, buffer, sizeof buffer, 0);
    if (got <= 0) return end();
    // The client's KEXINIT (message 20) follows its banner, in the same segment or the next one.
    const std::string_view seen(buffer, static_cast<std::size_t>(got));
    const bool kex_begun = seen.find("curve25519") != std::string_view::npos;
    if (kex_begun && (fault == Fault::kex_closes || fault == Fault::kex_resets)) return end();
    return true;
  }

  void on_room() const {
    std::string text;
    while (text.size() < 4096)
      text += fault == Fault::endless_lines ? "this host is not for you\r\n" : "AAAAAAAAAAAAAAAA";
    say(text);
  }

  void on_time() {
    if (fault != Fault::drip || dripped == banner.size() || Clock::now() < next) return;
    say(banner.substr(dripped++, 1));
    next = Clock::now() + drip_pause;
  }

  bool end() {
    if (fault == Fault::resets || fault == Fault::kex_resets) {
      close_with_reset(fd);
    } else {
      close(fd);
    }
    return false;
  }
};

std::string_view name_of(Fault fault) {
  constexpr std::string_view names[] = {"mute",       "garbage",        "http",          "closes",
                                        "resets",     "not_allowed",    "max_startups",  "mute_after_banner",
                                        "drip",       "endless_banner", "endless_lines", "old",
                                        "kex_closes", "kex_resets",     "silent"};
  return names[static_cast<std::size_t>(fault)];
}

BadServer::BadServer() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), thread_([this] { serve(); }) {}

BadServer::~BadServer() {
  stop_ = true;
  eventfd_write(wake_, 1);
  thread_.join();
  listeners_.clear();
  close(wake_);
}

std::uint16_t BadServer::listen(Fault fault, const std::string& address, std::uint16_t port) {
  auto listener = std::make_unique<Listener>();
  listener->fault = fault;
  listener->fd = bound_socket(address, port);
  ::listen(listener->fd, fault == Fault::silent ? 0 : 1024);
  if (fault == Fault::silent) {
    // A backlog of 0 holds one connection; the kernel drops every attempt after that.
    const auto name = socket_name(address, port);
    for (int i = 0; i < 3; ++i) {
      const int filler = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      connect(filler, reinterpret_cast<const sockaddr*>(&name), sizeof name);
      listener->fillers.push_back(filler);
    }
  }
  const std::lock_guard lock(mutex_);
  listeners_.push_back(std::move(listener));
  eventfd_write(wake_, 1);
  return port;
}

void BadServer::serve() {
  std::vector<Connection> connections;
  while (!stop_) {
    std::vector<pollfd> fds{{wake_, POLLIN, 0}};
    std::vector<Listener*> listeners;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& listener : listeners_) {
        if (listener->fault != Fault::silent) listeners.push_back(listener.get());
      }
    }
    for (const auto* listener : listeners) fds.push_back({listener->fd, POLLIN, 0});
    bool drips = false;
    for (const auto& connection : connections) {
      fds.push_back({connection.fd, static_cast<short>(connection.floods() ? POLLIN | POLLOUT : POLLIN), 0});
      drips = drips || connection.fault == Fault::drip;
    }
    ::poll(fds.data(), fds.size(), drips ? 20 : 1000);

    eventfd_t ignored{};
    eventfd_read(wake_, &ignored);
    std::size_t at = 1 + listeners.size();
    std::erase_if(connections, [&](Connection& connection) {
      const auto events = fds[at++].revents;
      connection.on_time();
      if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) return !connection.on_input();
      if ((events & POLLOUT) != 0) connection.on_room();
      return false;
    });
    for (std::size_t i = 0; i < listeners.size(); ++i) {
      if (fds[1 + i].revents == 0) continue;
      int fd = -1;
      while ((fd = accept4(listeners[i]->fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        ++accepted_;
        Connection connection{fd, listeners[i]->fault};
        if (connection.begin()) connections.push_back(connection);
      }
    }
  }
  for (auto& connection : connections) connection.end();
}

RefusedPort::RefusedPort(const std::string& address) : fd_(bound_socket(address, port_)) {}

RefusedPort::~RefusedPort() { close(fd_); }

}  // namespace cef::testing
