// Files to SFTP servers: a made-up one answers, or does not.
#include "sftp/sftp_push.hpp"

#include "push/push_talk.hpp"
#include "temp_dir.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>

namespace cef::remote::sftp_push_tests {

namespace {

std::string number(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}
std::string text(const std::string& value) { return number(static_cast<std::uint32_t>(value.size())) + value; }
std::string packet(int type, const std::string& body) {
  return number(static_cast<std::uint32_t>(body.size() + 1)) + static_cast<char>(type) + body;
}

struct Dialogue {
  testing::TempDir folder;
  PushOrders orders;
  std::optional<Source> source;
  std::optional<SftpPush> push;

  explicit Dialogue(const std::string& bytes) {
    testing::write_file(folder / "a", bytes);
    source.emplace(std::move(Source::open(folder / "a").value()));
    orders.dest = "/srv/";
    push.emplace(*source, orders);
  }
  std::string given() {
    std::string all;
    for (;;) {
      const auto piece = push->give(10'000, {});
      if (!piece) return all + "$";
      if (piece->empty()) return all;
      all += *piece;
    }
  }
  // The id of the last request among these bytes.
  void status(std::uint32_t id, std::uint32_t code) {
    push->hear(packet(101, number(id) + number(code) + text("") + text("")));
  }
  void attributes(std::uint32_t id, std::uint32_t mode) {
    push->hear(packet(105, number(id) + number(4) + number(mode)));
  }
  void part(std::uint32_t id, std::uint32_t size) {
    const auto modified = static_cast<std::uint32_t>(source->modified());
    push->hear(
        packet(105, number(id) + number(1 | 8) + number(0) + number(size) + number(modified) + number(modified)));
  }
  // The target is a folder, and is asked for the file in it.
  void enter_folder() {
    CHECK(given() == std::string(sftp_hello));
    push->hear(packet(2, number(3)));
    (void)given();
    attributes(1, 0040755);
    (void)given();
  }
  void begin() {
    CHECK(given() == std::string(sftp_hello));
    push->hear(
        packet(2, number(3) + text("posix-rename@openssh.com") + text("1") + text("fsync@openssh.com") + text("1")));
    CHECK(given() == packet(17, number(1) + text("/srv/")));
    attributes(1, 0040755);
    CHECK(given() == packet(17, number(2) + text("/srv/a")));
    status(2, 2);
    CHECK(given() == packet(7, number(3) + text("/srv/a")));
    status(3, 2);
    CHECK(given() == packet(13, number(4) + text("/srv/.a.cef-part")));
    status(4, 2);
    // To write, made anew, and nobody else's.
    CHECK(given().find(text("/srv/.a.cef-part") + number(2 | 8 | 32)) != std::string::npos);
    push->hear(packet(102, number(5) + text("h")));
  }
};

}  // namespace

TEST_CASE("a file is written beside its place, and renamed", "[sftp]") {
  Dialogue it(std::string(40'000, 'x'));
  it.begin();
  const auto written = it.given();
  CHECK(written.size() == 40'000 + 2 * 26);
  it.status(7, 0);
  CHECK(it.given().empty());
  it.status(6, 0);
  CHECK(it.given().find("fsync@openssh.com") != std::string::npos);
  it.status(8, 0);
  it.status(9, 0);
  CHECK_FALSE(it.push->ended());
  it.status(10, 0);
  CHECK(it.given() == packet(17, number(11) + text("/srv/.a.cef-part")));
  it.part(11, 40'000);
  CHECK(it.given().find("posix-rename@openssh.com") != std::string::npos);
  it.status(12, 0);
  CHECK(it.push->ended());
  CHECK(it.push->changed());
  CHECK(it.push->sent() == 40'000);
  CHECK(it.given() == "$");
}

TEST_CASE("a link to nothing is told, and stays", "[sftp]") {
  Dialogue it("hello");
  it.enter_folder();
  it.status(2, 2);
  (void)it.given();
  it.attributes(3, 0120777);
  REQUIRE(it.push->error());
  CHECK(it.push->error()->code == Code::no_such_file);
  CHECK(it.given() == "$");
}

TEST_CASE("a link to a file stays one", "[sftp]") {
  Dialogue it("hello");
  it.enter_folder();
  it.attributes(2, 0100644);
  CHECK(it.given() == packet(16, number(3) + text("/srv/a")));
  SECTION("where the server tells what it leads to") {
    it.push->hear(packet(104, number(3) + number(1) + text("/data/real") + text("") + number(0)));
    CHECK(it.given() == packet(13, number(4) + text("/data/.real.cef-part")));
  }
  SECTION("where it does not") {
    it.status(3, 8);
    CHECK(it.given() == packet(13, number(4) + text("/srv/.a.cef-part")));
  }
}

TEST_CASE("a server that answers nothing is not waited for without end", "[sftp]") {
  Dialogue it("hello");
  it.orders.stall = std::chrono::seconds(5);
  const SftpPush::Clock::time_point start{};
  CHECK(it.push->tick(start).value() == start + std::chrono::seconds(5));
  const auto over = it.push->tick(start + std::chrono::seconds(5));
  REQUIRE_FALSE(over);
  CHECK(over.error().code == Code::transfer_stalled);
}

TEST_CASE("a part that somebody else has taken over is not put in place", "[sftp]") {
  Dialogue it("hello");
  it.begin();
  it.given();
  it.status(6, 0);
  it.given();
  for (const std::uint32_t id : {7, 8, 9}) it.status(id, 0);
  it.given();
  it.part(10, 3);
  REQUIRE(it.push->error());
  CHECK(it.push->error()->code == Code::transfer_interrupted);
  CHECK(it.given() == "$");
}

TEST_CASE("a server's refusals and nonsense end it", "[sftp]") {
  Dialogue full("hello");
  full.begin();
  full.given();
  full.status(6, 4);
  REQUIRE(full.push->error());
  CHECK(full.push->error()->code == Code::disk_full);
  // What is there of it cannot be gone on with, and takes room.
  CHECK_FALSE(full.push->ended());
  CHECK(full.given() == packet(13, number(7) + text("/srv/.a.cef-part")));
  full.status(7, 0);
  CHECK(full.push->ended());
  Dialogue early(std::string(20'000, 'x'));
  early.begin();
  const std::string begun(early.push->give(100, {}).value());
  early.status(6, 4);
  const auto rest = early.given();
  CHECK(rest.find(std::string(10'000, 'x')) != std::string::npos);  // the server waits for all of a packet
  CHECK(rest.ends_with(packet(13, number(7) + text("/srv/.a.cef-part"))));
  Dialogue strange("hello");
  strange.given();
  strange.push->hear(packet(102, number(1)));
  REQUIRE(strange.push->error());
  CHECK(strange.push->error()->code == Code::unexpected_output);
  Dialogue endless("hello");
  endless.push->hear(std::string(5, '\xff'));
  CHECK(endless.push->error());
  Dialogue old("hello");
  old.push->hear(packet(2, number(2)));
  CHECK(old.push->error()->code == Code::unsupported_platform);
}

TEST_CASE("a server of SFTP in place of a shell is known by its answer", "[sftp]") {
  Dialogue it("hello");
  PushTalk talk(*it.source, it.orders, false);
  CHECK(talk.give(100, {})->starts_with(sftp_hello));
  talk.hear(packet(2, number(3)).substr(0, 4));
  CHECK_FALSE(talk.is_sftp());
  talk.hear(packet(2, number(3)).substr(4));
  CHECK(talk.is_sftp());
  CHECK(talk.ended());
  CHECK_FALSE(talk.error());
}

}  // namespace cef::remote::sftp_push_tests
