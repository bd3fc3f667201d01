// Which hosts a run is about, as the whole program understands it.
#include "fleet.hpp"
#include "keys.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

#include <sstream>

using namespace cef::testing;

namespace {

struct Small {
  Fleet fleet;

  Small() {
    for (const auto* name : {"rpi6401", "rpi6402", "rpi6403", "rpi6471"}) {
      fleet.add({.name = name, .group = "rpi", .variables = {{"tags", "[arm64]"}}});
    }
    fleet.add({.name = "w01", .group = "server", .variables = {{"tags", "[gpu, x86]"}}});
    fleet.add({.name = "p01", .group = "server", .variables = {{"tags", "[gpu]"}}});
  }
};

}  // namespace

TEST_CASE("selectors choose hosts, in inventory order", "[e2e][select]") {
  const Small small;
  static const TempDir folder;  // one for all cases, as these are made once
  write_file(folder / "hosts", "# mine\n\nw01\n  rpi6402  \n");
  struct Case {
    std::vector<std::string> words;
    const char* hosts;
  };
  const auto c = GENERATE_REF(values<Case>({
      {{"group=rpi"}, "rpi6401 rpi6402 rpi6403 rpi6471"},
      {{"group=all"}, "rpi6401 rpi6402 rpi6403 rpi6471 w01 p01"},
      {{"host=w01,rpi6401"}, "rpi6401 w01"},
      {{"host=rpi64*"}, "rpi6401 rpi6402 rpi6403 rpi6471"},
      {{"host=rpi[6401-6402,6471]"}, "rpi6401 rpi6402 rpi6471"},
      {{"host=rpi640[1:3]"}, "rpi6401 rpi6402 rpi6403"},
      {{"group=rpi", "host=rpi6402,w01"}, "rpi6402"},
      {{"group=rpi", "group=server", "host!=p01"}, "rpi6401 rpi6402 rpi6403 rpi6471 w01"},
      {{"tag=gpu"}, "w01 p01"},
      {{"tag=gpu", "tag!=x86"}, "p01"},
      {{"host=@" + (folder / "hosts").string()}, "rpi6402 w01"},
      {{"-l", "rpi:!rpi6401"}, "rpi6402 rpi6403 rpi6471"},
      {{"-l", "~^[wp]01$"}, "w01 p01"},
      {{"-l", "rpi[0:1]"}, "rpi6401 rpi6402"},
      {{"group=all", "-l", "server"}, "w01 p01"},
  }));
  std::string title;
  for (const auto& word : c.words) title += word + ' ';
  DYNAMIC_SECTION(title) {
    std::vector<std::string> arguments{"hosts", "--format", "names"};
    arguments.insert(arguments.end(), c.words.begin(), c.words.end());
    const auto result = small.fleet.cef(arguments);
    INFO(result.told());
    CHECK(result.exit_code == 0);
    std::string hosts;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) hosts += (hosts.empty() ? "" : " ") + line;
    CHECK(hosts == c.hosts);
  }
}

TEST_CASE("hosts come from standard input", "[e2e][select]") {
  const Small small;
  const auto result = small.fleet.cef({"hosts", "host=-", "--format", "names"}, {.input = "p01\n# no\n\nrpi6401\n"});
  INFO(result.told());
  CHECK(result.out == "rpi6401\np01\n");
  CHECK(small.fleet.cef({"hosts", "host=-", "--format", "names"}).exit_code == 3);
}

TEST_CASE("the resolved inventory is shown as json and as Ansible's list", "[e2e][select]") {
  const Small small;
  const auto json = small.fleet.cef({"hosts", "group=server", "--format", "json"});
  INFO(json.told());
  REQUIRE(json["w01"].is_object());
  CHECK(json["w01"]["groups"] == nlohmann::json{"server"});
  CHECK(json["w01"]["data"]["address"] == "127.0.0.1");
  const auto list = small.fleet.cef({"hosts", "group=all", "--list"});
  INFO(list.told());
  const auto document = nlohmann::json::parse(list.out, nullptr, false);
  REQUIRE(document.is_object());
  CHECK(document["server"]["hosts"] == nlohmann::json({"w01", "p01"}));
  CHECK(document["_meta"]["hostvars"].contains("rpi6401"));
}

TEST_CASE("a template in one host's variable is no other host's business", "[e2e][select]") {
  const Sshd server;
  Fleet fleet;
  fleet.know(server.known_hosts());
  const auto file = fleet.folder() / "templates.yml";
  write_file(file, "all:\n  vars: {ansible_user: " + login_user() + ", ansible_port: " + std::to_string(server.port()) +
                       ", ansible_ssh_private_key_file: " + key_file("ed25519").string() +
                       "}\n  hosts:\n    plain: {ansible_host: 127.0.0.1}\n"
                       "    templated: {ansible_host: '{{ ip }}'}\n"
                       "    sudopw: {ansible_host: 127.0.0.1, ansible_become_pass: '{{ vault_sudo }}'}\n");
  const auto ping = fleet.cef({"ping", "-i", file.string(), "group=all", "--format", "json"});
  INFO(ping.told());
  CHECK(ping.exit_code == 2);
  CHECK(ping.code("plain") == "ok");
  CHECK(ping.code("sudopw") == "ok");
  CHECK(ping.code("templated") == "invalid_inventory");
  CHECK(ping["templated"]["error"]["message"] ==
        file.string() + ":5:31: ansible_host holds a template, which is not rendered in the inventory: '{{ ip }}'");
  const auto list = fleet.cef({"hosts", "-i", file.string(), "--list"});
  INFO(list.told());
  const auto document = nlohmann::json::parse(list.out, nullptr, false);
  REQUIRE(document.is_object());
  CHECK(document["_meta"]["hostvars"]["templated"]["ansible_host"] == "{{ ip }}");
  const auto hosts = fleet.cef({"hosts", "-i", file.string(), "--format", "json"});
  CHECK(hosts.exit_code == 0);
  CHECK(hosts["plain"]["data"]["address"] == "127.0.0.1");
  CHECK(hosts["templated"]["data"]["address"].is_null());
  CHECK(hosts.err.find("templated cannot be logged in to: ") != std::string::npos);
}

TEST_CASE("an application's words beside Ansible's do not say how to log in, and --explain tells what does",
          "[e2e][select]") {
  const Fleet fleet;
  const auto file = fleet.folder() / "db.ini";
  write_file(file,
             "[db]\ndb1 ansible_host=127.0.0.1 ansible_port=23910 port=5432 user=postgres password=app-db-secret\n");
  write_file(fleet.folder() / "config", "Host 127.*\n User pi\n");
  const auto hosts = fleet.cef({"hosts", "-i", file.string(), "host=db1", "--explain", "--ssh-config",
                                (fleet.folder() / "config").string(), "--format", "json"});
  INFO(hosts.told());
  CHECK(hosts["db1"]["data"]["port"] == 23910);
  CHECK(hosts["db1"]["data"]["user"] == "pi");
  const auto settings = hosts["db1"]["data"]["settings"];
  const auto from = [&](const std::string& setting) {
    std::string sources;
    for (const auto& one : settings)
      if (one["setting"] == setting) sources += one["from"].get<std::string>() + "; ";
    return sources;
  };
  CHECK(from("port") == "ansible_port, " + file.string() + ":2; not used: cef's own name is cef_port; ");
  CHECK(from("user") == (fleet.folder() / "config").string() + ":2; not used: cef's own name is cef_user; ");
  CHECK(from("password") == "not used: cef's own name is cef_password; ");
  CHECK(from("connect_timeout") == "default; ");
  CHECK(from("known_hosts") == "CEF_KNOWN_HOSTS; ");
  CHECK(hosts.out.find("app-db-secret") == std::string::npos);
  const auto table = fleet.cef({"hosts", "-i", file.string(), "host=db1", "--explain"});
  CHECK(table.out.starts_with("HOST"));
  CHECK(table.out.find("ansible_port, " + file.string() + ":2") != std::string::npos);
}

TEST_CASE("hosts may be named without an inventory", "[e2e][select]") {
  const Fleet fleet;
  CHECK(fleet.cef({"hosts", "-i", "192.0.2.1,192.0.2.2,", "--format", "names"}).out == "192.0.2.1\n192.0.2.2\n");
  CHECK(fleet.cef({"hosts", "-i", "n[1:3],", "--format", "names"}).out == "n1\nn2\nn3\n");
  CHECK(fleet.cef({"hosts", "--format", "names"}, {.env = {{"CEF_INVENTORY", "n[1:2],w:2222"}}}).out == "n1\nn2\nw\n");
  const auto endless = fleet.cef({"hosts", "-i", "n1,", "host=@/dev/zero"});
  INFO(endless.told());
  CHECK(endless.exit_code == 5);
  CHECK(endless.err.find("it is longer than 256 MiB") != std::string::npos);
}

TEST_CASE("an inventory that somebody else may have put there does not count", "[e2e][select]") {
  namespace fs = std::filesystem;
  const Fleet fleet;
  const auto here = fleet.folder() / "here";
  fs::create_directories(here / "inventory");
  write_file(here / "inventory" / "hosts", "[g]\nn1\n", 0644);
  write_file(here / "inventory" / "evil.sh", "#!/bin/sh\ntouch " + (here / "ran").string() + "\necho '{}'\n", 0755);
  const auto hosts = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"env", "-u", "CEF_INVENTORY", CEF_PROGRAM, "hosts", "--format", "names"};
    words.insert(words.end(), more.begin(), more.end());
    auto env = fleet.environment();
    return run(words, {.env = env, .cwd = here.string()});
  };
  auto result = hosts({});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.out == "n1\n");
  CHECK(result.err.find("cef: the inventory is ./inventory\n") != std::string::npos);
  CHECK(result.err.find("evil.sh: is a program, which is run only when it is named with -i") != std::string::npos);
  CHECK_FALSE(fs::exists(here / "ran"));
  CHECK(hosts({"-i", "inventory"}).out == "n1\n");  // named
  CHECK(fs::exists(here / "ran"));

  fs::permissions(here / "inventory" / "hosts", fs::perms::others_write, fs::perm_options::add);
  result = hosts({});
  CHECK(result.exit_code == 5);
  CHECK(result.err.find("./inventory does not count: inventory/hosts: everybody may write to it") != std::string::npos);
  CHECK(hosts({"-i", "inventory"}).out == "n1\n");
  fs::permissions(here / "inventory" / "hosts", fs::perms::others_write, fs::perm_options::remove);
  fs::permissions(here / "inventory", fs::perms::others_write, fs::perm_options::add);
  CHECK(hosts({}).exit_code == 5);

  fs::create_directories(fleet.home() / ".config/cef");
  write_file(fleet.home() / ".config/cef/config.yml", "inventory: /elsewhere\n", 0666);
  fs::permissions(fleet.home() / ".config/cef/config.yml", fs::perms::others_write, fs::perm_options::add);
  result = hosts({});
  CHECK(result.exit_code == 5);
  CHECK(result.err.find("config.yml is not read: everybody may write to it (chmod o-w)") != std::string::npos);
}
