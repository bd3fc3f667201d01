#include "questions.hpp"

#include "../runner/fake_hosts.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace cef::engine::questions_tests {

namespace {

// Hosts whose keys are not known until they are accepted.
class Strangers : public Observer {
 public:
  runner::Scene scene;
  std::vector<transport::UnknownKey> unknown;
  std::vector<std::string> accepted;
  std::vector<std::vector<std::string>> asked;  // hosts of each question
  std::vector<std::size_t> counts;
  std::function<void(Answer)> on_ask;
  int withdrawn = 0;

  void add(const std::string& name, runner::Script script = {}) {
    script.login_failures = {Code::host_key_unknown};
    runner::Job& job = scene.add(name, std::move(script));
    job.target.host_key = HostKeyPolicy::ask;
    job.connect_timeout = Milliseconds(2000);
    unknown.push_back({name, "127.0.0.1", 22, {"ssh-ed25519", name}, {}});
  }
  void ask(const std::vector<transport::UnknownKey>& keys, Answer answer) override {
    asked.emplace_back();
    for (const auto& key : keys) asked.back().push_back(key.host);
    on_ask(std::move(answer));
  }
  void withdraw() override { ++withdrawn; }
  void waiting(std::size_t hosts) override { counts.push_back(hosts); }

  std::vector<HostResult> go() {
    Questions questions(scene.io, scene.stop,
                        {[this] { return std::exchange(unknown, {}); },
                         [this](const transport::UnknownKey& key) -> Result<void> {
                           accepted.push_back(key.host);
                           return {};
                         }},
                        *this, scene.jobs);
    const auto watched = questions.around(scene.hosts);
    runner::Events events;
    events.started = [&](const runner::Job& job, std::size_t) { questions.started(job); };
    events.again = [&](const runner::Job& job, const HostResult& result) { return questions.again(job, result); };
    events.done = scene.events.done;
    return runner::run(scene.io, scene.stop, {*watched, scene.hosts}, scene.jobs, scene.work, scene.limits, events);
  }
};

}  // namespace

TEST_CASE("all unknown keys are asked about at once, and their hosts tried again", "[engine]") {
  Strangers hosts;
  hosts.add("a", {Milliseconds(1), {}, {}});
  hosts.add("b", {Milliseconds(60), {}, {}});
  hosts.on_ask = [&](const auto& answer) { answer(hosts.asked.back()); };
  const auto results = hosts.go();
  CHECK(hosts.asked == std::vector<std::vector<std::string>>{{"a", "b"}});
  CHECK(hosts.accepted.size() == 2);
  CHECK(std::ranges::all_of(results, [](const HostResult& result) { return result.status == Status::ok; }));
  CHECK(hosts.counts == std::vector<std::size_t>{1, 2, 1, 0});
}

TEST_CASE("keys are asked about in inventory order, whoever was first, and some may be trusted", "[engine]") {
  Strangers hosts;
  hosts.add("slow", {Milliseconds(60), {}, {}});
  hosts.add("quick", {Milliseconds(1), {}, {}});
  hosts.add("last", {Milliseconds(20), {}, {}});
  hosts.on_ask = [](const auto& answer) { answer({"slow", "last"}); };
  const auto results = hosts.go();
  CHECK(hosts.asked == std::vector<std::vector<std::string>>{{"slow", "quick", "last"}});
  CHECK(hosts.accepted == std::vector<std::string>{"slow", "last"});
  CHECK(results[0].status == Status::ok);
  REQUIRE(results[1].error);
  CHECK(results[1].error->code == Code::host_key_unknown);
  CHECK(results[2].status == Status::ok);
}

TEST_CASE("a question does not wait for hosts at work, and these not for it", "[engine]") {
  Strangers hosts;
  hosts.add("stranger");
  hosts.scene.add("busy", {{}, Milliseconds(300), {}}).target.host_key = HostKeyPolicy::ask;
  Observer::Answer open;
  std::vector<std::string> finished;
  hosts.on_ask = [&](auto answer) {
    CHECK(finished.empty());
    open = std::move(answer);
  };
  hosts.scene.events.done = [&](const HostResult& result, std::size_t) {
    finished.push_back(result.host);
    if (result.host == "busy") open({"stranger"});
  };
  hosts.go();
  CHECK(finished == std::vector<std::string>{"busy", "stranger"});
}

TEST_CASE("a host that does not answer keeps a question no longer than its connect timeout", "[engine]") {
  Strangers hosts;
  hosts.add("stranger");
  auto& silent = hosts.scene.add("silent", {runner::for_ever, {}, {}});
  silent.target.host_key = HostKeyPolicy::ask;
  silent.connect_timeout = Milliseconds(100);
  hosts.on_ask = [&](const auto& answer) { answer(hosts.asked.back()); };
  CHECK(hosts.go()[0].status == Status::ok);
  CHECK(hosts.asked.size() == 1);
}

TEST_CASE("who is told no asks no more, and those hosts count as failed", "[engine]") {
  Strangers hosts;
  for (const char* name : {"a", "b", "c"}) hosts.add(name);
  hosts.scene.limits.forks = 1;
  hosts.scene.limits.max_fail = runner::Share{5, false};
  hosts.on_ask = [](const auto& answer) { answer({}); };
  for (const HostResult& result : hosts.go()) CHECK(result.error->code == Code::host_key_unknown);
  CHECK(hosts.asked.size() == 1);
  CHECK(hosts.accepted.empty());
}

TEST_CASE("failures before a question and after it count together", "[engine]") {
  Strangers hosts;
  hosts.scene.limits.forks = 1;
  hosts.scene.limits.max_fail = runner::Share{1, false};
  hosts.scene.add("dead", {{}, {}, {Code::connect_refused}});
  hosts.add("a");
  hosts.add("b");
  // Known by now, they turn out not to take the login: the second failure of the run, of which one is allowed.
  hosts.scene.hosts.scripts["a"].login_failures.push_back(Code::auth_denied);
  hosts.on_ask = [&](const auto& answer) { answer(hosts.asked.back()); };
  const auto results = hosts.go();
  CHECK(results[0].error->code == Code::connect_refused);
  CHECK(results[1].error->code == Code::auth_denied);
  CHECK(results[2].status != Status::ok);
}

TEST_CASE("a run that stops withdraws its question", "[engine]") {
  Strangers hosts;
  hosts.add("stranger");
  hosts.on_ask = [&](const auto&) { hosts.scene.stop.request(Code::interrupted); };
  CHECK(hosts.go()[0].error->code == Code::host_key_unknown);
  CHECK(hosts.withdrawn == 1);
}

}  // namespace cef::engine::questions_tests
