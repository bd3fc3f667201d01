#include "resolver.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include <optional>

namespace cef::transport {

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

}  // namespace cef::transport
