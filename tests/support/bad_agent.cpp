#include "bad_agent.hpp"

#include <cstring>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace cef::testing {

namespace {

sockaddr_un name_of(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strncpy(name.sun_path, path.c_str(), sizeof name.sun_path - 1);
  return name;
}

constexpr char list_request[] = {0, 0, 0, 1, 11};

}  // namespace

BadAgent::BadAgent(std::string keys_of)
    : keys_of_(std::move(keys_of)), listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const auto name = name_of(socket());
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 || ::listen(listener_, 128) != 0)
    throw std::runtime_error("cannot listen on " + socket());
  thread_ = std::thread([this] { serve(); });
}

BadAgent::~BadAgent() {
  stop_ = true;
  thread_.join();
  ::close(listener_);
}

void BadAgent::serve() {
  std::vector<pollfd> fds{{listener_, POLLIN, 0}};
  while (!stop_) {
    if (::poll(fds.data(), fds.size(), 50) <= 0) continue;
    for (std::size_t i = 1; i < fds.size(); ++i) {
      if (fds[i].revents == 0) continue;
      answer(fds[i].fd);
      fds[i].events = 0;  // one question each
    }
    if (fds[0].revents != 0) fds.push_back({::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC), POLLIN, 0});
  }
  for (std::size_t i = 1; i < fds.size(); ++i) ::close(fds[i].fd);
}

void BadAgent::answer(int fd) {
  char question[5];
  if (keys_of_.empty() || ::recv(fd, question, sizeof question, 0) != 5 ||
      std::memcmp(question, list_request, sizeof question) != 0)
    return;
  const int real = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto name = name_of(keys_of_);
  char reply[16384];
  if (::connect(real, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0 &&
      ::send(real, list_request, sizeof list_request, MSG_NOSIGNAL) == 5) {
    // The length, then as much.
    std::size_t got = 0, size = 4;
    while (got < size) {
      const ssize_t more = ::recv(real, reply + got, sizeof reply - got, 0);
      if (more <= 0) break;
      got += static_cast<std::size_t>(more);
      if (got >= 4)
        size = 4 + (static_cast<std::size_t>(static_cast<unsigned char>(reply[2])) << 8) +
               static_cast<unsigned char>(reply[3]);
    }
    (void)!::send(fd, reply, got, MSG_NOSIGNAL);
  }
  ::close(real);
}

}  // namespace cef::testing
