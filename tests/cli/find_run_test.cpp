#include "past/find_run.hpp"

#include "temp_dir.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace cef::cli {

namespace {

// Newest last. The one that goes on is ours.
struct Recorded {
  testing::TempDir folder;
  store::Journal journal = open(folder);
  int minute = 0;

  static store::Journal open(const testing::TempDir& folder) {
    auto journal = store::Journal::open(folder / "journal.db", store::Access::write, Milliseconds(2000));
    REQUIRE(journal);
    return *std::move(journal);
  }
  void add(std::string id, std::optional<int> exit_code = 0, bool goes_on = false) {
    store::RunRecord run;
    run.id = std::move(id);
    run.verb = "exec";
    run.words = {"exec", "group=all", "--", "uptime -p"};
    if (goes_on) run.process = store::this_process();
    run.started = store::Time(std::chrono::minutes(29'000'000 + ++minute));
    REQUIRE(journal.begin(run));
    run.exit_code = exit_code;
    if (exit_code) REQUIRE(journal.end(run, {}));
  }
};

}  // namespace

TEST_CASE("a word means a run by its id, the beginning of it, or its place from the last one", "[cli]") {
  Recorded recorded;
  for (const char* id : {"20260101T101500Z-aaaa", "20260102T101500Z-bbbb", "20260102T101500Z-bbbb2"}) recorded.add(id);
  recorded.add("20260103T101500Z-cccc", std::nullopt);        // killed
  recorded.add("20260104T101500Z-dddd", std::nullopt, true);  // goes on
  struct Case {
    const char *word, *id;
  };
  const auto c = GENERATE(Catch::Generators::values<Case>({
      {"last", "20260103T101500Z-cccc"},
      {"-1", "20260103T101500Z-cccc"},
      {"-2", "20260102T101500Z-bbbb2"},
      {"-4", "20260101T101500Z-aaaa"},
      {"20260101T101500Z-aaaa", "20260101T101500Z-aaaa"},
      {"20260101", "20260101T101500Z-aaaa"},
      {"20260102T101500Z-bbbb", "20260102T101500Z-bbbb"},  // its own id, though another begins with it
      {"20260104", "20260104T101500Z-dddd"},
      {"aaaa", "20260101T101500Z-aaaa"},  // the letters at the end
      {"cc", "20260103T101500Z-cccc"},
      {"bbbb2", "20260102T101500Z-bbbb2"},
  }));
  INFO(c.word);
  const auto run = find_run(recorded.journal, c.word);
  REQUIRE(run);
  CHECK(run->id == c.id);
}

TEST_CASE("a word that means no run, or several, is told with what is near", "[cli]") {
  Recorded recorded;
  for (int i = 1; i < 8; ++i) recorded.add(fmt::format("2026010{}T101500Z-aaaa", i));
  struct Case {
    const char* word;
    Code code;
    const char *message, *hint;
  };
  const auto c = GENERATE(Catch::Generators::values<Case>({
      {"-8", Code::nothing_matched, "there is no run '-8': only 7 are recorded", ""},
      {"-0", Code::nothing_matched, "there is no run '-0'", "cef runs lists more"},
      {"-1x", Code::nothing_matched, "there is no run '-1x'", "cef runs lists more"},
      {"-", Code::nothing_matched, "there is no run '-'", "cef runs lists more"},
      {"", Code::nothing_matched, "there is no run ''", "cef runs lists more"},
      {"LAST", Code::nothing_matched, "there is no run 'LAST'", "the last ones: 20260107T101500Z-aaaa"},
      {"20260103T101500Z-aaab", Code::nothing_matched, "did you mean '20260103T101500Z-aaaa'?", ""},
      {"%", Code::nothing_matched, "there is no run '%'", ""},  // no pattern
      {"_0260103", Code::nothing_matched, "there is no run '_0260103'", ""},
      {"2026", Code::usage, "several runs begin with '2026': 20260107T101500Z-aaaa", "write more of its id"},
      {"aa", Code::usage, "several runs have ids that end in 'aa': 20260107T101500Z-aaaa", "write more of its id"},
      {"a", Code::nothing_matched, "there is no run 'a'", ""},
  }));
  INFO(c.word);
  const auto run = find_run(recorded.journal, c.word);
  REQUIRE_FALSE(run);
  CHECK(run.error().code == c.code);
  CHECK_THAT(run.error().message, Catch::Contains(c.message));
  CHECK_THAT(run.error().hint, Catch::Contains(c.hint));
}

TEST_CASE("of an empty journal there is no run, and no nearest one", "[cli]") {
  const Recorded recorded;
  for (const char* word : {"last", "2026"})
    CHECK(find_run(recorded.journal, word).error().code == Code::nothing_matched);
  CHECK(find_run(recorded.journal, "2026").error().hint == "nothing is recorded yet");
}

TEST_CASE("a run without results says why", "[cli]") {
  Recorded recorded;
  recorded.add("ended", 2);
  recorded.add("killed", std::nullopt);
  recorded.add("running", std::nullopt, true);
  CHECK(find_ended_run(recorded.journal, "ended")->exit_code == 2);
  const auto killed = find_ended_run(recorded.journal, "killed"), running = find_ended_run(recorded.journal, "running");
  CHECK(killed.error().message ==
        "the results of run killed are not recorded: it was killed, or the journal could not be written");
  CHECK(killed.error().hint == "it was: cef exec group=all -- 'uptime -p'");
  CHECK(running.error().message == "run running goes on: its results are recorded when it ends");
}

TEST_CASE("a run's command line can be typed again", "[cli]") {
  struct Case {
    std::vector<std::string> words;
    const char* line;
  };
  const auto c = GENERATE(Catch::Generators::values<Case>({
      {{}, ""},
      {{"ping", "group=rpi,server", "--timeout=5s"}, "ping group=rpi,server --timeout=5s"},
      {{"ping", "host=rpi[1-3]", "group=!x"}, "ping host=rpi[1-3] group=!x"},
      {{"exec", "--", "df -h | tail"}, "exec -- 'df -h | tail'"},
      {{"ping", ""}, "ping ''"},
      {{"exec", "--", "echo $HOME"}, "exec -- 'echo $HOME'"},
      {{"exec", "--", "a~b*"}, "exec -- 'a~b*'"},
  }));
  DYNAMIC_SECTION(c.line) {
    store::RunRecord run;
    run.words = c.words;
    CHECK(command_line(run) == c.line);
  }
}

}  // namespace cef::cli
