// Files from SFTP servers: a made-up one answers in its own order, with less, or with nonsense.
#include "sftp/sftp_pull.hpp"

#include "sftp/sftp_push.hpp"

#include <catch2/catch.hpp>

namespace cef::remote::sftp_pull_tests {

namespace {

struct MemorySink : PullSink {
  std::string got;
  bool begun = false;
  std::optional<std::size_t> target_size() override { return std::nullopt; }
  std::optional<std::string> target_sha256() override { return ""; }
  std::size_t part_size() override { return 0; }
  std::optional<std::string> part_sha256() override { return ""; }
  Result<void> begin(std::size_t, std::size_t) override {
    begun = true;
    return {};
  }
  Result<void> take(std::string_view bytes) override {
    got += bytes;
    return {};
  }
  std::optional<Result<std::string>> end(bool) override { return Result<std::string>(std::string()); }
};

struct Asked {
  std::uint32_t id;
  std::size_t offset, size;
};

struct Dialogue {
  MemorySink sink;
  PullOrders orders;
  std::optional<SftpPull> pull;

  Dialogue() {
    orders.path = "/srv/a";
    pull.emplace(sink, orders, std::nullopt);
    CHECK(given() == std::string(sftp_hello));
  }
  std::string given() {
    std::string all;
    for (;;) {
      const auto piece = pull->give(10'000, {});
      if (!piece || piece->empty()) return all;
      all += *piece;
    }
  }
  void say(std::uint8_t type, const std::string& body) {
    std::string packet;
    sftp::put(packet, static_cast<std::uint32_t>(body.size() + 1));
    packet += static_cast<char>(type) + body;
    // A byte at a time, as it may come.
    for (const char c : packet) pull->hear(std::string_view(&c, 1), {});
  }
  static std::string number(std::uint32_t value) {
    std::string text;
    sftp::put(text, value);
    return text;
  }
  static std::string text(const std::string& value) { return number(static_cast<std::uint32_t>(value.size())) + value; }
  void greet() {
    say(sftp::version, number(3));
    (void)given();
  }
  void tell(std::uint32_t size, std::uint32_t mode = 0100640) {
    say(sftp::attrs,
        number(1) + number(1 | 4 | 8) + number(0) + number(size) + number(mode) + number(7) + number(1234));
    (void)given();
  }
  void open() { say(sftp::handle, number(2) + text("h")); }
  std::vector<Asked> reads() {
    std::vector<Asked> found;
    std::string all = given();
    for (std::string_view rest = all; rest.size() > 4;) {
      sftp::Reader reader(rest.substr(4));
      const auto size = sftp::Reader(rest).number();
      rest.remove_prefix(4);
      const auto type = static_cast<std::uint8_t>(rest.front());
      sftp::Reader fields(rest.substr(1));
      rest.remove_prefix(size);
      if (type != sftp::read_file) continue;
      Asked one{};
      one.id = fields.number();
      CHECK(fields.text() == "h");
      one.offset = fields.long_number();
      one.size = fields.number();
      found.push_back(one);
    }
    return found;
  }
};

}  // namespace

TEST_CASE("pieces that come in another order, and shorter, become the file", "[pull]") {
  Dialogue it;
  it.greet();
  it.tell(100'000);
  it.open();
  CHECK(it.sink.begun);
  std::string file;
  for (std::size_t i = 0; i < 100'000; ++i) file += static_cast<char>('a' + i % 26);
  int answers = 0;
  for (auto asked = it.reads(); !asked.empty(); asked = it.reads()) {
    std::ranges::reverse(asked);
    for (const Asked& one : asked) {
      // Every third answer is half of what was asked for.
      const std::size_t size = ++answers % 3 == 0 ? (one.size + 1) / 2 : one.size;
      it.say(sftp::data, Dialogue::number(one.id) + Dialogue::text(file.substr(one.offset, size)));
    }
  }
  CHECK(it.sink.got == file);
  CHECK_FALSE(it.pull->ended());
  CHECK(it.pull->taken() == 100'000);
}

TEST_CASE("a file that says it is empty is read to its end", "[pull]") {
  Dialogue it;
  it.greet();
  it.tell(0, 0100444);
  it.open();
  std::string file = "Linux\n";
  auto asked = it.reads();
  REQUIRE(asked.size() == 1);
  it.say(sftp::data, Dialogue::number(asked[0].id) + Dialogue::text(file));
  asked = it.reads();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].offset == file.size());
  it.say(sftp::status, Dialogue::number(asked[0].id) + Dialogue::number(sftp::end_of_file));
  it.say(sftp::status, Dialogue::number(asked[0].id + 1) + Dialogue::number(sftp::ok));
  CHECK(it.pull->ended());
  CHECK_FALSE(it.pull->error());
  CHECK(it.sink.got == file);
  CHECK(it.pull->size() == file.size());
}

TEST_CASE("a file that is written to while it is fetched is told", "[pull]") {
  Dialogue it;
  it.greet();
  it.tell(5);
  it.open();
  it.say(sftp::data, Dialogue::number(it.reads().at(0).id) + Dialogue::text("hello"));
  (void)it.given();
  SECTION("as it was") {
    it.say(sftp::attrs, Dialogue::number(4) + Dialogue::number(1 | 8) + Dialogue::number(0) + Dialogue::number(5) +
                            Dialogue::number(9) + Dialogue::number(1234));
    CHECK_FALSE(it.pull->error());
  }
  SECTION("another time") {
    it.say(sftp::attrs, Dialogue::number(4) + Dialogue::number(1 | 8) + Dialogue::number(0) + Dialogue::number(5) +
                            Dialogue::number(9) + Dialogue::number(1235));
    REQUIRE(it.pull->error());
    CHECK(it.pull->error()->code == Code::transfer_interrupted);
  }
}

TEST_CASE("a server that does not answer is not waited for without end", "[pull]") {
  Dialogue it;
  it.orders.stall = std::chrono::seconds(5);
  const SftpPull::Clock::time_point start{};
  using std::chrono::seconds;
  CHECK(it.pull->tick(start).value() == start + seconds(5));
  it.greet();
  CHECK(it.pull->tick(start + seconds(4)).value() == start + seconds(9));
  const auto over = it.pull->tick(start + seconds(9));
  REQUIRE_FALSE(over);
  CHECK(over.error().code == Code::transfer_stalled);
}

TEST_CASE("what a server says that is no file is told", "[pull]") {
  struct Case {
    const char* name;
    void (*say)(Dialogue& it);
    Code code;
  };
  const auto c = GENERATE(values<Case>({
      {"a folder", [](Dialogue& it) { it.tell(1, 0040755); }, Code::unsupported_platform},
      {"a pipe", [](Dialogue& it) { it.tell(1, 0010644); }, Code::not_a_file},
      {"gone", [](Dialogue& it) { it.say(sftp::status, Dialogue::number(1) + Dialogue::number(sftp::no_such_file)); },
       Code::no_such_file},
      {"denied",
       [](Dialogue& it) {
         it.tell(5);
         it.say(sftp::status, Dialogue::number(2) + Dialogue::number(sftp::permission_denied));
       },
       Code::permission_denied},
      {"too much",
       [](Dialogue& it) {
         it.tell(5);
         it.open();
         (void)it.given();
         it.say(sftp::data, Dialogue::number(3) + Dialogue::text("abcdef"));
       },
       Code::unexpected_output},
      {"nothing",
       [](Dialogue& it) {
         it.tell(5);
         it.open();
         (void)it.given();
         it.say(sftp::data, Dialogue::number(3) + Dialogue::text(""));
       },
       Code::unexpected_output},
      {"an end before its end",
       [](Dialogue& it) {
         it.tell(5);
         it.open();
         (void)it.given();
         it.say(sftp::status, Dialogue::number(3) + Dialogue::number(sftp::end_of_file));
       },
       Code::transfer_interrupted},
      {"what was not asked for", [](Dialogue& it) { it.say(sftp::data, Dialogue::number(99) + Dialogue::text("x")); },
       Code::unexpected_output},
      {"an endless packet", [](Dialogue& it) { it.pull->hear(std::string("\xff\xff\xff\xff", 4), {}); },
       Code::unexpected_output},
  }));
  CAPTURE(c.name);
  Dialogue it;
  it.greet();
  c.say(it);
  REQUIRE(it.pull->error());
  CHECK(it.pull->error()->code == c.code);
}

}  // namespace cef::remote::sftp_pull_tests
