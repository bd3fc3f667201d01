// Tasks performed on the controller itself, and on a host that is scripted to reboot.
#include "proc.hpp"
#include "process.hpp"
#include "temp_dir.hpp"
#include "test_link.hpp"

#include <cef/core/file.hpp>
#include <cef/remote/perform.hpp>
#include <cef/tasks/tasks.hpp>
#include <cef/transport/local.hpp>

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cef::remote::perform_tests {

namespace {

struct Here {
  asio::io_context io;
  transport::Stop stop;
  transport::Breaker breaker{io, stop};
  transport::LocalExecutor local{io, stop, breaker};
  runner::Job job;

  tasks::Verdict perform(const tasks::Task& task, tasks::Arguments arguments, transport::Executor* executor = nullptr) {
    TestLink link(job, executor ? *executor : local, Clock::now() + Milliseconds(20'000));
    std::optional<tasks::Verdict> verdict;
    asio::co_spawn(io, keep(remote::perform(task, std::move(arguments), link), verdict), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    io.restart();
    io.run();
    return std::move(verdict).value();
  }
};

// A task of one step, which the test chooses, and whose result it looks at.
tasks::Step the_step;
tasks::StepResult the_result;

tasks::Course one_step(tasks::Arguments) {
  tasks::Step step = the_step;
  the_result = co_yield std::move(step);
  tasks::Verdict verdict;
  verdict.error = the_result.error;
  co_return verdict;
}

const tasks::Task single{.name = "single", .summary = "a step", .columns = nullptr, .course = one_step};

const tasks::StepResult& result_of(Here& here, tasks::Step step, transport::Executor* executor = nullptr) {
  the_step = std::move(step);
  the_result = {};
  here.perform(single, {}, executor);
  return the_result;
}

class Home {
 public:
  Home() { ::setenv("HOME", folder_.path().c_str(), 1); }
  ~Home() { ::setenv("HOME", before_.c_str(), 1); }
  std::filesystem::path operator/(const char* name) const { return folder_ / name; }

 private:
  const std::string before_ = std::getenv("HOME") ? std::getenv("HOME") : "";
  testing::TempDir folder_;
};

// A host that is gone a while after it was told to reboot, and may come back as another boot.
class Rebooting : public transport::Executor {
 public:
  explicit Rebooting(bool comes_back) : comes_back_(comes_back) {}
  bool up = true;
  int boots = 1, logins = 0;
  std::vector<transport::Lifetime> lifetimes;  // of the commands that reboot it

  asio::awaitable<Result<std::unique_ptr<transport::Session>>> connect(transport::Target, transport::Deadline,
                                                                       transport::LoginTimes&) override {
    ++logins;
    if (!up && !comes_back_) co_return Unexpected(Error{Code::connect_timeout, "scripted", ""});
    if (!up) ++boots;
    up = true;
    co_return std::make_unique<Session>(*this);
  }

 private:
  class Session : public transport::Session {
   public:
    explicit Session(Rebooting& host) : host_(host), boot_(host.boots) {}
    const transport::LoginTimes& times() const override { return times_; }
    bool is_open() override { return host_.up && host_.boots == boot_; }
    asio::awaitable<Result<transport::ExecResult>> exec(transport::Command&& command, transport::Deadline) override {
      transport::ExecResult result;
      result.status = 0;
      if (command.text.find("boot_id") != std::string::npos) {
        // The shutdown takes its time: the first look still finds the host as it was.
        if (told_ && looked_) {
          host_.up = false;
          co_return Unexpected(Error{Code::connection_lost, "scripted", ""});
        }
        looked_ = told_;
        result.out = std::to_string(boot_) + "\n";
      } else {
        told_ = true;
        host_.lifetimes.push_back(command.lifetime);
      }
      co_return result;
    }

   private:
    Rebooting& host_;
    int boot_;
    bool told_ = false, looked_ = false;
    transport::LoginTimes times_;
  };

  bool comes_back_;
};

}  // namespace

TEST_CASE("a task is performed on the controller itself, and checked there", "[remote]") {
  const Home home;
  Here here;
  tasks::Arguments arguments;
  arguments.params["key"] = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB0xA7bq3Vd5 fleet\n";
  arguments.check = true;
  CHECK(here.perform(tasks::authorized_key, arguments).status == Status::changed);
  CHECK_FALSE(std::filesystem::exists(home / ".ssh"));
  arguments.check = false;
  CHECK(here.perform(tasks::authorized_key, arguments).status == Status::changed);
  CHECK(read_file(home / ".ssh/authorized_keys").value() == arguments.params["key"]);
  CHECK(here.perform(tasks::authorized_key, arguments).status == Status::ok);
}

TEST_CASE("a verdict is what a verb says of its host", "[remote]") {
  tasks::Verdict verdict;
  verdict.status = Status::changed;
  verdict.data["key_installed"] = true;
  verdict.diff["added"] = "a line";
  verdict.error = Error{Code::command_failed, "why", ""};
  const auto outcome = outcome_of(verdict);
  CHECK(outcome.status == Status::changed);
  CHECK(outcome.data == verdict.data);
  CHECK(outcome.diff == verdict.diff);
  REQUIRE(outcome.error);
  CHECK(outcome.error->message == "why");
}

TEST_CASE("a script has its arguments and its input", "[remote]") {
  Here here;
  tasks::Step step;
  step.what = tasks::Script{"echo \"$1|$2\"; cat; echo no >&2; exit 3", {"it's", "a  b"}, "in\n"};
  const auto& result = result_of(here, step);
  CHECK(result.status == 3);
  CHECK(result.out == "it's|a  b\nin\n");
  CHECK(result.err == "no\n");
  CHECK_FALSE(result.error);
}

TEST_CASE("a step has a time of its own", "[remote]") {
  Here here;
  tasks::Step step;
  step.what = tasks::Script{"sleep 86431", {}, ""};
  step.time = Milliseconds(100);
  const auto& result = result_of(here, step);
  REQUIRE(result.error);
  CHECK(result.error->code == Code::command_timeout);
  CHECK(testing::eventually([] { return testing::processes_with("sleep 86431").empty(); }));
}

TEST_CASE("files go there and come back as they are", "[remote]") {
  const testing::TempDir folder;
  Here here;
  std::string bytes;
  for (int i = 0; i < 300'000; ++i) bytes += static_cast<char>(i % 251);
  const bool from_file = GENERATE(false, true);
  tasks::Upload upload;
  upload.path = (folder / "it's there").string();
  upload.mode = 0640;
  if (from_file) {
    testing::write_file(folder / "here", bytes);
    upload.file = (folder / "here").string();
  } else {
    upload.bytes = bytes;
  }
  tasks::Step step;
  step.what = upload;
  CHECK(result_of(here, step).status == 0);
  CHECK(read_file(upload.path).value() == bytes);
  CHECK((std::filesystem::status(upload.path).permissions() & std::filesystem::perms::mask) ==
        static_cast<std::filesystem::perms>(0640));

  step.what = tasks::Download{upload.path};
  CHECK(result_of(here, step).out == bytes);
  step.what = tasks::Download{upload.path, 299'999};
  REQUIRE(result_of(here, step).error);
  CHECK(the_result.error->code == Code::output_limit);
  step.what = tasks::Download{(folder / "nothing").string()};
  CHECK(result_of(here, step).status != 0);
  CHECK(the_result.out.empty());
}

TEST_CASE("a file that cannot be put there leaves nothing behind", "[remote]") {
  const testing::TempDir folder;
  Here here;
  std::filesystem::create_directory(folder / "taken");
  testing::write_file(folder / "taken/inside", "");
  tasks::Upload upload;
  upload.bytes = "x";
  upload.path = (folder / "nowhere/file").string();
  tasks::Step step;
  step.what = upload;
  CHECK(result_of(here, step).status != 0);
  CHECK_FALSE(the_result.err.empty());
  upload = {};
  upload.file = (folder / "not here").string();
  upload.path = (folder / "there").string();
  step.what = upload;
  REQUIRE(result_of(here, step).error);
  CHECK(the_result.error->code == Code::io_failed);
  CHECK_FALSE(std::filesystem::exists(folder / "there"));
}

TEST_CASE("a reboot is over when another boot answers", "[remote]") {
  Here here;
  tasks::Step step;
  step.what = tasks::Reboot{};
  SECTION("it comes back") {
    Rebooting host(true);
    const auto& result = result_of(here, step, &host);
    CHECK_FALSE(result.error);
    CHECK(result.status == 0);
    CHECK(host.boots == 2);
    CHECK(result.out.starts_with("2 "));
    CHECK(host.logins == 2);
    CHECK(host.lifetimes == std::vector<transport::Lifetime>{transport::Lifetime::free});
  }
  SECTION("it does not") {
    Rebooting host(false);
    step.time = Milliseconds(2500);
    const auto& result = result_of(here, step, &host);
    REQUIRE(result.error);
    CHECK(result.error->code == Code::reboot_timeout);
    CHECK(result.error->message.find("stage connect") != std::string::npos);
    CHECK(host.logins > 2);
  }
  SECTION("the controller is not rebooted") {
    here.job.local = true;
    const auto& result = result_of(here, step);
    REQUIRE(result.error);
    CHECK(result.error->code == Code::unsupported_platform);
  }
}

}  // namespace cef::remote::perform_tests
