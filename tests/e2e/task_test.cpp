// cef task: a module on its own, over SSH.
#include "fleet.hpp"
#include "sshd.hpp"
#include "temp_dir.hpp"

#include <catch2/catch.hpp>

using namespace cef::testing;

namespace {

struct Host {
  Sshd server;
  Fleet fleet;
  TempDir folder;

  Host() { fleet.add("n1", server); }
  CefResult task(const std::string& module, const std::string& arguments, std::vector<std::string> options = {}) const {
    std::vector<std::string> words{"task", module, "host=n1", "--format", "json", "-a", arguments};
    words.insert(words.end(), options.begin(), options.end());
    return fleet.cef(words);
  }
  std::string path(const std::string& name) const { return (folder / name).string(); }
};

}  // namespace

TEST_CASE("a module says what it would do, does it, and has nothing to do then", "[e2e][task]") {
  const Host host;
  const std::string arguments = "content='hello world' mode=0640 dest=" + host.path("f");
  const auto check = host.task("copy", arguments, {"-C", "-D"});
  INFO(check.told());
  CHECK(check.exit_code == 0);
  CHECK(check.code("n1") == "changed");
  CHECK(check["n1"]["data"]["diff"]["after"] == "hello world");
  CHECK_FALSE(std::filesystem::exists(host.path("f")));

  const auto done = host.task("ansible.builtin.copy", arguments);
  INFO(done.told());
  CHECK(done.code("n1") == "changed");
  CHECK(done["n1"]["data"]["mode"] == "0640");
  CHECK(read_file(host.path("f")) == "hello world");
  CHECK(host.task("copy", arguments).code("n1") == "ok");
}

TEST_CASE("a file of the controller is sent when it is other than what is there", "[e2e][task]") {
  const Host host;
  // One that is sent at once, and one that is asked for first.
  for (const std::size_t size : {std::size_t{100}, std::size_t{300'000}}) {
    const std::string bytes(size, 'x');
    write_file(host.path("source"), bytes);
    const std::string arguments = "src=" + host.path("source") + " dest=" + host.path("to/");
    std::filesystem::create_directory(host.path("to"));
    CHECK(host.task("copy", arguments).code("n1") == "changed");
    CHECK(read_file(host.path("to/source")) == bytes);
    CHECK(host.task("copy", arguments).code("n1") == "ok");
    std::string other = bytes;
    other.back() = 'y';
    write_file(host.path("to/source"), other);
    CHECK(host.task("copy", arguments).code("n1") == "changed");
    CHECK(read_file(host.path("to/source")) == bytes);
  }
}

TEST_CASE("a folder of the controller is sent whole", "[e2e][task]") {
  const Host host;
  const std::string deep = "a folder/" + std::string(120, 'n');
  std::filesystem::create_directories(host.path("source/a folder"));
  std::filesystem::create_directory(host.path("source/empty"));
  write_file(host.path("source/" + deep), "deep");
  write_file(host.path("source/top"), "top");
  const std::string arguments = "src=" + host.path("source") + " dest=" + host.path("to");
  CHECK(host.task("copy", arguments, {"-C"}).code("n1") == "changed");
  CHECK_FALSE(std::filesystem::exists(host.path("to")));
  const auto done = host.task("copy", arguments);
  INFO(done.told());
  CHECK(done.code("n1") == "changed");
  CHECK(read_file(host.path("to/source/" + deep)) == "deep");
  CHECK(std::filesystem::is_directory(host.path("to/source/empty")));
  CHECK(host.task("copy", arguments).code("n1") == "ok");
  // With a slash at its end only what is in it.
  CHECK(host.task("copy", "src=" + host.path("source/") + " dest=" + host.path("in")).code("n1") == "changed");
  CHECK(read_file(host.path("in/top")) == "top");
}

TEST_CASE("a command line is a module's free form", "[e2e][task]") {
  const Host host;
  const auto ran = host.task("shell", "echo a=b | tr a-z A-Z; exit 3");
  INFO(ran.told());
  CHECK(ran.exit_code == 2);
  CHECK(ran.code("n1") == "module_failed");
  CHECK(ran["n1"]["data"]["rc"] == 3);
  CHECK(ran["n1"]["data"]["stdout"] == "A=B");
  const auto skipped = host.task("command", "touch f creates=/");
  CHECK(skipped.code("n1") == "ok");
  CHECK(skipped["n1"]["data"]["msg"] == "Did not run command since '/' exists");
  write_file(host.path("script"), "#!/bin/sh\necho \"$1\"; cat\n");
  const auto script = host.task("script", host.path("script") + " 'a word'");
  CHECK(script["n1"]["data"]["stdout"] == "a word");
}

TEST_CASE("a text is edited, and a diff of it shown", "[e2e][task]") {
  const Host host;
  write_file(host.path("f"), "one\ntwo\n");
  const auto shown =
      host.fleet.cef({"task", "lineinfile", "host=n1", "-D", "-a", "regexp=^t line=2 path=" + host.path("f")});
  INFO(shown.told());
  CHECK(shown.out.find("-two") != std::string::npos);
  CHECK(shown.out.find("+2") != std::string::npos);
  CHECK(read_file(host.path("f")) == "one\n2\n");
}

TEST_CASE("facts have Ansible's names", "[e2e][task]") {
  const Host host;
  const auto all = host.task("setup", "");
  INFO(all.told());
  const auto facts = all["n1"]["data"]["ansible_facts"];
  for (const char* const name :
       {"ansible_os_family", "ansible_distribution", "ansible_architecture", "ansible_hostname", "ansible_kernel",
        "ansible_user_id", "ansible_env", "ansible_memtotal_mb", "ansible_processor_vcpus", "ansible_interfaces",
        "ansible_mounts", "ansible_date_time", "ansible_virtualization_type", "ansible_service_mgr", "ansible_pkg_mgr",
        "ansible_lsb"}) {
    INFO(name);
    CHECK(facts.contains(name));
  }
  CHECK(facts["ansible_user_id"] == login_user());
  CHECK(facts["ansible_env"].contains("PATH"));
  const auto few = host.task("setup", "gather_subset=!all,min filter=ansible_kernel")["n1"]["data"]["ansible_facts"];
  CHECK(few["ansible_kernel"] == facts["ansible_kernel"]);
  CHECK_FALSE(few.contains("ansible_os_family"));
}

TEST_CASE("mistakes are told before any host is contacted", "[e2e][task]") {
  const Host host;
  struct Case {
    const char *module, *arguments, *words;
  };
  const auto c = GENERATE(values<Case>({{"fiel", "path=/f", "did you mean file?"},
                                        {"ansible.builtin.debug", "msg=x", "debug is for playbooks"},
                                        {"yum", "name=x", "cef manages packages by apt"},
                                        {"file", "pth=/f", "did you mean 'path'?"},
                                        {"file", "state=touch", "needs the parameter 'path'"},
                                        {"stat", "path=/f follow=perhaps", "is not yes or no"},
                                        {"file", "path='/f", "a quote does not end"}}));
  const auto result = host.task(c.module, c.arguments);
  INFO(result.told());
  CHECK(result.exit_code == 5);
  CHECK(result.err.find(c.words) != std::string::npos);
  CHECK(host.server.connections() == 0);
}
