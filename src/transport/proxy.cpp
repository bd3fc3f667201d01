#include "proxy.hpp"

#include <cef/core/descriptor.hpp>
#include <cef/core/process.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace cef::transport {

namespace {

constexpr Milliseconds grace{300};              // at the end of the run
constexpr std::size_t most_remembered = 2'048;  // bytes of standard error
constexpr std::size_t longest_shown = 200;

bool has_ended(pid_t pid) {
  siginfo_t about{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &about, WEXITED | WNOHANG | WNOWAIT) != 0 || about.si_pid != 0;
}

// What it left running goes before it is forgotten: until then nobody else can have its number.
void reap(std::vector<pid_t>& graves) {
  std::erase_if(graves, [](pid_t pid) {
    if (!has_ended(pid)) return false;
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return true;
  });
}

}  // namespace

// Shared with the read under way.
struct Proxy::Errors : std::enable_shared_from_this<Proxy::Errors> {
  Errors(asio::io_context& io, int fd) : from(io, fd) {}

  // It is read to the end, for a program that cannot write waits.
  void read() {
    from.async_read_some(asio::buffer(chunk), [self = shared_from_this()](auto error, std::size_t size) {
      if (error) return;
      self->text.append(self->chunk.data(), size);
      if (self->text.size() > most_remembered) self->text.erase(0, self->text.size() - most_remembered);
      self->read();
    });
  }
  // What is there now, without waiting.
  void drain() {
    std::array<char, 1024> more;
    boost::system::error_code error;
    from.non_blocking(true, error);
    for (std::size_t size = 1; !error && size > 0;) {
      size = from.read_some(asio::buffer(more), error);
      text.append(more.data(), size);
    }
  }

  asio::posix::stream_descriptor from;
  std::array<char, 1024> chunk{};
  std::string text;
};

Proxy::Proxy(pid_t pid, int end, std::shared_ptr<Errors> errors, std::shared_ptr<Graves> graves)
    : pid_(pid), end_(end), errors_(std::move(errors)), graves_(std::move(graves)) {}

Proxy::~Proxy() {
  if (end_ >= 0) ::close(end_);
  boost::system::error_code ignored;
  errors_->from.close(ignored);
  ::kill(-pid_, SIGHUP);  // as ssh does
  graves_->push_back(pid_);
  reap(*graves_);
}

int Proxy::take_end() { return std::exchange(end_, -1); }

std::string Proxy::fate() const {
  siginfo_t about{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &about, WEXITED | WNOHANG | WNOWAIT) != 0 || about.si_pid == 0)
    return "";
  if (about.si_code == CLD_EXITED) return fmt::format("it ended with status {}", about.si_status);
  const char* name = ::sigabbrev_np(about.si_status);
  return fmt::format("it was ended by SIG{}", name ? name : "?");
}

std::string Proxy::last_words() const {
  errors_->drain();
  std::string_view rest = errors_->text;
  while (!rest.empty() && (rest.back() == '\n' || rest.back() == '\r' || rest.back() == ' ')) rest.remove_suffix(1);
  const auto line = rest.find_last_of("\r\n");
  std::string last(line == std::string_view::npos ? rest : rest.substr(line + 1));
  last.resize(std::min(last.size(), longest_shown));
  std::replace_if(
      last.begin(), last.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, '.');
  return last;
}

Proxies::~Proxies() {
  const auto until = Clock::now() + grace;
  for (reap(*graves_); !graves_->empty() && Clock::now() < until; reap(*graves_))
    std::this_thread::sleep_for(Milliseconds(5));
  for (const pid_t pid : *graves_) {
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
}

Result<std::unique_ptr<Proxy>> Proxies::start(const std::string& command) {
  reap(*graves_);
  int ends[2] = {-1, -1};
  Pipe errors;
  if (errors.error != 0 || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return Unexpected(Error{Code::io_failed, "no file descriptors left on this machine",
                            "raise the limit (ulimit -n) or lower --forks"});
  Descriptor ours(ends[0]);
  const Descriptor its(ends[1]);
  const char* chosen = std::getenv("SHELL");
  const std::string shell = chosen && *chosen ? chosen : "/bin/sh";
  const auto pid = spawn({.command = {shell, "-c", "exec " + command},
                          .in = its.get(),
                          .out = its.get(),
                          .err = errors.write_end.get(),
                          .group = Spawn::Group::session});
  if (!pid)
    return Unexpected(
        Error{Code::jump_failed, fmt::format("ProxyCommand: cannot start {}: {}", shell, pid.error().message), ""});
  auto heard = std::make_shared<Proxy::Errors>(io_, errors.read_end.release());
  heard->read();
  return std::unique_ptr<Proxy>(new Proxy(*pid, ours.release(), std::move(heard), graves_));
}

}  // namespace cef::transport
