// What can be wrong with the file or its folder: each is an error that names the file, never a crash, and never touches
// what is there.
#include "samples.hpp"

#include <cef/store/metrics.hpp>

#include <chrono>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cef::store::trouble_tests {

namespace {

Error error_of(const std::filesystem::path& file, Access access = Access::write) {
  const auto journal = Journal::open(file, access, Milliseconds(50));
  REQUIRE_FALSE(journal);
  CHECK(journal.error().code == Code::io_failed);
  CHECK_THAT(journal.error().message, Catch::Contains(file.filename().string()) || Catch::Contains("cannot make"));
  return journal.error();
}

// Another program that works on the file.
struct Other {
  sqlite3* database = nullptr;

  explicit Other(const std::filesystem::path& file) { REQUIRE(sqlite3_open(file.c_str(), &database) == SQLITE_OK); }
  ~Other() { sqlite3_close(database); }
  Other(const Other&) = delete;
  void run(const char* sql) const { REQUIRE(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK); }
};

}  // namespace

TEST_CASE("a file that is no database is left alone", "[store]") {
  const testing::TempDir folder;
  const auto file = folder / "journal.db";
  const std::string garbage(5000, 'g');
  testing::write_file(file, garbage);
  CHECK_THAT(error_of(file).message, Catch::Contains("not a database"));
  CHECK_THAT(error_of(file).hint, Catch::Contains("move the file away"));
  CHECK(testing::read_file(file) == garbage);
}

TEST_CASE("a header with any damage is an error or is lived with", "[store]") {
  const testing::TempDir folder;
  const auto runs = folder / "journal.db", numbers = folder / "metrics.db";
  {
    Journal journal = open(runs);
    record(journal, sample_run("a"), {sample_result("n1")});
    REQUIRE(MetricStore::open(numbers, Access::write, Milliseconds(2000)));
  }
  const std::string whole_runs = testing::read_file(runs), whole_numbers = testing::read_file(numbers);
  const auto damage = [](const std::filesystem::path& file, std::string bytes, std::size_t at, int flip) {
    bytes[at] = static_cast<char>(bytes[at] ^ flip);
    for (const char* beside : {"-wal", "-shm"}) std::filesystem::remove(file.string() + beside);
    testing::write_file(file, bytes);
  };
  for (std::size_t at = 0; at < 100; ++at)
    for (const int flip : {0x01, 0x10, 0x80, 0xff})
      for (const Access access : {Access::read, Access::write}) {
        CAPTURE(at, flip);
        damage(runs, whole_runs, at, flip);
        if (auto journal = Journal::open(runs, access, Milliseconds(50))) {
          RunRecord run = sample_run("b");
          run.exit_code = 0;
          (void)journal->runs({});
          if (access == Access::write) (void)journal->end(run, sample_report(run, {sample_result("n1")}));
        } else {
          CHECK(journal.error().code == Code::io_failed);
        }
        damage(numbers, whole_numbers, at, flip);
        if (const auto store = MetricStore::open(numbers, access, Milliseconds(50)))
          (void)store->series();
        else
          CHECK(store.error().code == Code::io_failed);
      }
  damage(runs, whole_runs, 60, 0x80);
  CHECK_THAT(error_of(runs).message, Catch::Contains("no file of cef"));
}

TEST_CASE("a record that is nested without end is an empty one", "[store]") {
  const testing::TempDir folder;
  const auto file = folder / "journal.db";
  {
    Journal journal = open(file);
    record(journal, sample_run("a"), {sample_result("n1")});
  }
  // 300,000 lists, each in the one before, written over what the run's and the host's rows hold.
  const std::string deep =
      "WITH d(b) AS (SELECT CAST(replace(hex(zeroblob(150000)), '0', CAST(x'81' AS TEXT)) AS BLOB)) ";
  {
    const Other other(file);
    other.run((deep + "UPDATE runs SET about = (SELECT b FROM d)").c_str());
    other.run((deep + "UPDATE results SET record = (SELECT b FROM d)").c_str());
  }
  const Journal journal = open(file, Access::read);
  const auto run = journal.run("a");
  REQUIRE(run);
  CHECK(run->words.empty());
  CHECK(journal.report(*run)->results[0].groups.empty());
}

TEST_CASE("a damaged database is an error", "[store]") {
  const testing::TempDir folder;
  const auto file = folder / "journal.db";
  {
    Journal journal = open(file);
    for (int i = 0; i < 50; ++i) record(journal, sample_run("run-" + std::to_string(i)), {sample_result("n1")});
  }
  std::string bytes = testing::read_file(file);
  for (std::size_t at = 4096; at < bytes.size(); ++at) bytes[at] = static_cast<char>(at * 7);
  testing::write_file(file, bytes);
  auto journal = Journal::open(file, Access::write, Milliseconds(50));
  RunRecord run = sample_run("new");
  run.exit_code = 0;
  if (journal) {
    const auto ended = journal->end(run, sample_report(run, {sample_result("n1")}));
    REQUIRE_FALSE(ended);
    CHECK_THAT(ended.error().message, Catch::Contains("malformed"));
  } else {
    CHECK_THAT(journal.error().message, Catch::Contains("malformed"));
  }
}

TEST_CASE("a file where a folder should be is an error", "[store]") {
  const testing::TempDir folder;
  testing::write_file(folder / "state", "");
  CHECK_THAT(error_of(folder / "state/cef/journal.db").message, Catch::Contains("Not a directory"));
}

TEST_CASE("a folder where the file should be is an error", "[store]") {
  const testing::TempDir folder;
  std::filesystem::create_directory(folder / "journal.db");
  error_of(folder / "journal.db");
}

TEST_CASE("a journal of a newer cef is not touched", "[store]") {
  const testing::TempDir folder;
  const auto file = folder / "journal.db";
  { open(file); }
  Other(file).run("PRAGMA journal_mode=DELETE; PRAGMA user_version=99");
  const std::string before = testing::read_file(file);
  CHECK_THAT(error_of(file).message, Catch::Contains("newer cef (version 99"));
  error_of(file, Access::read);
  CHECK(testing::read_file(file) == before);
}

TEST_CASE("a locked journal is waited for no longer than told", "[store]") {
  const testing::TempDir folder;
  const auto file = folder / "journal.db";
  Journal journal = open(file, Access::write, Milliseconds(200));
  Journal patient = open(file, Access::write, Milliseconds(1500));
  const Other other(file);
  other.run("BEGIN IMMEDIATE");
  const auto wait = [](Journal& of) {
    const auto start = std::chrono::steady_clock::now();
    const auto begun = of.begin(sample_run("a"));
    REQUIRE_FALSE(begun);
    CHECK_THAT(begun.error().message, Catch::Contains("locked"));
    return std::chrono::steady_clock::now() - start;
  };
  const auto waited = wait(journal);
  CHECK(waited >= Milliseconds(150));
  CHECK(waited < wait(patient));
  other.run("COMMIT");
  CHECK(journal.begin(sample_run("a")));
}

TEST_CASE("reading goes on while another process writes", "[store]") {
  const testing::TempDir folder;
  const auto file = folder / "journal.db";
  Journal journal = open(file, Access::write, Milliseconds(300));
  record(journal, sample_run("a"), {sample_result("n1")});
  const Other other(file);
  other.run("BEGIN IMMEDIATE; DELETE FROM runs");
  CHECK(open(file, Access::read).run("a"));
}

TEST_CASE("a file that may only be read is read", "[store]") {
  if (::geteuid() != 0) return;  // root is whom nothing is forbidden; the child is somebody else
  const testing::TempDir folder;
  const bool with_log = GENERATE(true, false);
  const auto runs = folder / "journal.db", numbers = folder / "metrics.db";
  {
    Journal journal = open(runs);
    record(journal, sample_run("a"), {sample_result("n1")});
    REQUIRE(MetricStore::open(numbers, Access::write, Milliseconds(2000)));
  }
  for (const auto& file : {runs, numbers}) {
    if (!with_log) Other(file).run("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=WAL");
    for (const char* beside : {"", "-wal", "-shm"}) {
      const std::string path = file.string() + beside;
      if (!with_log && *beside)
        std::filesystem::remove(path);
      else
        ::chmod(path.c_str(), 0444);
    }
  }
  ::chmod(folder.path().c_str(), 0555);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setresuid(65534, 65534, 65534) != 0) ::_exit(9);
    const auto journal = Journal::open(runs, Access::read, Milliseconds(50));
    if (!journal || !journal->run("a") || journal->report(*journal->run("a"))->results.size() != 1) ::_exit(1);
    const auto store = MetricStore::open(numbers, Access::read, Milliseconds(50));
    ::_exit(store && store->series() ? 0 : 2);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  ::chmod(folder.path().c_str(), 0755);
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a file that was cut short is an error or is lived with", "[store]") {
  const testing::TempDir folder;
  const auto runs = folder / "journal.db", numbers = folder / "metrics.db";
  {
    Journal journal = open(runs);
    for (int i = 0; i < 5; ++i)
      record(journal, sample_run("run-" + std::to_string(i)), {sample_result("n1", std::string(3000, 'x'))});
    auto store = MetricStore::open(numbers, Access::write, Milliseconds(2000));
    REQUIRE(store);
    REQUIRE(store->append(Time(std::chrono::seconds(1'800'000'000)), {{"n1", {}, {{"disk.used_pct[/]", 1}}}}));
  }
  for (const auto& file : {runs, numbers}) Other(file).run("PRAGMA wal_checkpoint(TRUNCATE)");
  const std::string whole_runs = testing::read_file(runs), whole_numbers = testing::read_file(numbers);
  const auto cut = [](const std::filesystem::path& file, const std::string& whole, std::size_t size) {
    for (const char* beside : {"-wal", "-shm"}) std::filesystem::remove(file.string() + beside);
    testing::write_file(file, whole.substr(0, size));
  };
  for (std::size_t eighth = 0; eighth < 64; ++eighth)
    for (const std::size_t more : {0U, 1U, 4000U}) {
      CAPTURE(eighth, more);
      cut(runs, whole_runs, whole_runs.size() * eighth / 64 + more);
      for (const Access access : {Access::read, Access::write})
        if (auto journal = Journal::open(runs, access, Milliseconds(50))) {
          if (const auto list = journal->runs({}))
            for (const RunRecord& run : *list) (void)journal->report(run);
          RunRecord run = sample_run("new");
          run.exit_code = 0;
          if (access == Access::write) (void)journal->end(run, sample_report(run, {sample_result("n1")}));
        } else {
          CHECK(journal.error().code == Code::io_failed);
        }
      cut(numbers, whole_numbers, whole_numbers.size() * eighth / 64 + more);
      if (auto store = MetricStore::open(numbers, Access::write, Milliseconds(50))) {
        (void)store->series();
        (void)store->hosts();
        (void)store->append(Time(std::chrono::seconds(1'800'000'060)), {{"n1", {}, {{"disk.used_pct[/]", 2}}}});
      } else {
        CHECK(store.error().code == Code::io_failed);
      }
    }
}

TEST_CASE("an empty file becomes a journal, but has no runs to read", "[store]") {
  const testing::TempDir folder;
  const auto file = folder / "journal.db";
  testing::write_file(file, "");
  CHECK_THAT(error_of(file, Access::read).message, Catch::Contains("no runs yet"));
  Journal journal = open(file);
  record(journal, sample_run("a"), {});
  CHECK(journal.run("a"));
}

}  // namespace cef::store::trouble_tests
