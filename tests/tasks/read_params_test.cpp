// Arguments of modules, as playbooks write them.
#include <cef/core/file.hpp>
#include <cef/tasks/modules.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace cef::tasks::read_params_tests {

namespace {

Value read(const char* name, const char* given) {
  const Task* task = find_module(name);
  REQUIRE(task);
  const auto params = read_params(*task, Value::parse(given));
  INFO((params ? std::string() : params.error().message));
  REQUIRE(params);
  return *params;
}

Error refused(const char* name, const char* given) {
  const Task* task = find_module(name);
  REQUIRE(task);
  const auto params = read_params(*task, Value::parse(given));
  REQUIRE_FALSE(params);
  return params.error();
}

}  // namespace

TEST_CASE("a module has its own name and the others it goes by", "[tasks][modules]") {
  REQUIRE(find_module("systemd_service"));
  CHECK(find_module("systemd_service") == find_module("systemd"));
  CHECK(find_module("gather_facts") == find_module("setup"));
  CHECK(std::string(find_module("template")->name) == "template");
  CHECK_FALSE(find_module("no_such_module"));
  CHECK(std::ranges::is_sorted(all_modules(), {}, [](const Task* task) { return task->name; }));
}

TEST_CASE("docs/modules.md has every module with its params", "[tasks][modules]") {
  const std::string page = read_file(std::string(CEF_SOURCE) + "/docs/modules.md").value();
  for (const Task* task : all_modules()) {
    INFO(task->name);
    const auto row = page.find("\n| `" + std::string(task->name) + "`") + 1;
    REQUIRE(row != 0);
    const std::string line = page.substr(row, page.find('\n', row) - row);
    const bool of_files = line.find("*file*") != std::string::npos;
    for (const Param& param : task->params) {
      INFO(param.name);
      const bool shared = of_files && page.find("`" + std::string(param.name) + "`") != std::string::npos;
      CHECK((shared || param.name.starts_with('_') ||
             line.find("`" + std::string(param.name) + "`") != std::string::npos));
    }
  }
}

TEST_CASE("a mode is octal digits or what chmod takes", "[tasks][modules]") {
  struct Case {
    const char *given, *mode;
  };
  const auto c = GENERATE(values<Case>({{"\"0644\"", "0644"},
                                        {"\"644\"", "0644"},
                                        {"\"0o755\"", "0755"},
                                        {"\"01777\"", "1777"},
                                        {"420", "0644"},  // YAML has read 0644 already
                                        {"644", "1204"},  // which nobody meant, but Ansible does it too
                                        {"\"u=rwX,g=rX,o=\"", "u=rwX,g=rX,o="},
                                        {"\"+x\"", "+x"}}));
  CHECK(read("file", (std::string(R"({"path": "/f", "mode": )") + c.given + "}").c_str())["mode"] == c.mode);
}

TEST_CASE("what is no mode is refused", "[tasks][modules]") {
  for (const char* const mode : {R"("0888")", R"("rw")", R"("u=q")", "[1]"})
    CHECK(refused("file", (std::string(R"({"path": "/f", "mode": )") + mode + "}").c_str()).code == Code::usage);
}

TEST_CASE("arguments have the types of their params", "[tasks][modules]") {
  const Value apt =
      read("apt", R"({"pkg": "a, b", "update-cache": "yes", "cache_valid_time": "3600", "upgrade": true})");
  CHECK(apt["name"] == Value::array({"a", " b"}));
  CHECK(apt["update_cache"] == true);
  CHECK(apt["cache_valid_time"] == 3600);
  CHECK(apt["upgrade"] == "yes");
  CHECK(apt["state"] == "present");
  const Value user = read("user", R"({"name": "u", "createhome": "no", "uid": 1000, "groups": null, "comment": 5})");
  CHECK(user["create_home"] == false);
  CHECK(user["uid"] == 1000);
  CHECK_FALSE(user.contains("groups"));
  CHECK(user["comment"] == "5");
  CHECK(read("uri", R"({"url": "u", "status_code": 201})")["status_code"] == Value::array({"201"}));
  CHECK(read("copy", R"({"content": {"a": 1}, "dest": "/f"})")["content"].is_object());
  CHECK(read("docker_container", R"({"name": "c", "env": "A=1, B=2"})")["env"] == Value{{"A", "1"}, {"B", "2"}});
  CHECK(read("shell", R"({"_raw_params": "echo a"})")["_raw_params"] == "echo a");
}

TEST_CASE("mistakes in arguments name what was meant", "[tasks][modules]") {
  struct Case {
    const char *name, *given, *words;
  };
  const auto c = GENERATE(values<Case>({
      {"file", R"({"path": "/f", "onwer": "root"})", "file has no parameter 'onwer'"},
      {"file", R"({"mode": "0644"})", "file needs the parameter 'path'"},
      {"file", R"({"path": "/f", "state": "folder"})", "'folder' is not absent, directory"},
      {"copy", R"({"src": "a", "content": "b", "dest": "/f"})", "only one of src and content can be given"},
      {"copy", R"({"dest": "/f"})", "copy needs one of the parameters src and content"},
      {"service", R"({"name": "s", "enabled": "perhaps"})", "'perhaps' is not yes or no"},
      {"wait_for", R"({"port": "ssh"})", "'ssh' is not a whole number"},
      {"stat", R"({"_raw_params": "/f"})", "is not name=value"},
  }));
  const Error error = refused(c.name, c.given);
  INFO(error.message);
  CHECK(error.code == Code::usage);
  CHECK(error.message.find(c.words) != std::string::npos);
  CHECK(refused("file", R"({"path": "/f", "onwer": "root"})").hint.find("owner") != std::string::npos);
}

}  // namespace cef::tasks::read_params_tests
