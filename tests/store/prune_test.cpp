#include "samples.hpp"

namespace cef::store::prune_tests {

namespace {

using std::chrono::days;
using std::chrono::hours;
const Time now(std::chrono::seconds(1'800'000'000));

std::size_t count(const Journal& journal) { return journal.runs({})->size(); }

}  // namespace

TEST_CASE("runs past their age are removed with their results", "[store]") {
  const testing::TempDir folder;
  Journal journal = open(folder / "journal.db");
  for (int age : {100, 95, 89, 1, 0})
    record(journal, sample_run("run-" + std::to_string(age), now - days(age)),
           {sample_result("n1", "of " + std::to_string(age)), sample_result("n2")});
  const auto pruned = journal.prune({}, now, false);
  REQUIRE(pruned);
  CHECK(pruned->runs == 2);
  CHECK(count(journal) == 3);
  CHECK_FALSE(journal.run("run-95"));
  const auto report = journal.report(*journal.run("run-89"));
  REQUIRE(report->results.size() == 2);
  CHECK(report->results[0].data["stdout"] == "of 89");
  CHECK(journal.report(*journal.run("run-1"))->results.size() == 2);
}

TEST_CASE("age is looked at once a day", "[store]") {
  const testing::TempDir folder;
  Journal journal = open(folder / "journal.db");
  REQUIRE(journal.prune({}, now, false));
  record(journal, sample_run("old", now - days(99)), {});
  record(journal, sample_run("before", now), {});
  record(journal, sample_run("last", now), {});
  CHECK(journal.prune({}, now + hours(23), false)->runs == 0);
  CHECK(journal.prune({}, now + hours(25), false)->runs == 1);
  CHECK(journal.prune({}, now + days(91), true)->runs == 2);
}

TEST_CASE("one run with the clock behind does not make those before it old", "[store]") {
  const testing::TempDir folder;
  Journal journal = open(folder / "journal.db");
  for (const char* id : {"before", "last"}) record(journal, sample_run(id, now), {});
  record(journal, sample_run("behind", now - days(99)), {});
  CHECK(journal.prune({}, now + hours(26), true)->runs == 0);
  CHECK(count(journal) == 3);
}

TEST_CASE("one run with the clock ahead does not make all others old", "[store]") {
  const testing::TempDir folder;
  Journal journal = open(folder / "journal.db");
  for (int age : {30, 20, 1}) record(journal, sample_run("run-" + std::to_string(age), now - days(age)), {});
  const Time ahead = now + days(3650);
  record(journal, sample_run("ahead", ahead), {});
  CHECK(journal.prune({}, ahead, false)->runs == 0);
  record(journal, sample_run("again", ahead + hours(1)), {});
  CHECK(journal.prune({}, ahead + hours(1), false)->runs == 0);
  // The clock is right again, and goes on.
  record(journal, sample_run("right", now + hours(1)), {});
  CHECK(journal.prune({}, now + hours(1), false)->runs == 0);
  CHECK(count(journal) == 6);
  for (int day : {60, 61}) record(journal, sample_run("later-" + std::to_string(day), now + days(day)), {});
  CHECK(journal.prune({}, now + days(61), false)->runs == 1);
  CHECK_FALSE(journal.run("run-30"));
}

TEST_CASE("the oldest runs go when the file is too large, and it shrinks", "[store]") {
  const testing::TempDir folder;
  const auto file = folder / "journal.db";
  {
    Journal journal = open(file);
    REQUIRE(journal.prune({}, now, false));
    for (int i = 0; i < 40; ++i)
      record(journal, sample_run("run-" + std::to_string(i), now - hours(40 - i)),
             {sample_result("n1", std::string(50'000, static_cast<char>('a' + i % 26)))});
    const Limits limits{days(90), 1'000'000};
    const auto pruned = journal.prune(limits, now, false);
    REQUIRE(pruned);
    CHECK(pruned->bytes_before > 2'000'000);
    CHECK(pruned->bytes_after <= 1'000'000);
    CHECK(pruned->bytes_after > 600'000);
    CHECK(count(journal) == 40 - pruned->runs);
    CHECK(journal.run("run-39"));
    CHECK_FALSE(journal.run("run-0"));
    CHECK(journal.prune(limits, now, false)->runs == 0);
  }
  CHECK(std::filesystem::file_size(file) <= 1'000'000);
}

}  // namespace cef::store::prune_tests
