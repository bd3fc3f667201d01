#include "reconnect.hpp"
#include "relay_script.hpp"
#include "relay_talk.hpp"

#include <cef/remote/relay.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace cef::remote {

namespace asio = runner::asio;
using transport::Clock;

namespace {

constexpr int most_failures = 2;
constexpr Milliseconds between_looks{50};
constexpr Milliseconds key_valid{1'800'000};
constexpr std::size_t most_output = std::size_t{1} << 20;

// What was taken is given back, however the work ends.
class Taken {
 public:
  Taken(Relay::Group& group, Relay::Source* neighbour) : group_(group), neighbour_(neighbour) {}
  ~Taken() { give_back(false); }
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;
  void give_back(bool has_served) {
    if (std::exchange(given_back_, true)) return;
    if (neighbour_)
      group_.give_back(*neighbour_, has_served);
    else
      group_.give_back_direct();
  }

 private:
  Relay::Group& group_;
  Relay::Source* neighbour_;
  bool given_back_ = false;
};

class Relaying {
 public:
  Relaying(runner::Link& link, const Source& source, const PushOrders& orders, Relay& relay, std::string file)
      : link_(link),
        source_(source),
        orders_(orders),
        relay_(relay),
        group_(relay.group(link.job().site, file)),
        coming_(relay, link.job().site) {}

  asio::awaitable<Result<PushResult>> run() {
    PushOrders looking = orders_;
    looking.check = true;
    auto looked = co_await push(link_, source_, looking);
    if (!looked) co_return looked;
    if (looked->equal) {
      if (looked->changed) looked = co_await push(link_, source_, orders_);
      if (looked) has_it(*looked);
      co_return looked;
    }
    Relay::Source* neighbour = nullptr;
    for (Relay::Turn turn = group_.take(neighbour); turn == Relay::Turn::wait; turn = group_.take(neighbour)) {
      link_.note("waits for a neighbour");
      const auto waited = co_await link_.wait(pause(between_looks));
      if (!waited) co_return Unexpected(waited.error());
    }
    Taken taken(group_, neighbour);
    std::string via;
    if (neighbour) {
      const auto why = co_await fetch(*neighbour);
      if (why)
        relay_.refused({link_.job().host, neighbour->host, *why});
      else
        via = neighbour->host;
      taken.give_back(!why);
    }
    // What came of the neighbour is in the part file: it is verified and put in place as any other.
    auto pushed = co_await push(link_, source_, orders_);
    if (pushed && !via.empty() && pushed->bytes_sent < pushed->bytes_total) pushed->via = via;
    if (pushed) has_it(*pushed);
    co_return pushed;
  }

 private:
  void has_it(const PushResult& result) {
    if (result.path.empty()) return;
    Relay::Source source;
    source.host = link_.job().host;
    source.target = link_.job().target;
    source.path = result.path;
    source.become = orders_.become;
    group_.add(std::move(source));
  }

  // Nothing, or why it did not come.
  asio::awaitable<std::optional<std::string>> fetch(const Relay::Source& neighbour) {
    link_.note(fmt::format("from {}", neighbour.host));
    const auto theirs = co_await link_.another(neighbour.target);
    if (!theirs) co_return theirs.error().message;
    const auto key = (*theirs)->host_key();
    if (!key) co_return key.error().message;
    const auto mine = co_await link_.session_within(std::max(orders_.stall, link_.job().connect_timeout));
    if (!mine) co_return mine.error().message;
    RelayTalk talk(source_.size(), orders_.stall, *key, orders_.progress);
    auto fetching = fetch_by(talk, **mine);
    auto serving = serve_by(talk, **theirs, neighbour);
    using namespace asio::experimental::awaitable_operators;
    co_await (std::move(fetching) && std::move(serving));
    if (talk.has_all()) co_return std::nullopt;
    co_return talk.why();
  }

  asio::awaitable<void> fetch_by(RelayTalk& talk, transport::Session& session) {
    const std::string name = orders_.name.empty() ? source_.name() : orders_.name;
    auto command = link_.job().command(relay_fetch_line(orders_, name, source_.size()), orders_.become);
    fill(command);
    command.streams.source = [&talk](std::size_t most) { return talk.give_fetching(most); };
    command.streams.on_output = [&talk](bool is_stderr, std::string_view bytes) {
      if (!is_stderr) talk.hear_fetching(bytes);
    };
    command.streams.tick = [&talk] { return talk.tick(Clock::now()); };
    (void)co_await session.exec(std::move(command), link_.deadline());
    talk.end_fetching();
  }

  asio::awaitable<void> serve_by(RelayTalk& talk, transport::Session& session, const Relay::Source& neighbour) {
    transport::Command command;
    command.text = relay_serve_line(neighbour.path, neighbour.become.value_or(""), key_valid);
    fill(command);
    command.streams.source = [&talk](std::size_t most) { return talk.give_serving(most); };
    command.streams.on_output = [&talk](bool is_stderr, std::string_view bytes) {
      if (!is_stderr) talk.hear_serving(bytes);
    };
    command.streams.tick = [&talk] { return talk.tick(Clock::now()); };
    (void)co_await session.exec(std::move(command), link_.deadline());
    talk.end_serving();
  }

  static void fill(transport::Command& command) {
    command.lifetime = transport::Lifetime::free;  // it ends with its input, also when the connection is lost
    command.streams.keeps_output = false;
    command.streams.limits_output = true;
    command.streams.output_limit = most_output;
  }

  runner::Link& link_;
  const Source& source_;
  const PushOrders& orders_;
  Relay& relay_;
  Relay::Group& group_;
  Relay::Coming coming_;
};

}  // namespace

Relay::Turn Relay::Group::take(Source*& source) {
  source = nullptr;
  bool any = false;
  for (Source& each : sources_) {
    if (each.failures >= most_failures) continue;
    any = true;
    if (each.serves) continue;
    each.serves = true;
    source = &each;
    return Turn::neighbour;
  }
  if (any || direct_ > 0) return Turn::wait;
  ++direct_;
  return Turn::direct;
}

void Relay::Group::give_back(Source& source, bool has_served) {
  source.serves = false;
  if (!has_served) ++source.failures;
}

asio::awaitable<Result<PushResult>> push(runner::Link& link, const Source& source, const PushOrders& orders,
                                         Relay& relay, std::string file) {
  if (link.job().site.empty() || link.job().local || orders.force || orders.check)
    co_return co_await push(link, source, orders);
  Relaying relaying(link, source, orders, relay, std::move(file));
  co_return co_await relaying.run();
}

}  // namespace cef::remote
