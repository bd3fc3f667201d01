// The dialogue of cef pull, with a host and a disk that are made up: time is passed in.
#include "pull/pull_talk.hpp"

#include <cef/core/sha256.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <string>

namespace cef::remote::pull_talk_tests {

namespace {

using Clock = PullTalk::Clock;

struct FakeSink : PullSink {
  std::optional<std::string> target;
  std::string part;
  bool fails = false, begun = false;

  std::optional<std::size_t> target_size() override {
    return target ? std::optional<std::size_t>(target->size()) : std::nullopt;
  }
  std::optional<std::string> target_sha256() override { return sha256_of(*target); }
  std::size_t part_size() override { return part.size() / 65536 * 65536; }
  std::optional<std::string> part_sha256() override { return sha256_of(part.substr(0, part_size())); }
  Result<void> begin(std::size_t offset, std::size_t) override {
    part.resize(offset);
    begun = true;
    return {};
  }
  Result<void> take(std::string_view bytes) override {
    if (fails) return Unexpected(Error{Code::io_failed, "full", ""});
    part += bytes;
    return {};
  }
  std::optional<Result<std::string>> end(bool hashes) override {
    return Result<std::string>(hashes ? sha256_of(part) : std::string());
  }
};

struct Dialogue {
  FakeSink sink;
  PullOrders orders;
  std::optional<PullTalk> talk;
  Clock::time_point now{};

  PullTalk& start(bool afresh = false) {
    orders.path = "/var/log/a";
    talk.emplace(sink, orders, afresh);
    talk->hear("Welcome!\n=cef pull\n", now);
    return *talk;
  }
  void hear(const std::string& text) { talk->hear(text, now); }
  std::string given() {
    std::string all;
    for (;;) {
      const auto piece = talk->give(65536, now);
      if (!piece) return all + "$";
      if (piece->empty()) return all;
      all += *piece;
    }
  }
  std::string code() const { return talk->error() ? std::string(name_of(talk->error()->code)) : ""; }
};

}  // namespace

TEST_CASE("a file is fetched", "[pull]") {
  Dialogue it;
  it.start();
  it.hear("f -rw-r----- 5 1700000000 - sha256sum 1\n");
  CHECK(it.given() == "0 - 1 0\n");
  it.hear("o 0\nhe");
  it.hear("llo\nh " + sha256_of("hello") + "\n");
  CHECK(it.talk->ended());
  CHECK(it.talk->changed());
  CHECK(it.talk->mode() == 0640);
  CHECK(it.talk->modified() == 1700000000);
  CHECK(it.sink.part == "hello");
  CHECK(it.given() == "$");
}

TEST_CASE("one that is here and equal is not fetched", "[pull]") {
  Dialogue it;
  it.sink.target = "hello";
  it.start();
  CHECK(it.talk->command_line().ends_with(" 5"));
  it.hear(fmt::format("f -rw-r----- 5 0 {} sha256sum 1\n", sha256_of("hello")));
  CHECK(it.talk->equal());
  CHECK(it.given().ends_with("$"));  // before it, what only a server of SFTP would answer
  CHECK_FALSE(it.sink.begun);
}

TEST_CASE("a fetch goes on behind what is right, by whole blocks", "[pull]") {
  Dialogue it;
  it.sink.part = std::string(65536 + 100, 'x');
  it.start();
  it.hear("f -rw-r--r-- 65540 0 - openssl 1\n");
  CHECK(it.given() == fmt::format("65536 {} 1 0\n", sha256_of(std::string(65536, 'x'))));
  it.hear("o 65536\nabcd\nh " + sha256_of(std::string(65536, 'x') + "abcd") + "\n");
  CHECK(it.talk->changed());
  CHECK(it.talk->taken() == 4);

  it.sink.part = std::string(65536, 'x');
  it.start();
  it.hear("f -rw-r--r-- 65540 0 - openssl 1\n");
  it.given();
  it.hear("o 0\n");
  CHECK(it.sink.part.empty());
  it.hear(std::string(65540, 'y') + "\nh " + sha256_of(std::string(65540, 'y')) + "\n");
  CHECK(it.talk->changed());
}

TEST_CASE("what the host says is not believed", "[pull]") {
  struct Case {
    std::string said;
    const char* code;
  };
  const auto c = GENERATE(values<Case>({
      {"f -rw-r--r-- 5 0 - sha256sum 1\no 0\nhello\nh " + sha256_of("other") + "\n", "checksum_mismatch"},
      {"f -rw-r--r-- 5 0 - sha256sum 1\no 0\nhello, and more\n", "unexpected_output"},
      {"f -rw-r--r-- 5 0 - sha256sum 1\no 3\n", "unexpected_output"},
      {"f -rw-r--r-- 99999999999999999999 0 - sha256sum 1\n", "unexpected_output"},
      {"f drwxr-xr-x 5 0 - sha256sum 1\n", "unexpected_output"},
      {"o 0\n", "unexpected_output"},
      {"h 00\n", "unexpected_output"},
      {std::string(5000, 'x'), "unexpected_output"},
      {"e folder\n", "not_a_file"},
      {"e kind\n", "not_a_file"},
      {"e open ls: cannot access: No such file or directory\n", "no_such_file"},
      {"e open sh: cannot open: Permission denied\n", "permission_denied"},
  }));
  CAPTURE(c.said);
  Dialogue it;
  it.start();
  for (std::size_t at = 0; at <= c.said.size(); ++at) {
    if (at < c.said.size()) it.hear(c.said.substr(at, 1));
    it.given();
  }
  CHECK(it.talk->ended());
  CHECK(it.code() == c.code);
}

TEST_CASE("a disk here that is full ends it", "[pull]") {
  Dialogue it;
  it.sink.fails = true;
  it.start();
  it.hear("f -rw-r--r-- 5 0 - sha256sum 1\n");
  it.given();
  it.hear("o 0\nhe");
  CHECK(it.code() == "io_failed");
}

TEST_CASE("with a rate the host is told how much it may send", "[pull]") {
  Dialogue it;
  it.orders.pace = std::make_shared<Pacer>(20'000);
  it.start();
  it.hear("f -rw-r--r-- 2500 0 - sha256sum 1\n");
  CHECK(it.given() == "0 - 1 1\n");
  it.hear("o 0\n");
  CHECK(it.given() == "1000\n");
  CHECK(*it.talk->tick(it.now) == it.now + Milliseconds(50));
  it.now += Milliseconds(50);
  CHECK(it.given() == "1000\n");
  it.now += Milliseconds(50);
  CHECK(it.given() == "500\n0\n");
}

TEST_CASE("a turn to ask for more that has come meanwhile is told", "[pull]") {
  Dialogue it;
  it.orders.pace = std::make_shared<Pacer>(20'000);
  it.start();
  it.hear("f -rw-r--r-- 2500 0 - sha256sum 1\n");
  it.given();
  it.hear("o 0\n");
  CHECK(it.given() == "1000\n");
  const auto due = it.now + Milliseconds(50);
  CHECK(it.talk->tick(due + Milliseconds(10)).value() == due);
  CHECK(it.talk->tick(due + Milliseconds(10)).value() > due + Milliseconds(10));
}

TEST_CASE("a host that sends nothing any more is found", "[pull]") {
  Dialogue it;
  it.orders.stall = Milliseconds(3000);
  it.start();
  it.hear("f -rw-r--r-- 5 0 - sha256sum 1\n");
  it.given();
  it.hear("o 0\nhe");
  CHECK(it.talk->tick(it.now + Milliseconds(2900)));
  const auto late = it.talk->tick(it.now + Milliseconds(3000));
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Code::transfer_stalled);
}

TEST_CASE("names of files are no paths", "[pull]") {
  for (const char* name : {"a", "...", "-rf", ".hidden", "a b"}) CHECK(is_file_name(name));
  for (const char* name : {"", ".", "..", "a/b", "/"}) CHECK_FALSE(is_file_name(name));
}

}  // namespace cef::remote::pull_talk_tests
