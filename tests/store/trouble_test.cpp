// What can be wrong with the file or its folder: each is an error that names the file, never a crash, and never touches
// what is there.
#include "samples.hpp"

#include <chrono>
#include <sqlite3.h>

namespace cef::store {

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
  Run run = sample_run("new");
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

TEST_CASE("an empty file becomes a journal, but has no runs to read", "[store]") {
  const testing::TempDir folder;
  const auto file = folder / "journal.db";
  testing::write_file(file, "");
  CHECK_THAT(error_of(file, Access::read).message, Catch::Contains("no runs yet"));
  Journal journal = open(file);
  record(journal, sample_run("a"), {});
  CHECK(journal.run("a"));
}

}  // namespace cef::store
