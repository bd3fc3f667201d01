#include "agent.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace cef::transport {

namespace {

// An agent signs one request at a time, so more threads than a few would only wait for each other.
constexpr std::size_t threads = 4;
constexpr Milliseconds list_limit{3000};
// An agent that took so long for a signature when a host's time was up is no longer waited for by others.
constexpr Milliseconds hung{2000};
constexpr std::size_t longest_answer = std::size_t{256} * 1024;  // bytes, as OpenSSH's own limit

}  // namespace

// A connection to the agent, used by one thread and cut by the loop.
struct Agent::Line {
  explicit Line(std::string path_) : path(std::move(path_)) {}
  ~Line() { close_it(); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  // Ends the thread's wait, now or as soon as it begins one.
  void cut() {
    is_cut = true;
    if (fd >= 0) ::shutdown(fd, SHUT_RDWR);
  }
  void close_it() {
    const int open = fd.exchange(-1);
    if (open >= 0) ::close(open);
  }

  // On the thread. An agent whose queue is full refuses for the moment. Returns errno.
  int connect(Deadline deadline) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (path.size() >= sizeof name.sun_path) return ENAMETOOLONG;
    std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
    const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0) return errno;
    int error = 0;
    while (!is_cut) {
      error = ::connect(made, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0 ? 0 : errno;
      if (error == 0 || (error != EAGAIN && error != EINTR)) break;
      if (Clock::now() >= deadline) break;
      std::this_thread::sleep_for(Milliseconds(5));
    }
    if (error != 0 || is_cut) {
      ::close(made);
      return error != 0 ? error : ECANCELED;
    }
    fd = made;
    if (is_cut) ::shutdown(made, SHUT_RDWR);
    return 0;
  }

  const std::string path;
  std::atomic<int> fd = -1;
  std::atomic<bool> is_cut = false;
  std::atomic<bool> signing = false;
  std::atomic<Clock::time_point> since{};  // of `signing`
};

namespace {

bool wait_for(int fd, short what, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd one{fd, what, 0};
    const int said = ::poll(&one, 1, static_cast<int>(left));
    if (said > 0) return true;
    if (said < 0 && errno != EINTR) return false;
  }
}

bool receive(int fd, char* bytes, std::size_t size, Deadline deadline) {
  while (size > 0) {
    if (!wait_for(fd, POLLIN, deadline)) return false;
    const ssize_t got = ::recv(fd, bytes, size, 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return false;
    if (got < 0) continue;
    bytes += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

// Filled by a thread, read by the loop once it is done.
struct Agent::Listing {
  explicit Listing(const std::string& path) : line(path) {}
  void run();

  Line line;
  std::vector<AgentKey> keys;
  std::string why;  // there are none to be had
  bool done = false;
  std::vector<std::weak_ptr<Waiter>> waiting;
};

void Agent::Listing::run() {
  const Deadline deadline = Clock::now() + list_limit;
  const int error = line.connect(deadline);
  if (error != 0) {
    why = error == EAGAIN ? "it takes no more connections" : std::strerror(error);
    return;
  }
  const int fd = line.fd;
  const std::string request = identities_request();
  std::array<unsigned char, 4> head{};
  std::string message;
  // So few bytes always fit into a new connection.
  bool good = ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()) &&
              receive(fd, reinterpret_cast<char*>(head.data()), head.size(), deadline);
  if (good) {
    const std::size_t size =
        std::size_t{head[0]} << 24 | std::size_t{head[1]} << 16 | std::size_t{head[2]} << 8 | head[3];
    message.resize(std::min(size, longest_answer + 1));
    good = size <= longest_answer && receive(fd, message.data(), size, deadline);
  }
  line.close_it();
  if (!good) {
    why = Clock::now() >= deadline ? fmt::format("it did not answer within {} s", list_limit.count() / 1000)
                                   : "it broke off the conversation";
    return;
  }
  if (auto found = parse_identities(message))
    keys = std::move(*found);
  else
    why = "its answer is not that of an ssh-agent";
}

// SSH_AGENT_FAILURE, to a question for a signature, should there be one: libssh leaks memory when it gets nothing.
constexpr std::string_view refusal("\0\0\0\1\5", 5);

// What libssh takes for the agent, first for one that holds the offered keys, then for the user's.
class Agent::Login {
 public:
  Login(ssh_session session_, const std::string& path, const std::vector<const AgentKey*>& offered)
      : session(session_), line(std::make_shared<Line>(path)), answer(identities_answer(offered).append(refusal)) {}
  ~Login() {
    ssh_set_agent_socket(session, -1);
    hang_up();
  }
  Login(const Login&) = delete;
  Login& operator=(const Login&) = delete;

  // Gives libssh a connection on which the answer to its first question has already arrived. After that comes the end,
  // so that it can wait for nothing more.
  bool call_stand_in() {
    hang_up();
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return false;
    const bool told = ::send(pair[1], answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
                      static_cast<ssize_t>(answer.size());
    ::shutdown(pair[1], SHUT_WR);
    ssh_set_agent_socket(session, pair[0]);
    return told;
  }
  void hang_up() {
    for (int& fd : pair)
      if (const int open = std::exchange(fd, -1); open >= 0) ::close(open);
  }

  ssh_session session;
  std::shared_ptr<Line> line;
  const std::string answer;
  int pair[2] = {-1, -1};
  bool asked = false;  // the server, about the first key
};

Agent::Agent(asio::io_context& io, Stop& stop, std::string path)
    : io_(io), stop_(stop), path_(std::move(path)), workers_(io, threads) {}

Agent::~Agent() {
  if (listing_) listing_->line.cut();
  for (const auto& weak : lines_)
    if (const auto line = weak.lock()) line->cut();
}

void Agent::give_up(std::string why) {
  if (!failure_) failure_ = Error{Code::agent_unavailable, fmt::format("ssh-agent at {}: {}", path_, why), ""};
  for (const auto& weak : lines_)
    if (const auto line = weak.lock()) line->cut();
}

// Any line's: a host whose time is up may have waited for its turn all along.
bool Agent::is_hung() const {
  return std::any_of(lines_.begin(), lines_.end(), [](const auto& weak) {
    const auto line = weak.lock();
    return line && line->signing && Clock::now() - line->since.load() >= hung;
  });
}

asio::awaitable<Result<const std::vector<AgentKey>*>> Agent::keys(std::shared_ptr<Waiter> waiter) {
  if (!listing_ && path_.empty())
    failure_ = Error{Code::agent_unavailable, "there is no ssh-agent (SSH_AUTH_SOCK)", ""};
  if (failure_) co_return Unexpected(*failure_);
  if (!listing_) {
    listing_ = std::make_shared<Listing>(path_);
    workers_.start([listing = listing_] { listing->run(); },
                   [this, listing = listing_] {
                     listing->done = true;
                     if (!listing->why.empty()) give_up(listing->why);
                     for (const auto& weak : listing->waiting)
                       if (const auto waiting = weak.lock()) waiting->notify();
                   });
  }
  while (!listing_->done) {
    listing_->waiting.push_back(waiter);
    if (co_await waiter->notified() == Wake::ready) continue;
    if (waiter->state() == Wake::stopped) co_return Unexpected(stop_.error());
    co_return Unexpected(
        Error{Code::agent_unavailable, fmt::format("ssh-agent at {}: it did not answer in time", path_), ""});
  }
  if (failure_) co_return Unexpected(*failure_);
  co_return &listing_->keys;
}

std::shared_ptr<Agent::Login> Agent::begin(ssh_session session, const std::vector<const AgentKey*>& offered) {
  return std::make_shared<Login>(session, path_, offered);
}

asio::awaitable<int> Agent::step(Login& login, std::shared_ptr<Waiter> waiter) {
  if (!login.asked) {
    // This sends the question whether the first key would do. Should the answer be there at once, libssh goes on and
    // finds nobody to sign: then it is asked anew.
    for (int attempt = 0; attempt < 5; ++attempt) {
      if (!login.call_stand_in()) co_return SSH_AUTH_ERROR;
      const int said = ssh_userauth_agent(login.session, nullptr);
      login.asked = said == SSH_AUTH_AGAIN;
      if (said != SSH_AUTH_ERROR || ssh_get_fd(login.session) == -1) co_return said;
    }
    co_return SSH_AUTH_ERROR;
  }

  struct Call {
    explicit Call(asio::io_context& io) : wake(io) {}
    asio::steady_timer wake;
    int said = SSH_AUTH_ERROR;
    bool done = false;
  };
  const auto call = std::make_shared<Call>(io_);
  const auto line = login.line;
  const Deadline deadline = waiter->deadline();
  const auto place = lines_.insert(lines_.end(), line);
  const Stop::Registration on_stop(stop_, [line] { line->cut(); });
  if (stop_.requested() || failure_) line->cut();
  workers_.start(
      [call, line, session = login.session, deadline] {
        if (line->is_cut) return;
        line->since = Clock::now();
        line->signing = true;
        if (line->fd < 0 && line->connect(deadline) != 0) return;
        ssh_set_agent_socket(session, line->fd);
        call->said = ssh_userauth_agent(session, nullptr);
        line->signing = false;
      },
      [call] {
        call->done = true;
        call->wake.cancel();
      });
  Deadline until = deadline;
  while (!call->done) {
    call->wake.expires_at(until);
    boost::system::error_code ignored;
    co_await call->wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (call->done || Clock::now() < until) continue;
    // Now the thread's wait is cut, and its end is what is left to wait for.
    until = no_deadline;
    line->cut();
    if (is_hung()) give_up(fmt::format("it did not sign within {} s", hung.count() / 1000));
  }
  lines_.erase(place);
  co_return call->said;
}

}  // namespace cef::transport
