#include "arrival.hpp"
#include "pull_talk.hpp"
#include "reconnect.hpp"
#include "sftp/sftp_pull.hpp"
#include "tree/pull_tree.hpp"
#include "words.hpp"

#include <cef/remote/pull.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cef::remote {

namespace asio = transport::asio;
using transport::Clock;

namespace {

constexpr Milliseconds look_at_disk{5};

class Pulling {
 public:
  Pulling(runner::Link& link, const PullOrders& orders, Arrival& arrival)
      : link_(link), orders_(orders), arrival_(arrival) {}

  bool is_folder() const { return is_folder_; }

  asio::awaitable<Result<PushResult>> run() {
    const auto start = Clock::now();
    bool afresh = false;
    for (int fruitless = 0;;) {
      const auto session = co_await link_.session_within(std::max(orders_.stall, link_.job().connect_timeout));
      if (!session) co_return Unexpected(not_there_again(session.error()));
      PullTalk talk(arrival_, orders_, afresh);
      const auto ran = co_await connect(talk, **session);
      // Where neither speaks, the server may have a subsystem for it all the same.
      if (talk.is_sftp() || (ran && !talk.begun() && !link_.job().local && !orders_.become)) {
        auto fetched = co_await over_sftp(**session);
        if (fetched || talk.is_sftp() || fetched.error().code != Code::connection_lost) co_return fetched;
      }
      while (talk.is_settling() && Clock::now() < link_.deadline()) {
        asio::steady_timer timer(co_await asio::this_coro::executor, look_at_disk);
        co_await timer.async_wait(asio::use_awaitable);
        (void)talk.give(0, Clock::now());
      }
      result_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
      result_.bytes_total = static_cast<std::int64_t>(talk.size());
      result_.bytes_sent += static_cast<std::int64_t>(talk.taken());
      is_folder_ = talk.is_folder();
      if (talk.began_at()) result_.resumed_from = static_cast<std::int64_t>(*talk.began_at());
      if (talk.mismatched()) {
        arrival_.discard();
        if (!std::exchange(afresh, true)) continue;  // it was written to, perhaps, while it was read
      }
      if (talk.ended()) co_return finish(talk);
      if (ran) co_return Unexpected(ended_early(talk.begun(), talk.noise(), *ran, cut_off));
      if (ran.error().code != Code::connection_lost) co_return Unexpected(ran.error());
      fruitless = talk.taken() > 0 ? 0 : fruitless + 1;
      if (orders_.retries == 0 || fruitless > orders_.retries) co_return Unexpected(interrupted(talk, ran.error()));
      co_await pause_between_connections(fruitless);
      arrival_.go_on();
    }
  }

 private:
  asio::awaitable<Result<transport::ExecResult>> connect(PullTalk& talk, transport::Session& session) {
    ++result_.connections;
    auto command = link_.job().command(talk.command_line(), orders_.become);
    command.lifetime = transport::Lifetime::free;  // it ends with its input, also when the connection is lost
    command.streams.keeps_output = false;
    command.streams.source = [&talk](std::size_t most) { return talk.give(most, Clock::now()); };
    command.streams.on_output = [&talk](bool is_stderr, std::string_view bytes) {
      is_stderr ? talk.hear_error(bytes) : talk.hear(bytes, Clock::now());
    };
    command.streams.tick = [&talk] { return talk.tick(Clock::now()); };
    auto ran = co_await session.exec(std::move(command), link_.deadline());
    co_return ran;
  }

  // From the beginning, and once: without a shell nobody there can hash what is there.
  asio::awaitable<Result<PushResult>> over_sftp(transport::Session& session) {
    const auto start = Clock::now();
    if (orders_.become)
      co_return Unexpected(Error{Code::unsupported_platform, "the host offers SFTP and no shell, and so no sudo", ""});
    SftpPull talk(arrival_, orders_, arrival_.target_modified());
    transport::Command command;
    command.text = "sftp";
    command.is_subsystem = true;
    command.lifetime = transport::Lifetime::free;
    command.streams.keeps_output = false;
    command.streams.source = [&talk](std::size_t most) { return talk.give(most, Clock::now()); };
    command.streams.on_output = [&talk](bool is_stderr, std::string_view bytes) {
      if (!is_stderr) talk.hear(bytes, Clock::now());
    };
    command.streams.tick = [&talk] { return talk.tick(Clock::now()); };
    const auto ran = co_await session.exec(std::move(command), link_.deadline());
    while (talk.is_settling() && Clock::now() < link_.deadline()) {
      asio::steady_timer timer(co_await asio::this_coro::executor, look_at_disk);
      co_await timer.async_wait(asio::use_awaitable);
      (void)talk.give(0, Clock::now());
    }
    result_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    result_.bytes_total = static_cast<std::int64_t>(talk.size());
    result_.bytes_sent += static_cast<std::int64_t>(talk.taken());
    result_.equal = talk.equal();
    result_.skipped = talk.equal() ? 1 : 0;
    result_.changed = talk.changed();
    result_.unverified = "the host offers SFTP and no shell: only size and time were looked at";
    if (talk.error()) co_return Unexpected(*talk.error());
    if (talk.ended() && !talk.equal() && !orders_.check)
      if (const auto kept = arrival_.commit(talk.mode(), talk.modified()); !kept) co_return Unexpected(kept.error());
    if (orders_.check && talk.changed()) result_.would_send.add(orders_.name);
    if (talk.ended()) co_return result_;
    if (!ran) co_return Unexpected(ran.error());
    co_return Unexpected(Error{Code::connection_lost, "the host's SFTP server ended before it was done", ""});
  }

  Result<PushResult> finish(const PullTalk& talk) {
    if (talk.error()) return Unexpected(*talk.error());
    result_.equal = talk.equal();
    result_.skipped = talk.equal() ? 1 : 0;
    result_.changed = talk.changed();
    result_.sha256 = talk.sha256();
    result_.unverified = talk.unverified();
    if (orders_.check && talk.changed()) result_.would_send.add(orders_.name);
    if (talk.equal() || orders_.check) return result_;
    if (const auto kept = arrival_.commit(talk.mode(), talk.modified()); !kept) return Unexpected(kept.error());
    return result_;
  }

  Error interrupted(const PullTalk& talk, const Error& why) const {
    return {Code::transfer_interrupted,
            fmt::format("the connection was lost {} times, the last time after {} of {} bytes: {}", result_.connections,
                        talk.began_at().value_or(0) + talk.taken(), talk.size(), why.message),
            ""};
  }

  runner::Link& link_;
  const PullOrders& orders_;
  Arrival& arrival_;
  PushResult result_;
  bool is_folder_ = false;
};

asio::awaitable<Result<PushResult>> pull_file(runner::Link& link, const PullOrders& orders, bool& is_folder) {
  if (!is_file_name(orders.name))
    co_return Unexpected(Error{Code::usage, fmt::format("'{}' is no name for a file", shown(orders.name)), ""});
  const auto worker = orders.worker ? orders.worker : std::make_shared<FileWorker>();
  const auto arrival = Arrival::at(orders, *worker);
  if (!arrival) co_return Unexpected(arrival.error());
  Pulling pulling(link, orders, **arrival);
  auto pulled = co_await pulling.run();
  is_folder = pulling.is_folder();
  co_return pulled;
}

}  // namespace

bool is_file_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

asio::awaitable<Result<PushResult>> pull(runner::Link& link, const PullOrders& orders) {
  bool is_folder = false;
  co_return co_await pull_file(link, orders, is_folder);
}

asio::awaitable<Result<PushResult>> pull_any(runner::Link& link, const PullOrders& orders) {
  bool is_folder = false;
  auto file = co_await pull_file(link, orders, is_folder);
  if (!is_folder) co_return file;
  co_return co_await pull_tree(link, orders);
}

}  // namespace cef::remote
