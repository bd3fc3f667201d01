// The dialogue of cef push, with a host that is made up: time is passed in.
#include "push/push_talk.hpp"

#include "temp_dir.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <string>

namespace cef::remote::push_talk_tests {

namespace {

using Clock = PushTalk::Clock;

struct Dialogue {
  testing::TempDir folder;
  std::string bytes;
  PushOrders orders;
  std::optional<Source> source;
  std::optional<PushTalk> talk;
  Clock::time_point now{};

  explicit Dialogue(std::string text) : bytes(std::move(text)) {
    testing::write_file(folder / "a", bytes, 0644);
    source.emplace(std::move(Source::open(folder / "a").value()));
    orders.dest = "/srv/a";
  }
  PushTalk& start(bool afresh = false) {
    talk.emplace(*source, orders, afresh);
    talk->hear("Welcome!\n=cef push\n");
    given();  // what only a server of SFTP would answer
    return *talk;
  }
  // All that it gives now; "$" at the end when nothing more will come.
  std::string given() {
    std::string all;
    for (;;) {
      const auto piece = talk->give(65536, now);
      if (!piece) return all + "$";
      if (piece->empty()) return all;
      all += *piece;
    }
  }
  std::string hash() const { return sha256_of(bytes); }
  std::string code() const { return talk->error() ? std::string(name_of(talk->error()->code)) : ""; }
};

}  // namespace

TEST_CASE("a file is sent to a host that has none", "[push]") {
  Dialogue it("hello");
  auto& talk = it.start();
  CHECK(it.given().empty());
  talk.hear("p 0 -\ns 100 100\nr sha256sum 0027\n");
  CHECK(it.given() == fmt::format("send 0 {} 640\nhello", it.hash()));
  CHECK_FALSE(talk.ended());
  talk.hear("d\n");
  CHECK(talk.ended());
  CHECK(talk.changed());
  CHECK_FALSE(talk.error());
  CHECK(talk.handed() == 5);
  CHECK(it.given() == "$");
}

TEST_CASE("of a part whose end is damaged the beginning is built upon", "[push]") {
  constexpr std::size_t mib = std::size_t{1} << 20;
  Dialogue it(std::string(70 * mib, 'x'));
  const auto beginning = [](std::size_t size) { return sha256_of(std::string(size, 'x')); };
  // Hashing goes on beside it.
  const auto next = [&] {
    std::string line;
    while (line.empty()) line = it.talk->give(100, it.now).value_or("$");
    return line;
  };
  it.start().hear(fmt::format("p {} {}\ns - -\nr sha256sum 0022\n", 66 * mib, sha256_of("damaged")));
  CHECK(next() == fmt::format("hash {}\n", 64 * mib));
  SECTION("the first one that is tried") {
    it.talk->hear(fmt::format("p {} {}\n", 64 * mib, beginning(64 * mib)));
    CHECK(next().starts_with(fmt::format("send {} ", 64 * mib)));
  }
  SECTION("the next one") {
    it.talk->hear(fmt::format("p {} {}\n", 64 * mib, sha256_of("damaged")));
    CHECK(next() == fmt::format("hash {}\n", 32 * mib));
    it.talk->hear(fmt::format("p {} {}\n", 32 * mib, beginning(32 * mib)));
    CHECK(next().starts_with(fmt::format("send {} ", 32 * mib)));
  }
  SECTION("none, and it is not asked for ever") {
    for (std::size_t size = 64 * mib; size >= 16 * mib; size /= 2) {
      it.talk->hear(fmt::format("p {} {}\n", size, sha256_of("damaged")));
      if (size > 16 * mib) CHECK(next() == fmt::format("hash {}\n", size / 2));
    }
    CHECK(next().starts_with("send 0 "));
  }
  SECTION("a host that tells of another beginning") {
    it.talk->hear(fmt::format("p {} {}\n", 60 * mib, beginning(60 * mib)));
    CHECK(it.code() == "unexpected_output");
  }
}

TEST_CASE("an equal file is left, and only its mode is set", "[push]") {
  Dialogue it("hello");
  it.start().hear(fmt::format("t -rw-r--r-- 5 {} 1\ns - -\nr openssl 0022\n", it.hash()));
  CHECK(it.given() == "none\n$");
  CHECK(it.talk->equal());
  CHECK_FALSE(it.talk->changed());

  it.orders.mode = 0600;
  it.start().hear(fmt::format("t -rw-r--r-- 5 {} 1\ns - -\nr openssl 0022\n", it.hash()));
  CHECK(it.given() == "same 600\n");
  it.talk->hear("d\n");
  CHECK(it.talk->equal());
  CHECK(it.talk->changed());
}

TEST_CASE("a file's mode stays, or is the source's without what the umask takes", "[push]") {
  Dialogue it("hello");
  it.start().hear("t -rwsr-x--T 7 - 1\np 0 -\ns - -\nr none 0022\n");
  CHECK(it.given() == "send 0 - 750\nhello");
  CHECK_FALSE(it.talk->unverified().empty());
  it.start().hear("p 0 -\ns - -\nr sha256sum 0077\n");
  CHECK(it.given().starts_with("send 0 " + it.hash() + " 600\n"));
}

TEST_CASE("only a prefix whose hash is right is built upon", "[push]") {
  Dialogue it(std::string(100, 'x'));
  const auto right = sha256_of(it.bytes.substr(0, 60));
  it.start().hear(fmt::format("p 60 {}\ns - -\nr sha256sum 0022\n", right));
  CHECK(it.given() == "send 60 - 644\n" + std::string(40, 'x'));
  it.talk->hear("h " + sha256_of(std::string(40, 'x')) + "\n");
  CHECK(it.given() == sha256_of(std::string(40, 'x')) + "\n");
  it.talk->hear("d\n");
  CHECK(it.talk->changed());

  for (const std::string& part :
       {"60 " + sha256_of("other"), "200 " + right, std::string("60 -"), std::string("0 -")}) {
    it.start().hear(fmt::format("p {}\ns - -\nr sha256sum 0022\n", part));
    CHECK(it.given().starts_with("send 0 "));
  }
  it.start(true).hear(fmt::format("p 60 {}\ns - -\nr sha256sum 0022\n", right));
  CHECK(it.given().starts_with("send 0 "));
}

TEST_CASE("room is looked for before anything is sent", "[push]") {
  Dialogue it(std::string(5000, 'x'));
  it.start().hear("p 0 -\ns 4 9\nr sha256sum 0022\n");
  CHECK(it.given() == "$");
  CHECK(it.code() == "disk_full");
  // What is there of it is not needed again.
  it.start().hear(fmt::format("p 4000 {}\ns 4 9\nr sha256sum 0022\n", sha256_of(std::string(4000, 'x'))));
  CHECK(it.given().starts_with("send 4000 "));
}

TEST_CASE("what the host cannot do is told by its reason", "[push]") {
  struct Case {
    const char* said;
    const char* code;
  };
  const auto c = GENERATE(values<Case>({
      {"x Permission denied\ns - -\nr none 0022\n", "permission_denied"},
      {"x Read-only file system\ns - -\nr none 0022\n", "permission_denied"},
      {"x No space left on device\ns - -\nr none 0022\n", "disk_full"},
      {"e missing there is no folder for it\n", "no_such_file"},
      {"e kind it is a folder\n", "not_a_file"},
      {"e owner chown: invalid user\n", "permission_denied"},
      {"p 0 -\ns - -\nr none 0022\ne short 3\n", "disk_full"},
      {"p 0 -\ns - -\nr sha256sum 0022\ne hash\n", "checksum_mismatch"},
      {"p 0 -\ns - -\nr none 0022\ne write mv: cannot move: Device or resource busy\n", "command_failed"},
      {"nonsense\n", "unexpected_output"},
      {"d\n", "unexpected_output"},
      {"h 00\n", "unexpected_output"},
      {"p -1 -\n", "unexpected_output"},
      {"t drwxr-xr-x 5 - 1\n", "unexpected_output"},
      {"r sha256sum\n", "unexpected_output"},
  }));
  CAPTURE(c.said);
  Dialogue it("hello");
  it.start().hear(c.said);
  it.given();
  CHECK(it.talk->ended());
  CHECK(it.code() == c.code);
}

TEST_CASE("a disk that fills is told at once, by what the tools write", "[push]") {
  Dialogue it(std::string(200'000, 'x'));
  it.start().hear("p 0 -\ns - -\nr sha256sum 0022\n");
  CHECK(it.talk->give(65536, it.now)->starts_with("send"));
  CHECK(it.talk->give(65536, it.now)->size() == 64'000);
  it.talk->hear_error("tee: /srv/.a.cef-part: No space ");
  CHECK_FALSE(it.talk->ended());
  it.talk->hear_error("left on device\n");
  CHECK(it.code() == "disk_full");
  CHECK(it.given() == "$");
}

TEST_CASE("an end without a newline, and lines without an end, are borne", "[push]") {
  Dialogue it("hello");
  it.start().hear(std::string(5000, 'x'));
  CHECK(it.code() == "unexpected_output");
  it.talk.emplace(*it.source, it.orders, false);
  it.talk->hear(std::string(50'000, 'x') + "\n=cef push\n");
  CHECK(it.talk->begun());
}

TEST_CASE("a rate is shared out in turn, and a stall is found", "[push]") {
  Dialogue it(std::string(100'000, 'x'));
  it.orders.total_pace = std::make_shared<Pacer>(20'000);
  it.orders.stall = Milliseconds(3000);
  it.start().hear("p 0 -\ns - -\nr sha256sum 0022\n");
  const auto first = it.given();
  CHECK(first.size() == first.find('\n') + 1 + 1000);
  const auto due = it.talk->tick(it.now);
  REQUIRE(due);
  CHECK(*due == it.now + Milliseconds(50));
  it.now += Milliseconds(50);
  CHECK(it.given().size() == 1000);
  // Nobody takes what could be given.
  it.now += Milliseconds(50);
  CHECK(it.talk->give(65536, it.now)->size() == 1000);
  CHECK(it.talk->tick(it.now + Milliseconds(2900)));
  const auto late = it.talk->tick(it.now + Milliseconds(3100));
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Code::transfer_stalled);
}

TEST_CASE("a turn that comes before it is asked when it comes is told", "[push]") {
  Dialogue it(std::string(100'000, 'x'));
  it.orders.pace = std::make_shared<Pacer>(20'000);
  it.orders.stall = GENERATE(Milliseconds(0), Milliseconds(3000));
  it.start().hear("p 0 -\ns - -\nr sha256sum 0022\n");
  (void)it.given();
  const auto due = it.now + Milliseconds(50);
  CHECK(it.talk->tick(it.now).value() == due);
  const auto later = due + Milliseconds(10);
  CHECK(it.talk->tick(later).value() == due);
  // If nothing can be taken then, it is not asked again and again.
  CHECK(it.talk->tick(later).value() > later);
  CHECK(it.talk->give(65536, later)->size() == 1000);
  CHECK(it.talk->give(65536, later)->empty());
  CHECK(it.talk->tick(later + Milliseconds(100)).value() > due);
  CHECK(it.talk->give(65536, later + Milliseconds(100))->size() == 1000);
}

TEST_CASE("a source that changes is not sent to its end", "[push]") {
  Dialogue it(std::string(100'000, 'x'));
  it.start().hear("p 0 -\ns - -\nr sha256sum 0022\n");
  (void)it.talk->give(65536, it.now);
  CHECK(it.talk->give(65536, it.now)->size() == 64'000);
  std::filesystem::resize_file(it.folder / "a", 10);
  CHECK(it.given() == "$");
  CHECK(it.code() == "transfer_interrupted");
}

TEST_CASE("a pacer gives everyone the same share", "[push]") {
  Pacer pacer(1000);
  const Clock::time_point now{};
  CHECK(pacer.reserve(500, now) == now);
  CHECK(pacer.reserve(500, now) == now + Milliseconds(500));
  CHECK(pacer.reserve(500, now + Milliseconds(100)) == now + Milliseconds(1000));
  CHECK(pacer.reserve(500, now + Milliseconds(5000)) == now + Milliseconds(5000));
  CHECK(Pacer(0).reserve(500, now) == now);
  CHECK(Pacer(0).piece(65536) == 65536);
}

TEST_CASE("a source is hashed once, and its beginning at any byte", "[push]") {
  const testing::TempDir folder;
  std::string bytes(9'000'001, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 2654435761u >> 16);
  testing::write_file(folder / "a", bytes);
  const auto source = Source::open(folder / "a").value();
  const auto wait_for = [&](auto ask) {
    for (;;)
      if (const auto hash = ask()) return *hash;
  };
  CHECK(wait_for([&] { return source.sha256(); }) == sha256_of(bytes));
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4} << 20, (std::size_t{4} << 20) + 7,
                                 bytes.size() - 1, bytes.size()})
    CHECK(wait_for([&] { return source.sha256_of_first(size); }) == sha256_of(bytes.substr(0, size)));
  CHECK_FALSE(Source::open(folder / "none"));
  CHECK_FALSE(Source::open(folder.path()));
  CHECK_FALSE(Source::open("/dev/null"));
}

TEST_CASE("a source that is cut off is read as zeros, and known to have changed", "[push]") {
  const testing::TempDir folder;
  testing::write_file(folder / "a", std::string(100'000, 'x'));
  const auto source = Source::open(folder / "a").value();
  CHECK_FALSE(source.has_changed());
  std::filesystem::resize_file(folder / "a", 0);
  std::string read(60'000, '-');
  CHECK(source.read(50'000, read) == std::string(50'000, '\0'));
  CHECK(source.read(200'000, read).empty());
  CHECK(source.has_changed());
}

}  // namespace cef::remote::push_talk_tests
