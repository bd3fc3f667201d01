#include "dial.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <utility>

namespace cef::transport {

using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr Milliseconds head_start{250};  // RFC 8305, 5: connection attempt delay

void set(int fd, int level, int option, int value) { ::setsockopt(fd, level, option, &value, sizeof value); }

using From = std::optional<asio::ip::address>;

error_code open(Socket& socket, const tcp::endpoint& endpoint, const From& from) {
  error_code error;
  socket.open(endpoint.protocol(), error);
  if (!error && from) socket.bind(tcp::endpoint(*from, 0), error);
  if (error) return error;
  const int fd = socket.native_handle();
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 15);  // seconds
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);  // milliseconds
  return {};
}

Error explain(error_code error, const tcp::endpoint& endpoint) {
  const std::string where = fmt::format("{} port {}", endpoint.address().to_string(), endpoint.port());
  if (error == asio::error::connection_refused)
    return {Code::connect_refused, fmt::format("{} refused the connection", where), ""};
  if (error == asio::error::timed_out) return {Code::connect_timeout, fmt::format("{} did not answer", where), ""};
  if (error == asio::error::connection_reset)
    return {Code::connection_reset, fmt::format("{} reset the connection", where), ""};
  if (error == asio::error::no_descriptors)
    return {Code::io_failed, "no file descriptors left on this machine",
            "raise the limit (ulimit -n) or lower --forks"};
  if (error == boost::system::errc::address_not_available)
    return {Code::network_unreachable,
            fmt::format("{} cannot be reached: the address to connect from is not this machine's", where),
            "look at BindAddress in ssh's configuration"};
  return {Code::network_unreachable, fmt::format("{} cannot be reached: {}", where, error.message()), ""};
}

Error too_late(const tcp::endpoint& endpoint) { return explain(asio::error::timed_out, endpoint); }

asio::awaitable<Result<void>> dial_one(std::shared_ptr<Waiter> waiter, tcp::endpoint endpoint, From from) {
  error_code error = open(waiter->socket(), endpoint, from);
  if (error) co_return Unexpected(explain(error, endpoint));
  const Wake wake = co_await waiter->connected(endpoint, error);
  if (wake == Wake::expired) co_return Unexpected(too_late(endpoint));
  if (error) co_return Unexpected(explain(error, endpoint));
  co_return Result<void>{};
}

// One address of several. Shared with its handler, which may come after the race is over.
struct Attempt {
  Socket socket;
  tcp::endpoint endpoint;
  std::optional<error_code> outcome;
};

// The attempts, which are given up with the race: a dead address would hold its socket for minutes.
struct Race {
  From from;
  std::vector<std::shared_ptr<Attempt>> attempts;

  explicit Race(From from_) : from(std::move(from_)) {}
  ~Race() {
    error_code ignored;
    for (const auto& attempt : attempts) attempt->socket.close(ignored);
  }
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;

  void start(const std::shared_ptr<Waiter>& waiter, const tcp::endpoint& endpoint) {
    auto attempt = std::make_shared<Attempt>(Attempt{Socket(waiter->socket().get_executor()), endpoint, {}});
    attempts.push_back(attempt);
    if (const error_code error = open(attempt->socket, endpoint, from)) {
      attempt->outcome = error;
      waiter->notify();
      return;
    }
    attempt->socket.async_connect(endpoint, [attempt, weak = std::weak_ptr(waiter)](error_code error) {
      if (error == asio::error::operation_aborted) return;
      attempt->outcome = error;
      if (const auto alive = weak.lock()) alive->notify();
    });
  }
};

}  // namespace

asio::awaitable<Result<void>> dial(std::shared_ptr<Waiter> waiter, Addresses addresses, std::uint16_t port, From from) {
  if (addresses.size() == 1) co_return co_await dial_one(waiter, tcp::endpoint(addresses.front(), port), from);

  Race race(std::move(from));
  std::optional<Error> first_failure;
  std::size_t failures = 0;
  while (failures < addresses.size()) {
    if (race.attempts.size() < addresses.size())
      race.start(waiter, tcp::endpoint(addresses[race.attempts.size()], port));
    const bool all_started = race.attempts.size() == addresses.size();
    const Wake wake = co_await waiter->pause_until(all_started ? no_deadline : Clock::now() + head_start);
    if (wake != Wake::ready) co_return Unexpected(too_late(race.attempts.front()->endpoint));
    failures = 0;
    for (const auto& attempt : race.attempts) {
      if (!attempt->outcome) continue;
      if (!*attempt->outcome) {
        waiter->socket() = std::move(attempt->socket);
        co_return Result<void>{};
      }
      ++failures;
      if (!first_failure) first_failure = explain(*attempt->outcome, attempt->endpoint);
    }
  }
  co_return Unexpected(first_failure ? *first_failure : Error{Code::name_unknown, "the name has no address", ""});
}

}  // namespace cef::transport
