#include "reconnect.hpp"

#include "words.hpp"

#include <cef/core/text.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace cef::remote {

namespace asio = transport::asio;

asio::awaitable<void> pause(Milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> pause_between_connections(int fruitless) {
  if (fruitless == 0) co_return;
  static thread_local std::minstd_rand random{std::random_device{}()};
  const int most = std::min(4000, 250 << std::min(fruitless, 4));
  const Milliseconds time(std::uniform_int_distribution<int>(most / 2, most)(random));
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

Error not_there_again(const Error& why) {
  if (!is_unreachable(why.code)) return why;
  return {Code::transfer_interrupted,
          fmt::format("the connection was lost, and the host was not there again in time: {}", why.message), ""};
}

Error ended_early(bool begun, const std::string& noise, const transport::ExecResult& ran, std::string_view perhaps) {
  if (begun)
    return {
        Code::transfer_interrupted,
        fmt::format("the transfer was ended on the host ({}): {}",
                    ran.signal.empty() ? fmt::format("exit status {}", ran.status) : "signal " + ran.signal, perhaps),
        ""};
  const auto said = first_line(trim(std::string_view(noise)));
  return {Code::unexpected_output,
          fmt::format("the host's shell did not do what moves a file (exit status {}){}{}", ran.status,
                      said.empty() ? "" : ": ", shown(said)),
          ""};
}

}  // namespace cef::remote
