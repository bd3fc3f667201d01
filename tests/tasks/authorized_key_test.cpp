// The task driven by hand: its steps are done by sh in a home of the test's own, or only told.
#include "process.hpp"
#include "temp_dir.hpp"

#include <cef/core/file.hpp>
#include <cef/tasks/tasks.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace cef::tasks::authorized_key_tests {

namespace {

const std::string key_line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB0xA7bq3Vd5 fleet key\n";

Arguments told(bool check = false) {
  Arguments arguments;
  arguments.params["key"] = key_line;
  arguments.check = check;
  return arguments;
}

StepResult done_here(const Step& step, const std::filesystem::path& home) {
  const auto& script = std::get<Script>(step.what);
  std::vector<std::string> words{"/bin/sh", "-c", script.text, "cef"};
  words.insert(words.end(), script.arguments.begin(), script.arguments.end());
  const auto ran = testing::run(words, {.input = script.input, .env = {{"HOME", home.string()}}});
  StepResult result;
  result.status = ran.exit_code;
  result.out = ran.out;
  result.err = ran.err;
  return result;
}

Verdict carried_out(const std::filesystem::path& home, bool check = false) {
  Course course = authorized_key.course(told(check));
  int steps = 0;
  for (auto step = course.begin(); step; ++steps) step = course.tell(done_here(*step, home));
  CHECK(steps == 1);
  return course.verdict();
}

Verdict after(StepResult result) {
  Course course = authorized_key.course(told());
  REQUIRE(course.begin());
  CHECK_FALSE(course.tell(std::move(result)));
  return course.verdict();
}

}  // namespace

TEST_CASE("a key is added once, and what was there stays", "[tasks]") {
  const testing::TempDir home;
  const auto file = home / ".ssh/authorized_keys";
  const bool some = GENERATE(false, true);
  if (some) {
    std::filesystem::create_directory(home / ".ssh");
    testing::write_file(file, "# " + key_line + "ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB other");  // no line's end
  }
  const auto first = carried_out(home.path());
  CHECK_FALSE(first.error);
  CHECK(first.status == Status::changed);
  CHECK(first.data["key_installed"] == true);
  CHECK(first.diff["added"] == key_line);
  const std::string before = some ? "# " + key_line + "ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB other\n" : "";
  CHECK(read_file(file).value() == before + key_line);

  const auto second = carried_out(home.path());
  CHECK(second.status == Status::ok);
  CHECK(second.data["key_installed"] == false);
  CHECK(second.diff.is_null());
  CHECK(read_file(file).value() == before + key_line);
}

TEST_CASE("a check says what would be added and changes nothing", "[tasks]") {
  const testing::TempDir home;
  const auto would = carried_out(home.path(), true);
  CHECK(would.status == Status::changed);
  CHECK(would.diff["added"] == key_line);
  CHECK(std::filesystem::is_empty(home.path()));
  carried_out(home.path());
  CHECK(carried_out(home.path(), true).status == Status::ok);
}

TEST_CASE("modes are changed where sshd would refuse them, and nowhere else", "[tasks]") {
  namespace fs = std::filesystem;
  const testing::TempDir home;
  const auto folder = home / ".ssh", file = folder / "authorized_keys";
  fs::create_directory(folder);
  testing::write_file(file, "# mine\n", 0400);
  const auto mode = [](const fs::path& path) { return static_cast<unsigned>(fs::status(path).permissions()) & 07777; };
  SECTION("nothing to mend: a file that is only to be read stays so") {
    fs::permissions(folder, fs::perms(0755));
    const auto verdict = carried_out(home.path());
    CHECK_FALSE(verdict.error);
    CHECK_FALSE(verdict.data.contains("closed_to_others"));
    CHECK(mode(folder) == 0755);
    CHECK(mode(file) == 0400);
  }
  SECTION("what others may write to is closed and told") {
    fs::permissions(home.path(), fs::perms(0775));
    fs::permissions(folder, fs::perms(0777));
    const auto verdict = carried_out(home.path());
    CHECK_FALSE(verdict.error);
    CHECK(verdict.data["closed_to_others"] == std::vector<std::string>{home.path().string(), folder.string()});
    CHECK(mode(home.path()) == 0755);
    CHECK(mode(folder) == 0755);
  }
  CHECK(read_file(file).value() == "# mine\n" + key_line);
  CHECK(std::distance(fs::directory_iterator(folder), {}) == 1);  // no lock, no copy
}

TEST_CASE("several that add keys at once lose none", "[tasks]") {
  const testing::TempDir home;
  constexpr int hosts = 8;
  std::vector<std::unique_ptr<testing::Process>> running;
  for (int i = 0; i < hosts; ++i) {
    Arguments arguments;
    const std::string blob = "AAAAC3NzaC1lZDI1NTE5AAAAIB0xA7bq3Vd" + std::to_string(i);
    arguments.params["key"] = "ssh-ed25519 " + blob;
    Course course = authorized_key.course(std::move(arguments));
    const auto step = course.begin();
    REQUIRE(step);
    const auto& script = std::get<Script>(step->what);
    std::vector<std::string> words{"/bin/sh", "-c", script.text, "cef"};
    words.insert(words.end(), script.arguments.begin(), script.arguments.end());
    running.push_back(std::make_unique<testing::Process>(
        words, testing::RunOptions{.input = script.input, .env = {{"HOME", home.path().string()}}}));
  }
  for (const auto& process : running) {
    const auto ran = process->wait();
    INFO(ran.err);
    CHECK(ran.out == "added\n");
  }
  const auto text = read_file(home / ".ssh/authorized_keys").value();
  CHECK(std::count(text.begin(), text.end(), '\n') == hosts);
}

TEST_CASE("a home that cannot be written is an error that says why", "[tasks]") {
  const testing::TempDir home;
  testing::write_file(home / ".ssh", "a file where the folder is to be");
  const auto verdict = carried_out(home.path());
  REQUIRE(verdict.error);
  CHECK(verdict.error->code == Code::command_failed);
  CHECK(verdict.error->message.find(".ssh") != std::string::npos);
}

TEST_CASE("what a host answers is judged by its end", "[tasks]") {
  struct Case {
    const char* name;
    StepResult result;
    std::optional<Code> error;
    Status status;
  };
  const auto c = GENERATE(values<Case>({
      {"a noisy shell", {0, "", "welcome!\nadded\n", "", {}}, {}, Status::changed},
      {"another noisy shell", {0, "", "welcome!\npresent\n", "", {}}, {}, Status::ok},
      {"another answer", {0, "", "added what?\n", "", {}}, Code::command_failed, Status::ok},
      {"a failure", {1, "", "", "disk full\n", {}}, Code::command_failed, Status::ok},
      {"no room", {1, "", "", "cp: error writing 'x': No space left on device\n", {}}, Code::disk_full, Status::ok},
      {"no connection", {-1, "", "", "", Error{Code::connection_lost, "", ""}}, Code::connection_lost, Status::ok},
  }));
  DYNAMIC_SECTION(c.name) {
    const auto verdict = after(c.result);
    CHECK(verdict.error.has_value() == c.error.has_value());
    if (c.error && verdict.error) CHECK(verdict.error->code == *c.error);
    if (!c.error) CHECK(verdict.status == c.status);
  }
}

TEST_CASE("what is no public key is refused before anything is done", "[tasks]") {
  const char* key = GENERATE("", "not a key", "ssh-ed25519 short", "-----BEGIN OPENSSH PRIVATE KEY-----");
  Arguments arguments;
  arguments.params["key"] = key;
  Course course = authorized_key.course(std::move(arguments));
  CHECK_FALSE(course.begin());
  const auto verdict = course.verdict();
  REQUIRE(verdict.error);
  CHECK(verdict.error->code == Code::key_unreadable);
}

TEST_CASE("a task is found by its name", "[tasks]") {
  CHECK(find("authorized_key") == &authorized_key);
  CHECK(find("authorized_keys") == nullptr);
  for (const Task* task : all()) {
    INFO(task->name);
    CHECK(find(task->name) == task);
    CHECK_FALSE(task->summary.empty());
    for (const Param& param : task->params) CHECK_FALSE(param.help.empty());
    for (const Column& column : task->columns()) CHECK(column.path.starts_with("data."));
  }
}

}  // namespace cef::tasks::authorized_key_tests
