#include "push_talk.hpp"
#include "reconnect.hpp"
#include "sftp/sftp_push.hpp"

#include <cef/remote/push.hpp>
#include <cef/transport/near.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

namespace cef::remote {

namespace asio = transport::asio;
using transport::Clock;

namespace {

constexpr std::size_t most_output = std::size_t{1} << 20;

class Pushing {
 public:
  Pushing(runner::Link& link, const Source& source, const PushOrders& orders)
      : link_(link), source_(source), orders_(orders) {
    result_.bytes_total = static_cast<std::int64_t>(source.size());
  }

  asio::awaitable<Result<PushResult>> run() {
    const auto start = Clock::now();
    bool afresh = false;
    for (int fruitless = 0;;) {
      const auto session = co_await link_.session_within(std::max(orders_.stall, link_.job().connect_timeout));
      if (!session) co_return Unexpected(not_there_again(session.error()));
      PushTalk talk(source_, orders_, afresh);
      const auto ran = co_await connect(talk, **session);
      // Where neither speaks, the server may have a subsystem for it all the same.
      if (talk.is_sftp() || (ran && !talk.begun() && !link_.job().local && !orders_.become)) {
        auto sent = co_await over_sftp(**session);
        if (sent || talk.is_sftp() || sent.error().code != Code::connection_lost) co_return sent;
      }
      note(talk, ran.has_value());
      result_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
      if (talk.mismatched() && !std::exchange(afresh, true)) continue;  // a host's memory, or who altered the part
      if (talk.ended() && talk.error()) co_return Unexpected(*talk.error());
      if (talk.ended()) co_return result_;
      if (ran) co_return Unexpected(ended_early(talk.begun(), talk.noise(), *ran, ended_there));
      if (ran.error().code != Code::connection_lost) co_return Unexpected(ran.error());
      // What was handed over may have been lost on the way: the host's word counts, at the next connection.
      const std::int64_t at = talk.began_at() ? static_cast<std::int64_t>(*talk.began_at()) : -1;
      fruitless = at > most_there_ ? 0 : fruitless + 1;
      most_there_ = std::max(most_there_, at);
      if (orders_.retries == 0 || fruitless > orders_.retries) co_return Unexpected(interrupted(ran.error()));
      co_await pause_between_connections(fruitless);
    }
  }

 private:
  asio::awaitable<Result<transport::ExecResult>> connect(PushTalk& talk, transport::Session& session) {
    ++result_.connections;
    auto command = link_.job().command(talk.command_line(transport::is_near(session.times())), orders_.become);
    command.lifetime = transport::Lifetime::free;  // it ends with its input, also when the connection is lost
    command.streams.keeps_output = false;
    command.streams.limits_output = true;
    command.streams.output_limit = most_output;
    command.streams.source = [&talk](std::size_t most) { return talk.give(most, Clock::now()); };
    command.streams.on_output = [&talk](bool is_stderr, std::string_view bytes) {
      is_stderr ? talk.hear_error(bytes) : talk.hear(bytes);
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
    if (!orders_.owner.empty() || !orders_.group.empty())
      co_return Unexpected(Error{Code::unsupported_platform,
                                 "the host offers SFTP and no shell: names of owners mean nothing to it", ""});
    SftpPush talk(source_, orders_);
    transport::Command command;
    command.text = "sftp";
    command.is_subsystem = true;
    command.lifetime = transport::Lifetime::free;
    command.streams.keeps_output = false;
    command.streams.source = [&talk](std::size_t most) { return talk.give(most, Clock::now()); };
    command.streams.on_output = [&talk](bool is_stderr, std::string_view bytes) {
      if (!is_stderr) talk.hear(bytes);
    };
    command.streams.tick = [&talk] { return talk.tick(Clock::now()); };
    const auto ran = co_await session.exec(std::move(command), link_.deadline());
    result_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    result_.equal = talk.equal();
    result_.skipped = talk.equal() ? 1 : 0;
    result_.changed = talk.changed();
    result_.bytes_sent = talk.sent();
    result_.unverified = "the host offers SFTP and no shell: only size and time were looked at";
    if (talk.error()) co_return Unexpected(*talk.error());
    if (talk.ended()) co_return result_;
    if (!ran) co_return Unexpected(ran.error());
    co_return Unexpected(Error{Code::connection_lost, "the host's SFTP server ended before it was done", ""});
  }

  // How much has come through, a host tells at the next connection: there sending begins where it has stopped.
  void note(const PushTalk& talk, bool ended_well) {
    if (talk.equal()) {
      result_.equal = true;
      result_.skipped = 1;
      if (const auto hash = source_.sha256()) result_.sha256 = *hash;
    }
    result_.changed = result_.changed || talk.changed();
    result_.unverified = talk.unverified();
    result_.path = talk.path();
    if (!talk.began_at()) return;
    const std::size_t began = *talk.began_at();
    if (last_) {
      const auto& [before, handed] = *last_;
      result_.bytes_sent += static_cast<std::int64_t>(began >= before ? std::min(began - before, handed) : handed);
      result_.resumed_from = static_cast<std::int64_t>(began);
    } else {
      result_.resumed_from = static_cast<std::int64_t>(began);
    }
    last_ = {began, talk.handed()};
    if (!ended_well || !talk.ended()) return;
    result_.bytes_sent += static_cast<std::int64_t>(talk.handed());
    last_.reset();
    if (orders_.verify)
      if (const auto hash = source_.sha256()) result_.sha256 = *hash;
  }

  Error interrupted(const Error& why) const {
    const std::size_t at = last_ ? last_->first + last_->second : 0;
    return {Code::transfer_interrupted,
            fmt::format("the connection was lost {} times, the last time after {} of {} bytes: {}", result_.connections,
                        at, source_.size(), why.message),
            ""};
  }

  runner::Link& link_;
  const Source& source_;
  const PushOrders& orders_;
  PushResult result_;
  std::int64_t most_there_ = -1;                             // where a connection began
  std::optional<std::pair<std::size_t, std::size_t>> last_;  // where a connection's sending began, and how much it gave
};

bool is_account(std::string_view text) {
  const auto fits = [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c == '$' || c == '@';
  };
  return !text.starts_with('-') && std::ranges::all_of(text, fits);
}

}  // namespace

asio::awaitable<Result<PushResult>> push(runner::Link& link, const Source& source, const PushOrders& orders) {
  if (!is_account(orders.owner) || !is_account(orders.group))
    co_return Unexpected(Error{
        Code::usage,
        fmt::format("'{}' is no name of a user or group", is_account(orders.owner) ? orders.group : orders.owner), ""});
  Pushing pushing(link, source, orders);
  co_return co_await pushing.run();
}

}  // namespace cef::remote
