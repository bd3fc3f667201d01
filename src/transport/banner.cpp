#include "banner.hpp"

#include <cerrno>
#include <poll.h>
#include <string>
#include <sys/socket.h>

namespace cef::transport {

namespace {

constexpr Milliseconds look_again{20};  // at a version line that came in part

// Whether the other side will send no more.
bool hung_up(int fd) {
  pollfd asked{fd, POLLRDHUP, 0};
  return ::poll(&asked, 1, 0) == 1 && (asked.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

}  // namespace

asio::awaitable<Result<void>> await_banner(std::shared_ptr<Waiter> waiter, ssh_session session) {
  const int fd = waiter->socket().native_handle();
  std::string seen(longest_preamble, '\0');
  std::size_t before = 0;
  const auto low_mark = [fd](std::size_t bytes) {
    const int value = static_cast<int>(bytes);
    ::setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &value, sizeof value);
  };
  while (!ssh_get_serverbanner(session)) {
    const ssize_t got = ::recv(fd, seen.data(), seen.size(), MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
      co_return Unexpected(Error{Code::throttled, "the server reset the connection before its version line", ""});
    const std::size_t size = got < 0 ? 0 : static_cast<std::size_t>(got);
    const bool closed = got == 0 || (got > 0 && hung_up(fd));
    const Judgement judgement = judge_banner(std::string_view(seen).substr(0, size), closed);
    if (judgement.verdict != Judgement::Verdict::more) {
      if (before > 0) low_mark(1);
      if (judgement.verdict == Judgement::Verdict::failed) co_return Unexpected(judgement.error);
      if (judgement.skip > 0) (void)::recv(fd, seen.data(), judgement.skip, MSG_DONTWAIT);
      co_return Result<void>{};
    }
    before = size;
    // Peeked bytes stay unread: wake up only for more. A socket pair knows no such mark, so there it is a look now and
    // then.
    const bool partly = size > 0;
    if (partly) low_mark(size + 1);
    const auto next_look = Clock::now() + look_again;
    Wake wake = Wake::ready;
    if (partly && waiter->is_pair())
      wake = co_await waiter->pause_until(next_look);
    else
      wake = co_await waiter->socket_ready(false);
    if (wake == Wake::expired) co_return Unexpected(judge_silence(std::string_view(seen).substr(0, size)));
    if (wake == Wake::stopped) co_return Unexpected(Error{Code::interrupted, "", ""});
  }
  co_return Result<void>{};
}

}  // namespace cef::transport
