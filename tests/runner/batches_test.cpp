#include "batches.hpp"

#include "fake_hosts.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace cef::runner::batches_tests {

TEST_CASE("batches have Ansible's sizes", "[runner]") {
  struct Case {
    const char* name;
    std::size_t hosts;
    std::vector<Share> serial;
    std::vector<std::size_t> ends;
  };
  const auto c = GENERATE(values<Case>({
      {"none", 5, {}, {5}},
      {"a size", 5, {{2, false}}, {2, 4, 5}},
      {"one, a tenth, the rest", 25, {{1, false}, {10, true}, {100, true}}, {1, 3, 25}},
      {"the last one repeats", 10, {{1, false}, {30, true}}, {1, 4, 7, 10}},
      {"a small percentage is one host", 3, {{1, true}}, {1, 2, 3}},
      {"more than there are", 3, {{10, false}}, {3}},
  }));
  DYNAMIC_SECTION(c.name) {
    Limits limits;
    limits.serial = c.serial;
    Batches batches(c.hosts, limits);
    std::vector<std::size_t> ends{batches.end()};
    while (batches.end() < c.hosts) batches.next(), ends.push_back(batches.end());
    CHECK(ends == c.ends);
  }
}

TEST_CASE("a batch starts when the one before is done", "[runner]") {
  Scene scene;
  scene.limits.serial = {{1, false}, {2, false}};
  for (int i = 0; i < 5; ++i) scene.add("h" + std::to_string(i), {Milliseconds(0), Milliseconds(20), {}});
  std::vector<std::string> started, done;
  scene.events.started = [&](const Job& job, std::size_t) {
    // All that were started before this batch are done.
    started.push_back(job.host);
    const std::size_t before = started.size() <= 1 ? 0 : started.size() <= 3 ? 1 : 3;
    CHECK(done.size() == before);
  };
  scene.events.done = [&](const HostResult& result, std::size_t) { done.push_back(result.host); };
  const auto results = scene.go();
  CHECK(started.size() == 5);
  CHECK(scene.hosts.most_commands_at_once == 2);
  for (const auto& result : results) CHECK(result.status == Status::ok);
}

TEST_CASE("no more hosts are started once too many failed", "[runner]") {
  Scene scene;
  scene.limits.forks = scene.limits.logins = 1;
  for (int i = 0; i < 10; ++i)
    scene.add("h" + std::to_string(i), {Milliseconds(0), Milliseconds(0),
                                        i % 2 == 1 ? std::vector{Code::connect_refused} : std::vector<Code>{}});
  struct Case {
    Share max_fail;
    std::size_t first_skipped;
    const char* message;
  };
  const auto c = GENERATE(values<Case>({
      {{0, false}, 2, "not started: 1 of 10 hosts failed, more than --max-fail 0 allows"},
      {{2, false}, 6, "not started: 3 of 10 hosts failed, more than --max-fail 2 allows"},
      {{20, true}, 6, "not started: 3 of 10 hosts failed, more than --max-fail 20% allows"},
      {{50, true}, 10, ""},  // exceeded, not reached
  }));
  DYNAMIC_SECTION(c.max_fail.value << (c.max_fail.percent ? "%" : "")) {
    scene.limits.max_fail = c.max_fail;
    const auto results = scene.go();
    for (std::size_t i = 0; i < 10; ++i) {
      CHECK((results[i].status == Status::skipped) == (i >= c.first_skipped));
      if (results[i].status != Status::skipped) continue;
      CHECK(results[i].error->code == Code::circuit_open);
      CHECK(results[i].error->message == c.message);
    }
  }
}

TEST_CASE("a percentage of failures counts in each batch", "[runner]") {
  Scene scene;
  scene.limits.serial = {{4, false}};
  scene.limits.max_fail = Share{25, true};
  for (int i = 0; i < 12; ++i) {
    const bool bad = i == 1 || i == 4 || i == 6;  // one of the first batch, two of the second
    scene.add("h" + std::to_string(i),
              {Milliseconds(0), Milliseconds(5), bad ? std::vector{Code::connect_refused} : std::vector<Code>{}});
  }
  const auto results = scene.go();
  CHECK(results[7].status == Status::ok);
  CHECK(results[8].status == Status::skipped);
  CHECK(results[8].error->message ==
        "not started: 2 of the 4 hosts of batch 2 failed, more than --max-fail 25% allows");
}

TEST_CASE("a batch that failed as a whole is the last one", "[runner]") {
  Scene scene;
  scene.limits.serial = {{1, false}, {100, true}};
  scene.add("canary", {Milliseconds(0), Milliseconds(0), {Code::connect_refused}});
  for (int i = 0; i < 3; ++i) scene.add("h" + std::to_string(i));
  const auto results = scene.go();
  CHECK(results[0].status == Status::unreachable);
  CHECK(results[3].status == Status::skipped);
  CHECK(results[3].error->message == "not started: the only host of batch 1 failed");
  CHECK(scene.hosts.logins == 1);
}

TEST_CASE("a host that was not tried for another one's sake is skipped", "[runner]") {
  Scene scene;
  scene.add("h", {Milliseconds(0), Milliseconds(0), {Code::circuit_open}});
  CHECK(scene.go()[0].status == Status::skipped);
}

TEST_CASE("a run that is stopped between batches ends", "[runner]") {
  Scene scene;
  scene.limits.serial = {{1, false}};
  for (int i = 0; i < 3; ++i) scene.add("h" + std::to_string(i), {Milliseconds(0), std::chrono::hours(1), {}});
  scene.stop_after(Milliseconds(20));
  const auto results = scene.go();
  CHECK(results[0].error->code == Code::interrupted);
  CHECK(results[2].status == Status::skipped);
  CHECK(results[2].error->code == Code::interrupted);
}

}  // namespace cef::runner::batches_tests
