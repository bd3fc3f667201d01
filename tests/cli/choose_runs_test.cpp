#include "past/choose_runs.hpp"

#include "temp_dir.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace cef::cli {

namespace {

// Newest last: each of an hour, with its hosts.
struct RecordedRuns {
  testing::TempDir folder;
  store::Journal journal = open(folder);
  int minute = 0;

  static store::Journal open(const testing::TempDir& folder) {
    auto journal = store::Journal::open(folder / "journal.db", store::Access::write, Milliseconds(2000));
    REQUIRE(journal);
    return *std::move(journal);
  }
  void add(const std::string& id, std::vector<std::string> words, std::vector<std::string> hosts,
           std::optional<int> exit_code = 0) {
    store::RunRecord run;
    run.id = id;
    run.verb = words.front();
    run.words = std::move(words);
    run.started = store::Time(std::chrono::minutes(29'000'000 + ++minute));
    REQUIRE(journal.begin(run));
    run.exit_code = exit_code;
    Report report;
    report.run = id;
    for (std::string& host : hosts) {
      HostResult result;
      result.host = std::move(host);
      report.results.push_back(std::move(result));
    }
    if (exit_code) REQUIRE(journal.end(run, report));
  }

  // Their ids, newest first.
  std::string chosen(const std::vector<std::string>& words, bool failed = false, std::size_t last = SIZE_MAX) {
    auto choice = parse_run_choice(words);
    if (!choice) return choice.error().message;
    choice->failed = failed;
    auto runs = journal.runs({.last = SIZE_MAX, .since = {}, .verb = {}, .id_prefix = {}});
    REQUIRE(runs);
    const auto found = choose_runs(journal, *std::move(runs), *choice, last);
    REQUIRE(found);
    std::string ids;
    for (const auto& run : *found) ids += (ids.empty() ? "" : " ") + run.id;
    return ids;
  }
};

}  // namespace

TEST_CASE("runs are chosen by their hosts, their words and how they ended", "[cli]") {
  RecordedRuns recorded;
  recorded.add("one", {"ping", "rpi"}, {"rpi1", "rpi2"});
  recorded.add("two", {"exec", "all", "--", "systemctl restart Nginx"}, {"rpi1", "w01"}, 2);
  recorded.add("three", {"exec", "w01", "--", "uptime"}, {"w01"}, 4);
  recorded.add("four", {"exec", "rpi", "--", "nginx -t"}, {}, std::nullopt);  // killed
  struct Case {
    std::vector<std::string> words;
    bool failed;
    std::size_t last;
    const char* ids;
  };
  const auto c = GENERATE(Catch::Generators::values<Case>({
      {{}, false, SIZE_MAX, "four three two one"},
      {{"host=rpi1"}, false, SIZE_MAX, "two one"},
      {{"host=w01"}, true, SIZE_MAX, "three two"},
      {{"host=rpi[2-3]"}, false, SIZE_MAX, "one"},
      {{"host=rpi*,w01"}, false, SIZE_MAX, "three two one"},
      {{"host=rpi9"}, false, SIZE_MAX, ""},
      {{"nginx"}, false, SIZE_MAX, "four two"},
      {{"nginx", "restart"}, false, SIZE_MAX, "two"},
      {{"nginx", "host=w01"}, false, SIZE_MAX, "two"},
      {{}, true, SIZE_MAX, "four three two"},
      {{}, true, 2, "four three"},
      {{"host=w01"}, false, 1, "three"},
      {{"group=rpi"}, false, 1, "runs takes no 'group=rpi'"},
      {{"host!=rpi"}, false, 1, "runs takes no 'host!=rpi'"},
  }));
  DYNAMIC_SECTION(c.ids << " " << (c.words.empty() ? "" : c.words.front()) << c.failed) {
    CHECK(recorded.chosen(c.words, c.failed, c.last) == c.ids);
  }
}

}  // namespace cef::cli
