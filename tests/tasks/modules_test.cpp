// Modules beside Ansible's own: the same folder, the same verdicts, the same record. What Ansible makes of the cases
// stands in expected.json, by tests/tasks/oracle.py.
#include "local_host.hpp"
#include "temp_dir.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace cef::tasks::modules_tests {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

Json latin1(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 128) {
      text += c;
    } else {
      text += static_cast<char>(0xC0 | (code >> 6));
      text += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
  return text;
}

std::string without(std::string text, const std::string& folder) {
  for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder, at))
    text.replace(at, folder.size(), "@");
  return text;
}

// As oracle.py tells it.
Json state_of(const fs::path& folder) {
  Json found = Json::object();
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    struct ::stat status {};
    ::lstat(entry.path().c_str(), &status);
    Json told{fmt::format("{:o}", status.st_mode), status.st_uid, status.st_gid};
    const std::string name = entry.path().string();
    if (entry.is_symlink())
      told.push_back(without(fs::read_symlink(entry.path()).string(), folder.string()));
    else if (entry.is_regular_file() && !name.ends_with(".tar") && !name.ends_with(".tgz"))
      told.push_back(latin1(without(read_file(name).value(), folder.string())));
    found[entry.path().lexically_relative(folder).string()] = std::move(told);
  }
  return found;
}

Json value_of(const Value& record, const std::string& path) {
  const Value* at = &record;
  std::istringstream parts(path);
  for (std::string part; std::getline(parts, part, '.');) {
    if (!at->is_object() || !at->contains(part)) return nullptr;
    at = &(*at)[part];
  }
  return Json::parse(at->dump());
}

struct Case {
  Json told, expected;

  std::string module() const { return told["task"].begin().key(); }
  std::string name() const { return told["task"].dump(); }
};

std::vector<Case> cases() {
  const std::string folder = std::string(CEF_FIXTURES) + "/modules/";
  const Json expected = Json::parse(read_file(folder + "expected.json").value());
  std::istringstream lines(read_file(folder + "cases.jsonl").value());
  std::vector<Case> all;
  for (std::string line; std::getline(lines, line);) all.push_back({Json::parse(line), expected.at(all.size())});
  REQUIRE(all.size() == expected.size());
  return all;
}

struct Twin {
  testing::TempDir folder;
  const Task* task = nullptr;
  Arguments arguments;
  std::vector<std::string> shell;
  std::map<std::string, std::string> env;

  Twin(const Case& c, std::vector<std::string> by, std::map<std::string, std::string> with)
      : shell(std::move(by)), env(std::move(with)) {
    env["CEF_WORD"] = "word";
    if (c.told.contains("given")) {
      testing::RunOptions options;
      options.cwd = folder.path().string();
      REQUIRE(testing::run({"sh", "-c", c.told["given"].get<std::string>()}, options).exit_code == 0);
    }
    std::string given = c.told["task"].begin().value().dump();
    for (auto at = given.find("@/"); at != std::string::npos; at = given.find("@/", at))
      given.replace(at, 1, folder.path().string());
    Value raw = Value::parse(given);
    std::string name = c.module();
    if (raw.value("_uses_shell", false)) name = "shell";
    raw.erase("_uses_shell");
    task = find_module(name);
    REQUIRE(task);
    auto params = read_params(*task, raw);
    REQUIRE(params);
    arguments.params = std::move(*params);
  }
  Verdict perform(bool check = false) const {
    Arguments now = arguments;
    now.check = check;
    return perform_here(*task, std::move(now), folder.path().string(), shell, env);
  }
};

void compare(const Case& c, const std::vector<std::string>& shell, const std::map<std::string, std::string>& env) {
  const Twin twin(c, shell, env);
  const Json before = state_of(twin.folder.path());
  const bool predicts = c.module() != "command";  // which Ansible does not run then
  const Verdict check = twin.perform(true);
  CHECK(state_of(twin.folder.path()) == before);
  if (predicts && !c.expected["failed"].get<bool>() && c.module() != "wait_for")
    CHECK((check.status == Status::changed) == c.expected["changed"].get<bool>());

  const Verdict verdict = twin.perform();
  INFO(verdict.data.dump() + (verdict.error ? " " + verdict.error->message : ""));
  CHECK(verdict.error.has_value() == c.expected["failed"].get<bool>());
  // Of a task that failed nobody asks whether it changed anything.
  if (!verdict.error) CHECK((verdict.status == Status::changed) == c.expected["changed"].get<bool>());
  Value record = verdict.data;
  if (verdict.error && !record.contains("msg")) record["msg"] = verdict.error->message;
  for (const auto& [path, value] : c.expected["values"].items()) {
    INFO(path);
    CHECK(without(value_of(record, path).dump(), twin.folder.path().string()) == value.dump());
  }
  if (!c.told.value("unlike", false)) CHECK(state_of(twin.folder.path()) == c.expected["state"]);
  const Verdict again = twin.perform();
  if (!again.error) CHECK((again.status == Status::changed) == c.expected["again"].get<bool>());
}

}  // namespace

TEST_CASE("modules leave what Ansible's leave, and say the same", "[.modules]") {
  for (const Case& c : cases()) {
    if (c.told.value("root", false) && ::geteuid() != 0) continue;
    DYNAMIC_SECTION(c.name()) { compare(c, {"/bin/sh"}, {}); }
  }
}

TEST_CASE("modules of files do so with BusyBox too", "[.modules]") {
  if (testing::run({"busybox", "true"}).exit_code != 0) {
    WARN("skipped: there is no busybox on this machine");
    return;
  }
  // Its applets stand before all else in PATH.
  const testing::TempDir bin;
  REQUIRE(testing::run({"sh", "-c", "busybox --install -s \"$1\"", "sh", bin.path().string()}).exit_code == 0);
  const std::string path = bin.path().string() + ":/usr/bin:/bin";
  for (const Case& c : cases()) {
    const std::string module = c.module();
    const bool of_files = module == "file" || module == "stat" || module == "copy" || module == "lineinfile" ||
                          module == "blockinfile" || module == "replace" || module == "find" || module == "assemble" ||
                          module == "slurp" || module == "unarchive" || module == "command";
    if (!of_files || (c.told.value("root", false) && ::geteuid() != 0)) continue;
    // Programs of the machine are others, and say so.
    if (c.name().find("/no/such/file") != std::string::npos) continue;
    DYNAMIC_SECTION(c.name()) { compare(c, {bin.path().string() + "/sh"}, {{"PATH", path}}); }
  }
}

}  // namespace cef::tasks::modules_tests
