// Which hosts a run is about, as the whole program understands it.
#include "fleet.hpp"

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
