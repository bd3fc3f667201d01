#include "resolver.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cef::transport::resolver_tests {

namespace {

asio::awaitable<void> ask(Resolver& resolver, std::string name, std::shared_ptr<Waiter> waiter, asio::io_context& io,
                          std::optional<Result<Addresses>>& answer) {
  answer = co_await resolver.resolve(std::move(name), std::move(waiter));
  io.stop();
}

Result<Addresses> resolve(const std::string& name) {
  asio::io_context io;
  Stop stop;
  Resolver resolver(io);
  auto waiter = Waiter::make(io, stop);
  waiter->set_deadline(Clock::now() + Milliseconds(20'000));
  std::optional<Result<Addresses>> answer;
  asio::co_spawn(io, ask(resolver, name, waiter, io, answer), asio::detached);
  io.run();
  return std::move(answer).value();
}

// A name service that counts what it is asked, answers what the test says, and hangs at names that begin with "dead"
// until it is told that the test is over.
class NameService {
 public:
  ~NameService() { over_.set_value(); }

  Resolver::LookUp look_up() {
    return [self = state_, over = shared_over_](const std::string& name) -> Result<Addresses> {
      if (name.starts_with("dead")) over.wait();
      const std::lock_guard lock(self->mutex);
      ++self->asked[name];
      if (self->failing) return Unexpected(Error{Code::name_unknown, "temporary failure", ""});
      return Addresses{asio::ip::make_address(self->address)};
    };
  }
  void fail(bool failing) {
    const std::lock_guard lock(state_->mutex);
    state_->failing = failing;
  }
  void move_to(std::string address) {
    const std::lock_guard lock(state_->mutex);
    state_->address = std::move(address);
  }
  int asked(const std::string& name) {
    const std::lock_guard lock(state_->mutex);
    return state_->asked[name];
  }

 private:
  struct State {
    std::mutex mutex;
    std::map<std::string, int> asked;
    std::string address = "192.0.2.1";
    bool failing = false;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
  std::promise<void> over_;
  std::shared_future<void> shared_over_ = over_.get_future().share();
};

// A run's loop with a resolver; `ask` asks for all names at once and waits until those that count are answered.
struct Loop {
  asio::io_context io;
  Stop stop;
  Resolver resolver;

  Loop(NameService& names, Resolver::Limits limits) : resolver(io, names.look_up(), limits) {}

  std::shared_ptr<Waiter> waiter(Milliseconds patience) {
    auto made = Waiter::make(io, stop);
    made->set_deadline(Clock::now() + patience);
    return made;
  }
  std::vector<Result<Addresses>> ask(const std::vector<std::string>& names, Milliseconds patience) {
    std::vector<std::optional<Result<Addresses>>> answers(names.size());
    std::size_t left = names.size();
    for (std::size_t i = 0; i < names.size(); ++i)
      asio::co_spawn(
          io,
          [](Resolver& resolver_, std::string name, std::shared_ptr<Waiter> waiter_, std::size_t& left_,
             std::optional<Result<Addresses>>& answer, asio::io_context& io_) -> asio::awaitable<void> {
            answer = co_await resolver_.resolve(std::move(name), std::move(waiter_));
            if (--left_ == 0) io_.stop();
          }(resolver, names[i], waiter(patience), left, answers[i], io),
          asio::detached);
    io.restart();
    const auto work = asio::make_work_guard(io);
    io.run();
    std::vector<Result<Addresses>> all;
    for (auto& answer : answers) all.push_back(std::move(answer).value());
    return all;
  }
  Result<Addresses> ask(const std::string& name) { return ask(std::vector{name}, Milliseconds(20'000)).front(); }
};

constexpr Resolver::Limits usual{};

}  // namespace

TEST_CASE("addresses are taken as they are", "[transport]") {
  const std::string text = GENERATE("127.0.0.1", "192.0.2.7", "::1", "2001:db8::1");
  const auto addresses = resolve(text);
  REQUIRE(addresses);
  REQUIRE(addresses->size() == 1);
  CHECK(addresses->front().to_string() == text);
}

TEST_CASE("an IPv6 address may stand in brackets", "[transport]") {
  const auto addresses = resolve("[2001:db8::1]");
  REQUIRE(addresses);
  CHECK(addresses->front().to_string() == "2001:db8::1");
}

TEST_CASE("this machine's own name for itself is found", "[transport]") {
  const auto addresses = resolve("localhost");
  REQUIRE(addresses);
  CHECK(addresses->front().is_loopback());
}

TEST_CASE("a name that cannot exist is not found", "[transport]") {
  const auto addresses = resolve("no such name.invalid");
  REQUIRE_FALSE(addresses);
  CHECK(addresses.error().code == Code::name_unknown);
  CHECK(addresses.error().message.find("no such name.invalid") != std::string::npos);
}

TEST_CASE("a name that was not found is asked for again by the next attempt", "[transport]") {
  NameService names;
  Loop loop(names, usual);
  names.fail(true);
  const auto both = loop.ask({"edge", "edge"}, Milliseconds(20'000));
  CHECK(both[0].error().message == "temporary failure");
  CHECK(both[1].error().message == "temporary failure");
  CHECK(names.asked("edge") == 1);  // those that wait together share the failure
  names.fail(false);
  CHECK(loop.ask("edge"));
  CHECK(names.asked("edge") == 2);
}

TEST_CASE("an answer serves others until it is too old or does not lead to the host", "[transport]") {
  NameService names;
  Loop loop(names, usual);
  REQUIRE(loop.ask("edge"));
  names.move_to("192.0.2.2");
  CHECK(loop.ask("edge")->front().to_string() == "192.0.2.1");
  CHECK(names.asked("edge") == 1);
  loop.resolver.forget("edge");
  CHECK(loop.ask("edge")->front().to_string() == "192.0.2.2");

  Loop forgetful(names, {.keeps = Milliseconds(0)});
  REQUIRE(forgetful.ask("edge"));
  names.move_to("192.0.2.3");
  CHECK(forgetful.ask("edge")->front().to_string() == "192.0.2.3");
}

TEST_CASE("names that are not answered do not keep others from being asked for", "[transport]") {
  std::vector<std::string> all;
  for (int i = 0; i < 20; ++i) all.push_back(fmt::format("dead{}", i));
  all.push_back("alive");
  NameService names;
  Loop loop(names, {.slow_after = Milliseconds(20)});
  const auto answers = loop.ask(all, Milliseconds(400));
  for (std::size_t i = 0; i < 20; ++i) CHECK(answers[i].error().code == Code::name_unknown);
  CHECK(answers.back());
}

TEST_CASE("waiting for a place among the look-ups costs a name nothing of its time", "[transport]") {
  NameService names;
  // One place, which is lent after three times as long as a name has.
  Loop loop(names, {.at_once = 1, .slow_after = Milliseconds(300)});
  const auto answers = loop.ask({"dead", "alive"}, Milliseconds(100));
  CHECK_FALSE(answers[0]);
  CHECK(answers[1]);
}

TEST_CASE("there are never more look-ups under way than allowed", "[transport]") {
  NameService names;
  Loop loop(names, {.at_once = 2, .most = 3, .slow_after = Milliseconds(1), .patience = Milliseconds(200)});
  const auto answers = loop.ask({"dead1", "dead2", "dead3", "alive"}, Milliseconds(100));
  CHECK(answers[0].error().message == "the name service did not answer for 'dead1'");
  CHECK(answers[3].error().message == "the name service is busy with other names than 'alive'");
  CHECK(names.asked("alive") == 0);
}

}  // namespace cef::transport::resolver_tests
