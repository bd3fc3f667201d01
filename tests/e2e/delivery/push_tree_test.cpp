// Folders to real servers: cef push.
#include "cut_link.hpp"
#include "keys.hpp"
#include "process.hpp"
#include "transfers.hpp"

#include <ctime>
#include <map>

using namespace cef::testing;
namespace fs = std::filesystem;

namespace {

// What is in a folder: contents, targets of links, and nothing for a folder.
std::map<std::string, std::string> contents(const fs::path& root) {
  std::map<std::string, std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string path = fs::relative(entry.path().parent_path(), root) / entry.path().filename();
    if (entry.is_symlink())
      found[path] = "-> " + fs::read_symlink(entry.path()).string();
    else
      found[path] = entry.is_directory() ? "" : read_file(entry.path());
  }
  return found;
}

void fill(const fs::path& root) {
  fs::create_directories(root / "deep/er/still");
  fs::create_directories(root / "empty");
  fs::create_directories(root / "-dash");
  write_file(root / "a", "one");
  write_file(root / "none", "");
  write_file(root / "deep/er/still/big", noise(5'500'000), 0640);
  write_file(root / "deep/run", "#!/bin/sh\n", 0755);
  write_file(root / "-dash/-rf", "dash");
  write_file(root / "with blank", "blank");
  write_file(root / "new\nline", "line");
  write_file(root / "back\\slash", "slash");
  write_file(root / "\xff\xfe", "bytes");
  write_file(root / std::string(180, 'n'), "long");
  fs::create_directories(root / std::string(120, 'f'));
  write_file(root / std::string(120, 'f') / std::string(120, 'g'), "longer");
  fs::create_symlink("/etc/passwd", root / "out");
  fs::create_symlink("deep", root / "in");
  fs::create_symlink(std::string(150, 't'), root / "far");
}

}  // namespace

TEST_CASE("a folder is sent as it is, and not again", "[e2e][push]") {
  const TransferHost host;
  fill(host.files / "tree");
  const auto source = (host.files / "tree").string();
  const auto first = host.push({source, "--dest", "~/there"})["n1"];
  CHECK(first["status"] == "changed");
  CHECK(first["data"]["files"] == 11);
  CHECK(first["data"]["skipped"] == 0);
  CHECK(contents(host.there("there")) == contents(source));
  CHECK(mode_of(host.there("there/deep/run")) == 0755);
  CHECK(mode_of(host.there("there/deep/er/still/big")) == 0640);
  CHECK(litter(host.server.home()).empty());
  const auto again = host.push({source, "--dest", "~/there"})["n1"];
  CHECK(again["status"] == "ok");
  CHECK(again["data"]["skipped"] == 11);
  CHECK(again["data"]["bytes_sent"] == 0);
  CHECK(host.push({source, "--dest", "~/"})["n1"]["status"] == "changed");
  CHECK(contents(host.there("tree")) == contents(source));
}

TEST_CASE("of a folder only what is other is sent, and more is taken away when that is asked for", "[e2e][push]") {
  const TransferHost host;
  fill(host.files / "tree");
  const auto source = (host.files / "tree").string();
  REQUIRE(host.push({source, "--dest", "there"})["n1"]["status"] == "changed");
  write_file(host.files / "tree/a", "two");
  write_file(host.files / "tree/deep/new", "new");
  fs::remove(host.there("there/in"));
  fs::create_symlink("elsewhere", host.there("there/in"));
  fs::create_directories(host.there("there/extra/folder"));
  write_file(host.there("there/extra/folder/x"), "x");
  write_file(host.there("there/deep/-rf"), "x");
  const auto checked = host.push({source, "--dest", "there", "--delete", "-C"})["n1"];
  CHECK(checked["status"] == "changed");
  CHECK(checked["data"]["would_send"] == nlohmann::json{"a", "deep/new", "in"});
  CHECK(checked["data"]["would_remove"] == nlohmann::json{"deep/-rf", "extra"});
  CHECK(checked["data"]["would"] == "send a, deep/new, in; remove deep/-rf, extra");
  CHECK(host.push({source, "--dest", "elsewhere", "-C"})["n1"]["data"]["would"] == "send tree/");
  CHECK(read_file(host.there("there/a")) == "one");
  const auto changed = host.push({source, "--dest", "there"})["n1"];
  CHECK(changed["status"] == "changed");
  CHECK(changed["data"]["skipped"] == 10);
  CHECK(changed["data"]["bytes_sent"] == 6);
  CHECK(read_file(host.there("there/a")) == "two");
  CHECK(fs::exists(host.there("there/extra/folder/x")));
  const auto deleted = host.push({source, "--dest", "there", "--delete"})["n1"];
  CHECK(deleted["status"] == "changed");
  CHECK(deleted["data"]["removed"] == 2);
  CHECK(contents(host.there("there")) == contents(source));
  CHECK(host.push({source, "--dest", "there", "--delete"})["n1"]["status"] == "ok");
}

TEST_CASE("of many folders that are sent at once to one place one comes through, whole", "[e2e][push]") {
  const TransferHost host;
  std::vector<Fleet> fleets(5);  // each writes its own inventory
  std::vector<std::unique_ptr<Process>> processes;
  for (unsigned i = 0; i < 5; ++i) {
    fleets[i].add("n1", host.server);
    const auto folder = host.files / fmt::format("{}", i);
    fs::create_directories(folder / "sub");
    for (const char* const name : {"a", "sub/b", "c"}) write_file(folder / name, noise(200'000, i + 1));
    write_file(folder / fmt::format("only{}", i), "x");
    write_file(folder / "large", noise(5'000'000, i + 1));  // comes by itself
    processes.push_back(
        fleets[i].start({"push", folder.string(), "--dest", "~/there", "--delete", "host=n1", "--format", "json"}));
  }
  std::vector<unsigned> changed;
  for (unsigned i = 0; i < 5; ++i) {
    const auto result = read_result(processes[i]->wait());
    INFO(result.told());
    if (result["n1"]["status"] == "changed")
      changed.push_back(i);
    else
      CHECK(result.code("n1") == "transfer_interrupted");
  }
  CHECK_FALSE(changed.empty());
  const auto there = contents(host.there("there"));
  CHECK(std::ranges::count_if(changed, [&](unsigned i) { return contents(host.files / std::to_string(i)) == there; }) ==
        1);
  CHECK_FALSE(fs::exists(host.there(".there.cef-lock")));
  CHECK_FALSE(fs::exists(host.there(".there.cef-lock.gate")));
}

TEST_CASE("a folder that nobody touched is known at a glance, and one that somebody touched is not", "[e2e][push]") {
  const TransferHost host;
  fill(host.files / "tree");
  const auto source = (host.files / "tree").string();
  const auto changed_at = std::time(nullptr);
  REQUIRE(eventually([&] { return std::time(nullptr) > changed_at; }));
  // What hashes the files one by one leaves a trace.
  put_program(host.server, "xargs", "echo ran >>\"$HOME/xargs-ran\"; exec /usr/bin/xargs \"$@\"\n");
  const auto trace = host.there("xargs-ran");
  REQUIRE(host.push({source, "--dest", "there"})["n1"]["status"] == "changed");
  CHECK(host.push({source, "--dest", "there"})["n1"]["status"] == "ok");
  CHECK(host.push({source, "--dest", "there", "--delete"})["n1"]["status"] == "ok");
  CHECK_FALSE(fs::exists(trace));

  // As long as it was, and with its old time.
  const auto time = fs::last_write_time(host.files / "tree/a");
  write_file(host.files / "tree/a", "two");
  fs::last_write_time(host.files / "tree/a", time);
  CHECK(host.push({source, "--dest", "there"})["n1"]["status"] == "changed");
  CHECK(read_file(host.there("there/a")) == "two");
  CHECK(fs::exists(trace));
}

TEST_CASE("what tar's stream has lost on the way is told", "[e2e][push]") {
  const TransferHost host;
  host.file("tree/a", "zzzz");
  put_program(host.server, "tee", "tr z y | /usr/bin/tee \"$@\"\n");
  const auto result = host.push({(host.files / "tree").string(), "--dest", "there"})["n1"];
  CHECK(result["error"]["code"] == "checksum_mismatch");
  CHECK_FALSE(fs::exists(host.there("there")));
}

TEST_CASE("a folder is not written through links, nor over files", "[e2e][push]") {
  const TransferHost host;
  host.file("tree/sub/a", "new");
  const auto source = (host.files / "tree").string();
  fs::create_directories(host.there("outside"));
  write_file(host.there("outside/a"), "left");
  fs::create_directories(host.there("there"));
  fs::create_directory_symlink("../outside", host.there("there/sub"));
  CHECK(host.push({source, "--dest", "there"})["n1"]["status"] == "changed");
  CHECK(read_file(host.there("outside/a")) == "left");
  CHECK_FALSE(fs::is_symlink(host.there("there/sub")));
  CHECK(read_file(host.there("there/sub/a")) == "new");

  write_file(host.there("file"), "file");
  CHECK(host.push({source, "--dest", "file"}).code("n1") == "not_a_file");
  CHECK(host.push({source, "--dest", "none/there"}).code("n1") == "no_such_file");
  CHECK(host.push({source, "--dest", "there", "--mode", "0644"}).exit_code == 5);
  CHECK(host.push({host.file("x", "x"), "--dest", "x", "--delete"}).exit_code == 5);
}

TEST_CASE("a folder comes through a link that is cut again and again", "[e2e][push]") {
  const TransferHost host;
  const auto seed = static_cast<unsigned>(std::random_device{}());
  INFO("seed " << seed);
  for (int i = 0; i < 400; ++i) host.file(fmt::format("tree/{}/{}", i % 7, i), noise(20'000, static_cast<unsigned>(i)));
  host.file("tree/big", noise(30'000'000));
  const CutLink cuts(host.server.port(), 10, seed, 6'000'000);
  Fleet fleet;
  fleet.add({.name = "n1", .port = cuts.port()});
  fleet.know(fmt::format("[127.0.0.1]:{} {}\n", cuts.port(), public_key("ed25519-host")));
  RunOptions patient;
  patient.timeout = 10 * patience;
  const auto result = fleet.cef(
      {"push", (host.files / "tree").string(), "--dest", "~/there", "host=n1", "--retries", "30", "--format", "json"},
      patient);
  INFO(result.told());
  CHECK(result["n1"]["status"] == "changed");
  CHECK(contents(host.there("there")) == contents(host.files / "tree"));
  CHECK(cuts.cut() > 2);
  CHECK(litter(host.server.home()).empty());
}

TEST_CASE("what is mounted in or below a target keeps its files when its disk is full", "[e2e][push]") {
  if (::geteuid() != 0) {
    WARN("left out: it takes root");
    return;
  }
  SshdOptions options;
  options.wrapper = {"unshare", "-m"};  // what is mounted there goes with it
  const TransferHost host(std::move(options));
  const bool below = GENERATE(false, true);
  CAPTURE(below);
  const std::string part = below ? "sub/" : "";
  const auto shell = [&](const std::string& script) {
    return host.fleet.cef({"exec", "host=n1", "--format", "raw", "--", "cd; " + script}).out;
  };
  for (int i = 1; i <= 8; ++i) host.file(fmt::format("new/{}f{}", part, i), noise(40'000, static_cast<unsigned>(i)));
  shell("mkdir -p www/" + part + "; mount -t tmpfs -o size=200k tmpfs www/" + part + "; cd www/" + part +
        " && for i in 1 2 3 4 5 6 7 8; do echo old$i >f$i; done");
  const auto failed = host.push({(host.files / "new").string(), "--dest", "www"});
  CHECK(failed.code("n1") == "disk_full");
  const std::string look =
      "cd www/" + part + " && for f in $(ls -A | grep -v cef-); do wc -c <$f; done | sort | uniq -c";
  const auto sizes = shell(look);
  INFO(sizes);
  std::istringstream words(sizes);
  for (int count = 0, size = 0; words >> count >> size;) CHECK((size == 5 || size == 40'000));
  if (!below) CHECK(shell("grep -l old www/f* | wc -l") == "8\n");
  shell("mount -o remount,size=2m www/" + part);
  CHECK(host.push({(host.files / "new").string(), "--dest", "www", "--delete"})["n1"]["status"] == "changed");
  CHECK(shell(look).find(" 8 40000") != std::string::npos);
  CHECK(shell("find . -name '.*cef-*'") == "");
  CHECK(host.push({(host.files / "new").string(), "--dest", "www", "--delete"})["n1"]["status"] == "ok");
}

TEST_CASE("what cannot be taken away is told with its reason", "[e2e][push]") {
  if (::geteuid() != 0) {
    WARN("left out: it takes root");
    return;
  }
  SshdOptions options;
  options.wrapper = {"unshare", "-m"};
  const TransferHost host(std::move(options));
  host.file("new/a", "a");
  host.fleet.cef({"exec", "host=n1", "--", "cd; mkdir -p new/busy; mount -t tmpfs tmpfs new/busy"});
  const auto result = host.push({(host.files / "new").string(), "--dest", "new", "--delete"});
  CHECK(result["n1"]["status"] == "failed");
  CHECK(result["n1"]["error"]["message"].get<std::string>().find("busy") != std::string::npos);
}
