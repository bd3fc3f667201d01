// Who hands a file on to whom, and what the two ends of it say to each other.
#include "relay/relay_talk.hpp"

#include <cef/remote/relay.hpp>

#include <catch2/catch.hpp>

namespace cef::remote::relay_tests {

namespace {

Relay::Source having(const std::string& host) {
  Relay::Source source;
  source.host = host;
  source.path = "/f";
  return source;
}

}  // namespace

TEST_CASE("one host of a site gets the file, and those that have it double with each round", "[relay]") {
  Relay relay;
  Relay::Group& group = relay.group("s", "f");
  Relay::Source* from = nullptr;
  CHECK(group.take(from) == Relay::Turn::direct);
  CHECK(group.take(from) == Relay::Turn::wait);
  group.add(having("n1"));
  group.give_back_direct();
  std::size_t have = 1, rounds = 0;
  while (have < 16) {
    std::vector<Relay::Source*> busy;
    while (group.take(from) == Relay::Turn::neighbour) busy.push_back(from);
    CHECK(busy.size() == have);
    for (Relay::Source* each : busy) {
      group.give_back(*each, true);
      group.add(having("m"));
    }
    have *= 2;
    ++rounds;
  }
  CHECK(rounds == 4);
  CHECK(relay.group("s", "g").take(from) == Relay::Turn::direct);
  CHECK(relay.group("t", "f").take(from) == Relay::Turn::direct);
}

TEST_CASE("who cannot hand it on is not asked for ever, and who got nothing makes room for the next", "[relay]") {
  Relay relay;
  Relay::Group& group = relay.group("s", "f");
  Relay::Source* from = nullptr;
  REQUIRE(group.take(from) == Relay::Turn::direct);
  group.give_back_direct();
  CHECK(group.take(from) == Relay::Turn::direct);
  group.add(having("n1"));
  group.give_back_direct();
  for (int i = 0; i < 2; ++i) {
    REQUIRE(group.take(from) == Relay::Turn::neighbour);
    group.give_back(*from, false);
  }
  CHECK(group.take(from) == Relay::Turn::direct);
}

TEST_CASE("a file is kept for those that are still to come", "[relay]") {
  Relay relay;
  CHECK_FALSE(relay.is_awaited("s"));
  Relay::Coming one(relay, "s");
  {
    const Relay::Coming other(relay, "s");
    one.leave();
    CHECK(relay.is_awaited("s"));
  }
  CHECK_FALSE(relay.is_awaited("s"));
}

namespace {

const transport::HostKey key{"ssh-ed25519", "AAAAhost"};

struct Ends {
  std::int64_t progress = 0;
  RelayTalk talk{100, Milliseconds(1000), key, [this](std::int64_t bytes) { progress = bytes; }};
  std::string fetching() { return std::string(talk.give_fetching(1000).value_or("over")); }
  std::string serving() { return std::string(talk.give_serving(1000).value_or("over")); }
};

}  // namespace

TEST_CASE("the key goes to the one that serves, and the way there to the one that fetches", "[relay]") {
  Ends ends;
  CHECK(ends.fetching().empty());
  ends.talk.hear_serving("welcome\n=cef relay\na edge 10.0.0.5 22\n");
  CHECK(ends.serving().empty());
  ends.talk.hear_fetching("=cef relay\nk ssh-ed25519 AAA");
  CHECK(ends.serving().empty());
  ends.talk.hear_fetching("Akey\n");
  CHECK(ends.serving() == "ssh-ed25519 AAAAkey\n");
  CHECK(ends.fetching().empty());
  ends.talk.hear_serving("r\n");
  CHECK(ends.fetching() == "edge 10.0.0.5 22 ssh-ed25519 AAAAhost\n");
  ends.talk.hear_fetching("a 40\n");
  CHECK(ends.progress == 40);
  CHECK(ends.serving().empty());
  ends.talk.hear_fetching("g 100 \n");
  CHECK(ends.serving() == "over");
  CHECK(ends.talk.has_all());
}

TEST_CASE("what goes wrong with a relay is told, and ends both ends", "[relay]") {
  Ends ends;
  std::string why;
  SECTION("the neighbour refuses") {
    ends.talk.hear_serving("=cef relay\ne the file cannot be read\n");
    why = "the file cannot be read";
  }
  SECTION("there is no ssh") {
    ends.talk.hear_fetching("=cef relay\ne there is no ssh\n");
    why = "there is no ssh";
  }
  SECTION("it came to a part of it") {
    ends.talk.hear_fetching("=cef relay\nk t b\n");
    CHECK(ends.serving() == "t b\n");
    ends.talk.hear_fetching("g 40 Connection refused\n");
    why = "Connection refused";
  }
  SECTION("it has more than there is") {
    ends.talk.hear_fetching("=cef relay\ng 101\n");
    why = "the host answered something else than was asked for";
  }
  SECTION("the neighbour is gone before it could be asked") {
    ends.talk.end_serving();
    why = "the connection to the neighbour was lost";
  }
  SECTION("nothing moves") {
    ends.talk.hear_fetching("=cef relay\na 1\n");
    CHECK(ends.talk.tick(RelayTalk::Clock::now()));
    const auto ticked = ends.talk.tick(RelayTalk::Clock::now() + Milliseconds(5000));
    REQUIRE_FALSE(ticked);
    CHECK(ticked.error().code == Code::transfer_stalled);
    why = "nothing came for too long";
  }
  CHECK(ends.fetching() == "over");
  CHECK(ends.serving() == "over");
  CHECK_FALSE(ends.talk.has_all());
  CHECK(ends.talk.why() == why);
}

TEST_CASE("words that would be more than words to a neighbour's shell are not passed on", "[relay]") {
  Ends ends;
  const auto way = GENERATE(as<std::string>(), "a -oProxyCommand=x 10.0.0.5 22\n", "a edge 10.0.0.5 x\n",
                            "a edge $(x) 22\n", "a edge 10.0.0.5\n", "a ed'ge 10.0.0.5 22\n");
  ends.talk.hear_serving("=cef relay\n" + way + "r\n");
  CHECK(ends.fetching().empty());
  ends.talk.hear_fetching("=cef relay\nk t;x b\n");
  CHECK(ends.serving().empty());
}

}  // namespace cef::remote::relay_tests
