#include "../runner/fake_hosts.hpp"

#include <cef/engine/engine.hpp>

#include <catch2/catch.hpp>

#include <csignal>
#include <stdexcept>

namespace cef::engine::engine_tests {

namespace {

class Notes : public Observer {
 public:
  std::vector<std::string> done_hosts;
  std::vector<std::string> complaints, notes;
  std::map<std::string, std::string> heard;  // of each host, both streams
  std::optional<Report> report;
  std::function<void(const HostResult&)> on_done;
  Reader reader_state = Reader::has_all;
  std::function<void()> on_finish;
  int begun = 0, ended = 0;

  void begin(asio::io_context&, std::function<void()>) override { ++begun; }
  void end() override { ++ended; }
  void done(const HostResult& result, std::size_t) override {
    done_hosts.push_back(result.host);
    if (on_done) on_done(result);
  }
  void said(const std::string& host, bool is_stderr, std::string_view bytes) override {
    heard[host + (is_stderr ? " err" : " out")] += bytes;
  }
  void noted(const std::string& host, std::string_view text) override {
    notes.push_back(host + " " + std::string(text));
  }
  void finish(const Report& finished) override {
    report = finished;
    if (on_finish) on_finish();
  }
  void complain(const Error& error) override { complaints.push_back(error.message); }
  Reader reader() const override { return reader_state; }
};

struct Stage {
  Notes notes;
  Engine engine{notes};
  Orders orders;
  std::map<std::string, runner::Script> scripts;

  Stage() {
    orders.verb = "ping";
    orders.work = runner::run_command;
    orders.executor = [this](transport::Executor&) {
      auto made = std::make_unique<runner::FakeHosts>(engine.io(), engine.stop());
      made->scripts = scripts;
      return made;
    };
  }
  runner::Job& add(const std::string& name, runner::Script script = {}) {
    scripts[name] = std::move(script);
    runner::Job job;
    job.host = job.target.name = name;
    orders.jobs.push_back(std::move(job));
    return orders.jobs.back();
  }
  int go() { return engine.run(std::move(orders), Recorder({}, {}, {})); }
};

}  // namespace

TEST_CASE("an engine runs all hosts and tells what came of them", "[engine]") {
  Stage stage;
  stage.add("slow", {Milliseconds(0), Milliseconds(30), {}});
  stage.add("fast");
  stage.add("gone", {{}, {}, {Code::connect_refused}});
  CHECK(stage.go() == exit_unreachable);
  REQUIRE(stage.notes.report);
  CHECK(stage.notes.report->verb == "ping");
  CHECK(stage.notes.report->results.size() == 3);
  CHECK(stage.notes.done_hosts.back() == "slow");
  CHECK(stage.notes.begun == 1);
  CHECK(stage.notes.ended == 1);
}

TEST_CASE("no secret of a run stands in what the observer and the report are told", "[engine]") {
  Stage stage;
  runner::Job& first = stage.add("first");
  first.groups = {"hotel-india"};
  stage.add("second");
  for (const char* text : {"correct-horse", "hotel-india"}) stage.engine.secrets().add(Secret(text));
  stage.engine.secrets().keep_visible("hotel-india");
  stage.orders.work = [&](runner::Link& link, transport::Session&) -> asio::awaitable<runner::Outcome> {
    const std::string host = link.job().host;
    // In two pieces, and one that only begins so.
    for (const char* piece : {"it is correct", "-horse, hotel-in"}) stage.engine.said(host, false, piece);
    link.note("1/2 correct-horse");
    runner::Outcome outcome;
    outcome.data = {{"stdout", "correct-horse"}, {"list", {"x hotel-india"}}};
    if (host == "second")
      outcome.error = Error{Code::command_failed, "hotel-india said correct-horse", "not correct-horse"};
    co_return outcome;
  };
  CHECK(stage.go() == exit_failed);
  REQUIRE(stage.notes.report);
  CHECK(stage.notes.heard["first out"] == "it is ********, hotel-in");
  CHECK(stage.notes.notes.front() == "first 1/2 ********");
  const auto& results = stage.notes.report->results;
  CHECK(results[0].data.dump() == R"({"stdout":"********","list":["x ********"]})");
  CHECK(results[0].groups == std::vector<std::string>{"hotel-india"});
  CHECK(results[1].error->message == "hotel-india said ********");
  CHECK(results[1].error->hint == "not ********");
}

TEST_CASE("a signal ends a run, and is its exit code", "[engine]") {
  const int signal = GENERATE(SIGINT, SIGTERM, SIGHUP);
  DYNAMIC_SECTION("signal " << signal) {
    Stage stage;
    stage.add("first");
    stage.add("asleep", {{}, runner::for_ever, {}});
    stage.notes.on_done = [&](const HostResult& result) {
      if (result.host == "first") ::raise(signal);
    };
    CHECK(stage.go() == (signal == SIGINT ? 130 : 143));
    CHECK(stage.notes.report->results[0].status == Status::ok);
    CHECK(stage.notes.report->results[1].error->code == Code::interrupted);
  }
}

TEST_CASE("a hang-up that was ignored before stays ignored", "[engine]") {
  const auto before = std::signal(SIGHUP, SIG_IGN);
  Stage stage;
  stage.add("first");
  stage.add("next", {{}, Milliseconds(20), {}});
  stage.notes.on_done = [](const HostResult& result) {
    if (result.host == "first") ::raise(SIGHUP);
  };
  CHECK(stage.go() == exit_ok);
  std::signal(SIGHUP, before);
}

TEST_CASE("what an observer throws ends the run and comes out of it", "[engine]") {
  Stage stage;
  stage.add("first");
  stage.add("asleep", {{}, runner::for_ever, {}});
  stage.notes.on_done = [](const HostResult&) { throw std::runtime_error("a bug"); };
  CHECK_THROWS_WITH(stage.go(), "a bug");
  CHECK(stage.notes.done_hosts == std::vector<std::string>{"first"});
}

TEST_CASE("a reader that takes nothing is waited for until a signal or the deadline", "[engine]") {
  Stage stage;
  stage.add("first");
  stage.notes.reader_state = Observer::Reader::behind;
  SECTION("a signal") {
    stage.notes.on_finish = [] { ::raise(SIGINT); };
    CHECK(stage.go() == exit_interrupted);
  }
  SECTION("the deadline") {
    stage.orders.deadline = Milliseconds(100);
    CHECK(stage.go() == exit_deadline);
  }
  CHECK(stage.notes.complaints.size() == 1);
}

TEST_CASE("a run whose reader has gone gives up its hosts", "[engine]") {
  Stage stage;
  stage.add("first");
  stage.add("asleep", {{}, runner::for_ever, {}});
  stage.notes.on_done = [&](const HostResult&) { stage.notes.reader_state = Observer::Reader::gone; };
  CHECK(stage.go() == exit_broken_pipe);
  CHECK(stage.notes.report->results[1].error->code == Code::interrupted);
}

}  // namespace cef::engine::engine_tests
