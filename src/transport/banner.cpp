#include "banner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <string>
#include <sys/socket.h>

namespace cef::transport {

namespace {

constexpr std::size_t longest_version = 255;    // RFC 4253, 4.2, with the line end
constexpr std::size_t longest_preamble = 8192;  // other lines; OpenSSH's client stops at 1024 of them
constexpr Milliseconds look_again{20};          // at a version line that came in part

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 60)) out += c >= ' ' && c != '\x7f' ? c : '.';
  return out;
}

// Greetings of other protocols that would otherwise be waited on for the whole timeout.
bool other_protocol(std::string_view line) {
  constexpr std::string_view greetings[] = {"HTTP/", "220 ", "220-", "+OK", "* OK", "RFB ", "<", "{"};
  return std::any_of(std::begin(greetings), std::end(greetings),
                     [&](std::string_view greeting) { return line.starts_with(greeting); });
}

bool binary(std::string_view line) {
  return std::any_of(line.begin(), line.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < ' ' && c != '\t' && c != '\r' && c != '\n') || byte == 0x7f;
  });
}

Judgement failed(Code code, std::string message) {
  return {Judgement::Verdict::failed, 0, Error{code, std::move(message), ""}};
}

Judgement not_ssh(std::string_view text) {
  return failed(Code::not_ssh, fmt::format("the port is not SSH: it says \"{}\"", printable(text)));
}

// Whether the other side will send no more.
bool hung_up(int fd) {
  pollfd asked{fd, POLLRDHUP, 0};
  return ::poll(&asked, 1, 0) == 1 && (asked.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

}  // namespace

Judgement judge_banner(std::string_view seen, bool closed) {
  std::size_t start = 0;
  std::string_view preamble;  // the last other line
  for (;;) {
    const std::size_t end = seen.find('\n', start);
    std::string_view line = seen.substr(start, end == std::string_view::npos ? end : end - start);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("SSH-")) {
      if (line.size() >= longest_version) return not_ssh(line);
      if (end == std::string_view::npos) break;
      if (line.starts_with("SSH-2.0-") || line.starts_with("SSH-1.99-")) return {Judgement::Verdict::ssh, start, {}};
      return failed(Code::not_ssh, fmt::format("the server speaks an old protocol only: \"{}\"", printable(line)));
    }
    if (binary(line) || other_protocol(line)) return not_ssh(line);
    if (!line.empty() && !std::string_view("SSH-").starts_with(line)) preamble = line;
    if (end == std::string_view::npos) break;
    start = end + 1;
  }
  if (seen.size() >= longest_preamble) return not_ssh(preamble);
  if (closed && preamble.empty())
    return failed(Code::throttled, "the server closed the connection before its version line");
  if (closed)
    return failed(Code::throttled, fmt::format("the server closed the connection, saying \"{}\"", printable(preamble)));
  return {};
}

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
    if (wake == Wake::expired) {
      std::string_view text = std::string_view(seen).substr(0, size);
      if (!text.empty() && !text.starts_with("SSH-")) co_return Unexpected(not_ssh(text).error);
      co_return Unexpected(Error{
          Code::banner_timeout,
          text.empty() ? "the port accepts connections but says nothing" : "the server did not finish its version line",
          ""});
    }
    if (wake == Wake::stopped) co_return Unexpected(Error{Code::interrupted, "", ""});
  }
  co_return Result<void>{};
}

}  // namespace cef::transport
