// What a host says of a job, in any pieces and over several connections; and what no host of good will would say.
#include "job_feed.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cef::remote::job_feed_tests {

namespace {

constexpr std::string_view id = "4f2a9c1b03de";
using End = JobFeed::End;

std::string mark(std::string_view boot = "boot-1") { return fmt::format("=cef job {} {}\n", id, boot); }

struct Ear {
  std::string said;  // as on_output was told it
  JobFeed feed;

  explicit Ear(std::size_t limit = 1000)
      : feed(std::string(id), limit, [this](bool is_stderr, std::string_view bytes) {
          said += is_stderr ? '!' : '.';
          said += bytes;
        }) {}
  void hear(std::string_view bytes, std::size_t piece = 1'000'000) {
    feed.connect();
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) feed.hear(bytes.substr(0, piece));
  }
};

}  // namespace

TEST_CASE("a job is heard in pieces of any size, behind what a login shell says", "[remote]") {
  const auto piece = GENERATE(1, 2, 3, 7, 1000);
  const auto noise =
      GENERATE(values<std::string>({"", "Welcome!\n", "no end of line", "s\nd 0\n", "=cef job other b\n"}));
  DYNAMIC_SECTION(piece << " " << noise) {
    Ear ear;
    ear.hear(noise + mark() + "s\no 5\none\n\ne 3\nd 0o 2\ntw" + "d 7\n", static_cast<std::size_t>(piece));
    CHECK(ear.feed.answered());
    CHECK(ear.feed.begun());
    CHECK(ear.feed.end() == End::done);
    CHECK(ear.feed.rc() == 7);
    CHECK(ear.feed.out == "one\n\ntw");
    CHECK(ear.feed.err == "d 0");
    CHECK(ear.feed.place().out == 7);
    CHECK(ear.feed.place().err == 3);
    CHECK_FALSE(ear.feed.nonsense());
  }
}

TEST_CASE("after each cut a job goes on at the byte where it stopped", "[remote]") {
  const std::string text = "0123456789abcdef";
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    Ear ear;
    ear.hear(mark() + "s\no 16\n" + text.substr(0, cut));
    CHECK(ear.feed.end() == End::none);
    REQUIRE(ear.feed.place().out == cut);
    ear.hear("Last login: today\n" + mark() + fmt::format("s\no {}\n{}d 0\n", 16 - cut, text.substr(cut)));
    CHECK(ear.feed.end() == End::done);
    CHECK(ear.feed.out == text);
  }
}

TEST_CASE("output past the limit is not kept, and counts all the same", "[remote]") {
  Ear ear(5);
  ear.hear(mark() + "o 4\nabcde 4\nefgho 1\nid 0\n");
  CHECK(ear.feed.over_limit());
  CHECK(ear.feed.out == "abcd");
  CHECK(ear.feed.err == "e");
  CHECK(ear.said == ".abcd!e");
  CHECK(ear.feed.place().out == 5);
  CHECK(ear.feed.place().err == 4);
}

TEST_CASE("how a job ended is told apart", "[remote]") {
  struct Case {
    const char* said;
    End end;
    const char* why;
  };
  const auto c = GENERATE(values<Case>({{"l killed\n", End::lost, "killed"},
                                        {"l rebooted\n", End::lost, "rebooted"},
                                        {"l gone\n", End::lost, "gone"},
                                        {"x full /var/tmp\n", End::refused, "full /var/tmp"},
                                        {"r\n", End::running, ""}}));
  Ear ear;
  ear.hear(mark() + c.said);
  CHECK(ear.feed.end() == c.end);
  CHECK(ear.feed.why() == c.why);
  Ear marks;
  marks.hear(mark() + "w\nf\nm\nk\nd 143\n");
  CHECK(marks.feed.ends_with_login());
  CHECK(marks.feed.incomplete());
  CHECK(marks.feed.over_limit());
  CHECK(marks.feed.killed());
}

TEST_CASE("a job that is gone since another boot went with the reboot", "[remote]") {
  Ear ear;
  ear.hear(mark("boot-1") + "s\n");
  ear.hear(mark("boot-2") + "l gone\n");
  CHECK(ear.feed.why() == "rebooted");
}

TEST_CASE("what a supervisor does not say ends the hearing", "[remote]") {
  const auto said = GENERATE(
      values<std::string>({"o -1\n", "o 99999999999999999999\n", "o 1x\n", "o\n", "d\n", "d 256\n", "d -1\n", "d x\n",
                           "\n", "hello\n", "s \n", "l\n", "O 5\n", std::string(600, 'y'), std::string("s\0\n", 3)}));
  Ear ear;
  ear.hear(mark() + said + "o 3\nabcd 0\n");
  REQUIRE(ear.feed.nonsense());
  CHECK(ear.feed.end() == End::none);
  CHECK(ear.feed.out.empty());
  CHECK(ear.feed.nonsense()->size() <= 512);
}

TEST_CASE("a login shell does not talk for ever", "[remote]") {
  const auto noise = GENERATE(values<std::string>({std::string(70'000, 'x'), [] {
                                                     std::string lines;
                                                     while (lines.size() < 80'000) lines += "welcome\n";
                                                     return lines;
                                                   }()}));
  Ear ear;
  ear.hear(noise + mark() + "d 0\n", 1000);
  CHECK(ear.feed.nonsense());
  CHECK(ear.feed.end() == End::none);
}

TEST_CASE("a list of jobs is read, with commands of any text", "[remote]") {
  const std::string text =
      "motd\n=cef job  boot\nj 4f2a9c1b03de running 1795712558 - - exec 10\nmake\nj x 1j 0011aabb-5c0ffee0 "
      "done 5 9 3 upgrade 2\nlsj 4f2a9c1b03df lost - - - - 0\n";
  const auto entries = read_entries(text, "");
  REQUIRE(entries);
  REQUIRE(entries->size() == 3);
  CHECK((*entries)[0].command == "make\nj x 1");
  CHECK((*entries)[0].state == JobState::running);
  CHECK((*entries)[0].started == 1795712558);
  CHECK_FALSE((*entries)[0].ended);
  CHECK_FALSE((*entries)[0].rc);
  CHECK((*entries)[1].id == "0011aabb-5c0ffee0");
  CHECK((*entries)[1].rc == 3);
  CHECK((*entries)[1].label == "upgrade");
  CHECK((*entries)[2].state == JobState::lost);
  CHECK(read_entries("=cef job  boot\n", "").value().empty());
}

TEST_CASE("a list that is none is refused as a whole", "[remote]") {
  const auto line = GENERATE(values<std::string>(
      {"j\n", "j 4f2a9c1b03de running 1 - - exec\n", "hello\n", "j 4f2a9c1b03de asleep 1 - - exec 0\n",
       "j ../../etc/passwd running 1 - - exec 0\n", "j 4f2a9c1b03de running 1 - - exec 5\nabc",
       "j 4f2a9c1b03de running 1 - - exec 999999\n", "j 4f2a9c1b03de running 1 - - exec 0 more\n"}));
  const auto entries = read_entries("=cef job  boot\n" + line, "");
  REQUIRE_FALSE(entries);
  CHECK(entries.error().code == Code::unexpected_output);
  CHECK_FALSE(read_entries("nothing of the kind", ""));
}

TEST_CASE("the answer to an end is one of two", "[remote]") {
  CHECK(read_answer("hi\n=cef job 4f2a9c1b03de b\nk\n", id).value() == "k");
  CHECK(read_answer("=cef job 4f2a9c1b03de b\nl gone\n", id).value() == "l gone");
  CHECK_FALSE(read_answer("=cef job 4f2a9c1b03de b\n", id));
  CHECK_FALSE(read_answer("k\n", id));
}

TEST_CASE("ids of jobs", "[remote]") {
  CHECK(is_job_id(new_job_id()));
  CHECK(new_job_id() != new_job_id());
  const std::string shared = new_job_id().substr(0, 8);
  CHECK(is_job_id(job_id_on(shared, "rpi6401")));
  CHECK(job_id_on(shared, "rpi6401") != job_id_on(shared, "rpi6402"));
  CHECK(job_id_on(job_id_on(shared, "rpi6401"), "rpi6402") == job_id_on(shared, "rpi6401"));
  for (const char* no : {"", "abc", "../..", "-4f2a9c1b", "4F2A9C1B03DE", "4f2a9c1b 3de", "4f2a9c1b03de*"})
    CHECK_FALSE(is_job_id(no));
}

}  // namespace cef::remote::job_feed_tests
