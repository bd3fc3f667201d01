// Runs to write into a journal.
#pragma once

#include "temp_dir.hpp"

#include <cef/store/journal.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>

namespace cef::store {

using Access = Journal::Access;

inline Journal open(const std::filesystem::path& file, Access access = Access::write,
                    Milliseconds patience = Milliseconds(2000)) {
  auto journal = Journal::open(file, access, patience);
  INFO((journal ? std::string() : journal.error().message));
  REQUIRE(journal);
  return std::move(*journal);
}

inline RunRecord sample_run(std::string id, Time started = Time(std::chrono::seconds(1'700'000'000))) {
  RunRecord run;
  run.id = std::move(id);
  run.verb = "exec";
  run.words = {"exec", "group=all", "--", "uname -a"};
  run.selectors = {"group=all"};
  run.inventory = {"/srv/inventory"};
  run.directory = "/srv";
  run.user = "jpark";
  run.machine = "console";
  run.version = "0.1.0";
  run.output_field = "stdout";
  run.repeat = {{"command", {"uname -a"}}};
  run.process = this_process();
  run.started = started;
  return run;
}

inline HostResult sample_result(const std::string& host, const std::string& out = "Linux\n") {
  HostResult result;
  result.host = host;
  result.groups = {"rpi", "arm64"};
  result.duration_ms = 12.5;
  result.attempts = 1;
  result.stages = {{"connect_ms", 1.25}, {"auth_ms", 7.5}};
  result.data = {{"rc", 0}, {"stdout", out}, {"stderr", ""}};
  return result;
}

inline Report sample_report(const RunRecord& run, std::vector<HostResult> results) {
  Report report;
  report.run = run.id;
  report.verb = run.verb;
  report.started = run.started;
  report.duration_ms = 250.5;
  report.results = std::move(results);
  return report;
}

inline void record(Journal& journal, RunRecord run, std::vector<HostResult> results) {
  REQUIRE(journal.begin(run));
  run.exit_code = 0;
  const auto report = sample_report(run, std::move(results));
  const auto ended = journal.end(run, report);
  INFO((ended ? std::string() : ended.error().message));
  REQUIRE(ended);
}

}  // namespace cef::store
