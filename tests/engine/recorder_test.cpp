#include <cef/engine/recorder.hpp>

#include <catch2/catch.hpp>

#include <deque>
#include <filesystem>
#include <unistd.h>

namespace cef::engine::recorder_tests {

namespace {

struct Folder {
  std::filesystem::path path;
  Folder() {
    char name[] = "/tmp/cef-recorder.XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

Report report_of(const std::string& id, const std::string& host) {
  Report report;
  report.run = id;
  HostResult result;
  result.host = host;
  report.results.push_back(std::move(result));
  return report;
}

}  // namespace

TEST_CASE("two runs that draw one number get two ids, and keep their results", "[engine]") {
  const Folder folder;
  const auto file = folder.path / "journal.db";
  std::deque<std::string> drawn{"one", "one", "one", "two"};
  const auto draw = [&](store::Time) {
    auto id = drawn.front();
    drawn.pop_front();
    return id;
  };
  store::RunRecord run;
  run.verb = "ping";
  run.process = store::this_process();
  Recorder first(file, {}, run, draw), second(file, {}, run, draw);
  const auto now = std::chrono::system_clock::now();
  CHECK(first.begin(now) == "one");
  CHECK(second.begin(now) == "two");
  REQUIRE(second.end(report_of("two", "b"), 0));
  REQUIRE(first.end(report_of("one", "a"), 0));
  const auto journal = store::Journal::open(file, store::Access::read, Milliseconds(1000));
  REQUIRE(journal);
  for (const auto& [id, host] : {std::pair("one", "a"), std::pair("two", "b")}) {
    const auto kept = journal->run(id);
    REQUIRE(kept);
    const auto report = journal->report(*kept);
    REQUIRE(report);
    REQUIRE(report->results.size() == 1);
    CHECK(report->results.front().host == host);
  }
}

TEST_CASE("a secret of the command line is not recorded, and the run cannot be repeated", "[engine]") {
  const Folder folder;
  const auto file = folder.path / "journal.db";
  Secrets secrets;
  for (const char* text : {"correct-horse", "quebec"}) secrets.add(Secret(text));
  secrets.keep_visible("quebec");
  store::RunRecord run;
  run.words = {"exec", "group=quebec", "--", "mysql -pcorrect-horse"};
  run.selectors = {"group=quebec"};
  run.repeat = {{"command", {"mysql -pcorrect-horse"}}};
  run.process = store::this_process();
  SECTION("in its words") {}
  SECTION("in a file of its work") {
    run.words.back() = "sh script";
    run.repeat = nullptr;
    run.files["script"] = "echo correct-horse";
  }
  SECTION("nowhere") {
    run.words.back() = "true";
    run.repeat = nullptr;
  }
  const bool known = run.words.back() != "true";
  Recorder recorder(file, {}, run, [](store::Time) { return "one"; });
  recorder.mask(secrets);
  recorder.begin(std::chrono::system_clock::now());
  const auto journal = store::Journal::open(file, store::Access::read, Milliseconds(1000));
  REQUIRE(journal);
  const auto kept = journal->run("one");
  REQUIRE(kept);
  CHECK(kept->selectors == run.selectors);
  CHECK(kept->words[1] == "group=quebec");
  CHECK(kept->unrepeatable.empty() != known);
  std::string everything = kept->words.back() + kept->repeat.dump();
  for (const auto& [path, content] : kept->files) everything += content;
  CHECK(everything.find("correct-horse") == std::string::npos);
  CHECK((everything.find("********") != std::string::npos) == known);
}

TEST_CASE("without a journal a run has an id all the same", "[engine]") {
  Recorder recorder({}, {}, {});
  CHECK(recorder.begin(store::Time{} + std::chrono::seconds(1)).starts_with("19700101T000001Z-"));
  CHECK(recorder.end({}, 0));
}

}  // namespace cef::engine::recorder_tests
