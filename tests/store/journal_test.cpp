#include "samples.hpp"

#include <sys/stat.h>

namespace cef::store::journal_tests {

namespace {

unsigned mode_of(const std::filesystem::path& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777;
}

// Every byte that SQLite has put on disk.
std::string all_bytes(const std::filesystem::path& folder) {
  std::string bytes;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) bytes += testing::read_file(entry.path());
  return bytes;
}

std::vector<std::string> ids(const Journal& journal, const Journal::Filter& filter) {
  const auto runs = journal.runs(filter);
  REQUIRE(runs);
  std::vector<std::string> ids;
  for (const RunRecord& run : *runs) ids.push_back(run.id);
  return ids;
}

}  // namespace

TEST_CASE("a run comes back as it was written", "[store]") {
  const testing::TempDir folder;
  const auto file = folder / "state/cef/journal.db";
  RunRecord run = sample_run("20231114T221320Z-0001");
  run.files["setup.sh"] = "#!/bin/sh\necho \xff\n";
  run.exit_code = 6;
  HostResult failed = sample_result("n2");
  failed.status = Status::failed;
  failed.data["rc"] = 3;
  failed.error = Error{Code::command_failed, "exit status 3", ""};
  HostResult unreachable = failure("n3", {}, {Code::connect_refused, "refused", "look there"});
  unreachable.attempts = 2;
  const Report report = sample_report(run, {sample_result("n1", "not UTF-8: \xfe\n"), failed, unreachable});
  {
    Journal journal = open(file);
    REQUIRE(journal.begin(run));
    REQUIRE(journal.end(run, report));
  }
  const Journal journal = open(file, Access::read);
  const auto again = journal.run(run.id);
  REQUIRE(again);
  CHECK(again->verb == "exec");
  CHECK(again->words == run.words);
  CHECK(again->selectors == run.selectors);
  CHECK(again->inventory == run.inventory);
  CHECK(again->directory == "/srv");
  CHECK(again->user == "jpark");
  CHECK(again->machine == "console");
  CHECK(again->version == "0.1.0");
  CHECK(again->output_field == "stdout");
  CHECK(again->repeat == run.repeat);
  CHECK(again->files == run.files);
  CHECK(again->unrepeatable.empty());
  CHECK(again->started == run.started);
  CHECK(again->exit_code == 6);
  CHECK(again->duration_ms == 250.5);
  CHECK(again->summary.hosts == 3);
  CHECK(again->summary.ok == 1);
  CHECK(again->summary.failed == 1);
  CHECK(again->summary.unreachable == 1);

  const auto results = journal.report(*again);
  REQUIRE(results);
  REQUIRE(results->results.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const HostResult& was = report.results[i];
    const HostResult& is = results->results[i];
    CHECK(is.host == was.host);
    CHECK(is.groups == was.groups);
    CHECK(is.status == was.status);
    CHECK(is.duration_ms == was.duration_ms);
    CHECK(is.attempts == was.attempts);
    CHECK(is.stages == was.stages);
    CHECK(is.data == was.data);
    REQUIRE(is.error.has_value() == was.error.has_value());
    if (!is.error) continue;
    CHECK(is.error->code == was.error->code);
    CHECK(is.error->message == was.error->message);
    CHECK(is.error->hint == was.error->hint);
  }
}

TEST_CASE("a recorded result still says which thresholds it crossed", "[store]") {
  const testing::TempDir folder;
  Journal journal = open(folder / "journal.db");
  const Metrics metrics{{"temp", "cpu_celsius", ""}, {"power", "now", ""}, {"disk", "used_pct", ""}};
  HostResult result = sample_result("a");
  result.data =
      Value::parse(R"({"temp": {"cpu_celsius": 83.2}, "power": {"now": true}, "disk": {"error": {"code": "x"}}})");
  Assertions thresholds;
  for (const auto* text : {"temp.cpu_celsius<80", "temp.cpu_celsius>0", "power.now==false", "disk.used_pct<90"})
    thresholds.push_back(*parse_assertion(text, metrics, "snapshot"));
  result.checks = check(thresholds, metrics, "snapshot", result.data);
  const RunRecord run = sample_run("20261123T101500Z-4f2a");
  REQUIRE(journal.end(run, sample_report(run, {result})));
  const auto again = journal.report(run);
  REQUIRE(again);
  std::vector<std::string> told;
  for (const Check& check : again->results[0].checks) told.push_back(check.sentence());
  CHECK(told == std::vector<std::string>{"temp.cpu_celsius 83.2 is not < 80", "power.now true is not == false",
                                         "disk.used_pct is not known (x) and has to be < 90"});
}

TEST_CASE("only the user may read the journal", "[store]") {
  const testing::TempDir folder;
  Journal journal = open(folder / "state/cef/journal.db");
  record(journal, sample_run("a"), {sample_result("n1")});
  CHECK(mode_of(folder / "state/cef") == 0700);
  CHECK(mode_of(folder / "state/cef/journal.db") == 0600);
  CHECK(mode_of(folder / "state/cef/journal.db-wal") == 0600);
}

TEST_CASE("a run that did not end is there without results", "[store]") {
  const testing::TempDir folder;
  Journal journal = open(folder / "journal.db");
  RunRecord run = sample_run("a");
  REQUIRE(journal.begin(run));
  auto again = journal.run("a");
  REQUIRE(again);
  CHECK_FALSE(again->exit_code);
  CHECK(is_running(*again));
  CHECK(journal.report(*again)->results.empty());
  run.id = "b";
  run.process = "1.0";  // there is such a process, but another one started then
  REQUIRE(journal.begin(run));
  again = journal.run("b");
  REQUIRE(again);
  CHECK_FALSE(is_running(*again));
}

TEST_CASE("a run never takes the place of another of the same id", "[store]") {
  const testing::TempDir folder;
  Journal journal = open(folder / "journal.db");
  RunRecord run = sample_run("a");
  run.exit_code = 0;
  const auto taken = [&] {
    const auto begun = journal.begin(sample_run("a"));
    REQUIRE(begun);
    return !*begun;
  };
  CHECK_FALSE(taken());
  CHECK(taken());
  REQUIRE(journal.end(run, sample_report(run, {sample_result("n1")})));
  CHECK(taken());
  CHECK_FALSE(journal.end(run, sample_report(run, {sample_result("n2")})));
  CHECK(journal.report(*journal.run("a"))->results.front().host == "n1");
}

TEST_CASE("a run whose beginning was not noted is recorded at its end", "[store]") {
  const testing::TempDir folder;
  Journal journal = open(folder / "journal.db");
  RunRecord run = sample_run("a");
  run.exit_code = 0;
  REQUIRE(journal.end(run, sample_report(run, {sample_result("n1")})));
  CHECK(journal.run("a")->summary.hosts == 1);
}

TEST_CASE("runs are listed newest first and can be chosen", "[store]") {
  const testing::TempDir folder;
  Journal journal = open(folder / "journal.db");
  const Time start(std::chrono::seconds(1'700'000'000));
  for (int i = 0; i < 4; ++i) {
    RunRecord run = sample_run("run-" + std::to_string(i), start + std::chrono::minutes(i));
    if (i == 2) run.verb = "ping";
    record(journal, run, {});
  }
  CHECK(ids(journal, {}) == std::vector<std::string>{"run-3", "run-2", "run-1", "run-0"});
  CHECK(ids(journal, {.last = 2, .since = {}, .verb = {}, .id_prefix = {}}) ==
        std::vector<std::string>{"run-3", "run-2"});
  CHECK(ids(journal, {.last = 9, .since = start + std::chrono::minutes(2), .verb = "exec", .id_prefix = {}}) ==
        std::vector<std::string>{"run-3"});
  CHECK(ids(journal, {.last = 9, .since = {}, .verb = {}, .id_prefix = "run-1"}) == std::vector<std::string>{"run-1"});
  CHECK(ids(journal, {.last = 9, .since = {}, .verb = {}, .id_prefix = "run-_"}).empty());
  CHECK(journal.run("run-9").error().code == Code::nothing_matched);
}

TEST_CASE("long output is cut at a character, and says so", "[store]") {
  const testing::TempDir folder;
  Journal journal = open(folder / "journal.db");
  const std::size_t limit = Journal::kept_bytes;
  const std::string exact(limit, 'x');
  std::string wide(limit - 1, 'x');
  wide += "\u00e9 and more";  // its first byte would still fit
  std::string bytes(limit + 10, '\x80');
  record(journal, sample_run("a"), {sample_result("n1", exact), sample_result("n2", wide), sample_result("n3", bytes)});
  const auto report = journal.report(*journal.run("a"));
  REQUIRE(report);
  CHECK(report->results[0].data["stdout"] == exact);
  CHECK_FALSE(report->results[0].data.contains("stdout_truncated"));
  CHECK(report->results[1].data["stdout"] == std::string(limit - 1, 'x'));
  CHECK(report->results[1].data["stdout_truncated"] == true);
  CHECK(report->results[1].data["stdout_bytes"] == wide.size());
  CHECK(report->results[2].data["stdout"] == bytes.substr(0, limit));
  CHECK(report->results[2].data["stderr"] == "");
}

TEST_CASE("a file that is too large is not kept, and the run cannot be repeated", "[store]") {
  const testing::TempDir folder;
  Journal journal = open(folder / "journal.db");
  RunRecord run = sample_run("a");
  run.files["big.sh"] = std::string((1 << 20) + 1, '#');
  record(journal, run, {});
  CHECK(journal.run("a")->files.empty());
  CHECK(journal.run("a")->unrepeatable == "big.sh was too large to be kept");
}

TEST_CASE("recording a run costs little", "[store][.measure]") {
  const testing::TempDir folder;
  for (const std::size_t hosts : {1000UL, 10000UL}) {
    Journal journal = open(folder / (std::to_string(hosts) + ".db"));
    RunRecord run = sample_run("a");
    std::vector<HostResult> results;
    for (std::size_t i = 0; i < hosts; ++i) {
      HostResult result = sample_result("node" + std::to_string(i));
      result.data = {{"address", "127.64.1." + std::to_string(i % 256)},
                     {"port", 22},
                     {"connect_ms", 0.532 + double(i) / 7},
                     {"handshake_ms", 57.7},
                     {"auth_ms", 21.7},
                     {"exec_ms", 19.2},
                     {"total_ms", 99.1},
                     {"server", "OpenSSH_9.2p1 Debian-2+deb12u7"}};
      results.push_back(std::move(result));
    }
    const Report report = sample_report(run, std::move(results));
    const auto cpu = [] { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC * 1e3; };
    const double start = cpu();
    REQUIRE(journal.begin(run));
    const double begun = cpu();
    REQUIRE(journal.end(run, report));
    const double ended = cpu();
    const auto size = all_bytes(folder.path()).size();
    WARN(hosts << " hosts: begin " << begun - start << " ms, end " << ended - begun << " ms, "
               << (ended - begun) / static_cast<double>(hosts) << " ms a host; folder " << size << " bytes");
  }
}

}  // namespace cef::store::journal_tests
