#include "complete/complete.hpp"

#include <cef/core/file.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <temp_dir.hpp>

namespace cef::cli::complete {

namespace {

std::vector<std::string> texts(const Answer& answer) {
  std::vector<std::string> list;
  for (const Candidate& each : answer.candidates) list.push_back(each.text);
  return list;
}

// An inventory, and nobody's state or settings but this test's.
class Fleet {
 public:
  Fleet() {
    write("fleet.yml",
          "rpi: {vars: {tags: [arm64]}, hosts: {'rpi[1-3]': {}}}\nserver: {hosts: {w01: {tags: [gpu]}}}\n");
    for (const char* name : {"HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "CEF_STATE_DIR"})
      ::setenv(name, folder_.path().c_str(), 1);
  }
  void write(const std::string& name, const std::string& text) { REQUIRE(write_file(folder_.path() / name, text)); }
  std::vector<std::string> operator()(std::vector<std::string> words) const {
    words.insert(words.begin(), {"-i", (folder_.path() / "fleet.yml").string()});
    return texts(complete(words));
  }

 private:
  testing::TempDir folder_;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("verbs, options and choices are completed", "[complete]") {
  CHECK(texts(complete({"pin"})) == Texts{"ping"});
  CHECK(texts(complete({"ping", "--colu"})) == Texts{"--columns"});
  CHECK(texts(complete({"ping", "--become"})).empty());  // it has none
  CHECK(texts(complete({"ping", "--format", "js"})) == Texts{"json"});
  CHECK(texts(complete({"ping", "--format=nd"})) == Texts{"--format=ndjson"});
  CHECK(texts(complete({"ping", "--columns", "host,ad"})) == Texts{"host,address"});
  CHECK(texts(complete({"disk", "--assert", "disk.used_p"})) == Texts{"disk.used_pct"});
  CHECK(texts(complete({"disk", "--status", "ok,un"})) == Texts{"ok,unreachable"});
  CHECK(texts(complete({"jobs", "l"})) == Texts{"list", "logs"});
  CHECK(texts(complete({"model", "dep"})) == Texts{"deploy"});
  CHECK(texts(complete({"service", "re"})) == Texts{"restart", "reload"});
  CHECK(texts(complete({"task", "lineinf"})) == Texts{"lineinfile"});
  CHECK(texts(complete({"task", "stat", "-a", "path=/etc/x get_ch"})) == Texts{"path=/etc/x get_checksum="});
  CHECK(texts(complete({"help", "invent"})) == Texts{"inventory"});
  CHECK(complete({"exec", "rpi", "--script", ""}).kind == Answer::Kind::files);
  CHECK(complete({"pull", "/etc/x", "--dest", ""}).kind == Answer::Kind::folders);
  CHECK(complete({"play", "si"}).kind == Answer::Kind::files);
  CHECK(complete({"exec", "rpi", "--", "ls", ""}).kind == Answer::Kind::files);
}

TEST_CASE("hosts are completed as each verb takes them", "[complete]") {
  const Fleet fleet;
  CHECK(fleet({"ping", "rp"}) == Texts{"rpi", "rpi1", "rpi2", "rpi3"});
  CHECK(fleet({"ping", "gp"}) == Texts{"gpu"});
  CHECK(fleet({"ping", "rpi["}) == Texts{"rpi[1-3]"});
  CHECK(fleet({"ping", "group=server,r"}) == Texts{"group=server,rpi"});
  CHECK(fleet({"ping", "host!=w"}) == Texts{"host!=w01"});
  CHECK(fleet({"ping", "host=rpi["}) == Texts{"host=rpi[1-3]"});
  CHECK(fleet({"ping", "tag="}) == Texts{"tag=arm64", "tag=gpu"});
  CHECK(fleet({"ping", "-l", "rpi:&g"}) == Texts{"rpi:&gpu"});
  CHECK(fleet({"ping", "--limit=rpi:!rpi3"}) == Texts{"--limit=rpi:!rpi3"});
  CHECK(fleet({"ping", "-x", "rpi1,w"}) == Texts{"rpi1,w01"});
  CHECK(fleet({"ssh", "w"}) == Texts{"w01"});
  CHECK(fleet({"package", "install", "nginx", "rp"}).empty());  // words of its own
  CHECK(fleet({"package", "install", "nginx", "gr"}) == Texts{"group="});
  CHECK(fleet({"push", "file", "tag=g"}) == Texts{"tag=gpu"});
}

TEST_CASE("names that would be read as something else are completed where they are not", "[complete]") {
  Fleet fleet;
  fleet.write("fleet.yml", "'~x': {hosts: {'-rf': {}, '~root': {tags: ['~t', '!t']}, '!w': {}, '@w': {}, w: {}}}\n");
  CHECK(fleet({"ping", ""}) == Texts{"all", "~root", "w", "group=", "host=", "tag="});
  CHECK(fleet({"ping", "group=~"}) == Texts{"group=~x"});
  CHECK(fleet({"ping", "host="}) == Texts{"host=-rf", "host=~root", "host=!w", "host=@w", "host=w"});
  CHECK(fleet({"ping", "tag="}) == Texts{"tag=!t", "tag=~t"});
  CHECK(fleet({"ping", "-l", "-"}) == Texts{"-rf"});
  const std::string breaks = " \t\n\"'><=;|&(:";
  const std::string line = "cef ping -i " + (std::filesystem::path(std::getenv("HOME")) / "fleet.yml").string();
  CHECK(reply("bash", {line + " host=~", breaks}) == "words\n\\~root\n");
  CHECK(reply("bash", {line + " host='~", breaks}) == "words\n~root\n");
}

TEST_CASE("names are those of the inventory as it is now", "[complete]") {
  Fleet fleet;
  CHECK(fleet({"ping", "w"}) == Texts{"w01"});
  CHECK(fleet({"ping", "w"}) == Texts{"w01"});
  fleet.write("fleet.yml", "server: {hosts: {w01: {}, w02: {}}}\n");
  CHECK(fleet({"ping", "w"}) == Texts{"w01", "w02"});
}

TEST_CASE("a program that is an inventory is not run to complete a word", "[complete]") {
  Fleet fleet;
  fleet.write("fleet.yml", "#!/bin/sh\necho '{\"made\": {\"hosts\": [\"w01\"]}}'\n");
  CHECK(fleet({"ping", "w"}).empty());
}

TEST_CASE("tags and tasks are those of the playbook", "[complete]") {
  Fleet fleet;
  fleet.write(
      "site.yml",
      "- hosts: all\n  tasks:\n    - {name: first thing, ping: , tags: [net, early]}\n    - ping:\n      tags: disk\n");
  const std::string site = (std::filesystem::path(std::getenv("HOME")) / "site.yml").string();
  CHECK(texts(complete({"play", site, "--tags", "n"})) == Texts{"net"});
  CHECK(texts(complete({"play", site, "--skip-tags", "net,di"})) == Texts{"net,disk"});
  CHECK(texts(complete({"play", site, "--start-at-task", "f"})) == Texts{"first thing"});
}

TEST_CASE("a line of bash is read up to the cursor", "[complete]") {
  CHECK(split_line("cef ping 'a b' c\\ d ").words == Texts{"cef", "ping", "a b", "c d", ""});
  CHECK(split_line("ls | cef pi").words == Texts{"cef", "pi"});
  CHECK(split_line("cef x 'rpi:&g").open_quote == '\'');
  const std::string breaks = " \t\n\"'><=;|&(:";
  // bash puts the answer behind the last of its breaks.
  CHECK(reply("bash", {"cef ping --format=nd", breaks}) == "words\nndjson\n");
  CHECK(reply("bash", {"cef ping --format nd", breaks}) == "words\nndjson\n");
  CHECK(reply("bash", {"cef exec x --script ", breaks}) == "files\n");
  // Or behind the mark of a quotation that is open; one that is closed is part of the word.
  CHECK(reply("bash", {"cef ping --format='nd", breaks}) == "words\nndjson\n");
  CHECK(reply("bash", {"cef ping \"--format=nd", breaks}) == "words\n--format=ndjson\n");
  CHECK(split_line("cef ping group='a=b'c", breaks).kept == 6);
  CHECK(split_line("cef ping 'group='a\"b", breaks).kept == 7);
  CHECK(split_line("cef ping group= ", breaks).kept == 0);
  CHECK(reply("fish", {"ping", "--format=nd"}) == "words\n--format=ndjson\n");
}

TEST_CASE("what is wrong on the line is no harm", "[complete]") {
  CHECK(complete({}).candidates.empty());
  CHECK(complete({"no-verb", "x"}).candidates.empty());
  CHECK(complete({"ping", "--nothing=x"}).candidates.empty());
  CHECK(complete({"ping", "-i", "/nowhere/at/all", "group="}).candidates.empty());
  CHECK(reply("bash", {}).empty());
}

}  // namespace cef::cli::complete
