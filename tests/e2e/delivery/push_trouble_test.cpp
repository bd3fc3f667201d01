// cef push over links that break off, with others at the same target, onto full disks.
#include "cut_link.hpp"
#include "keys.hpp"
#include "nodes.hpp"
#include "transfers.hpp"

#include <csignal>
#include <sys/stat.h>

using namespace cef::testing;
namespace fs = std::filesystem;

TEST_CASE("a transfer goes on behind what is right of an earlier one", "[e2e][push]") {
  const TransferHost host;
  const auto bytes = noise(8'000'000);
  const auto source = host.file("a", bytes);
  const auto part = host.there(".a.cef-part");
  write_file(part, bytes.substr(0, 5'000'001));
  const auto resumed = host.push({source, "--dest", "~/"})["n1"];
  CHECK(resumed["data"]["resumed_from"] == 5'000'001);
  CHECK(resumed["data"]["bytes_sent"] == 2'999'999);
  CHECK((read_file(host.there("a")) == bytes));
  CHECK_FALSE(fs::exists(part));

  fs::remove(host.there("a"));
  auto altered = bytes.substr(0, 5'000'001);
  altered[4'000'000] = static_cast<char>(altered[4'000'000] + 1);
  write_file(part, altered);
  const auto afresh = host.push({source, "--dest", "~/"})["n1"];
  CHECK(afresh["data"]["resumed_from"] == 0);
  CHECK((read_file(host.there("a")) == bytes));

  fs::remove(host.there("a"));
  write_file(part, bytes);
  const auto whole = host.push({source, "--dest", "~/"})["n1"];
  CHECK(whole["data"]["bytes_sent"] == 0);
  CHECK((read_file(host.there("a")) == bytes));

  // What is not the transfer's own is not written to.
  fs::remove(host.there("a"));
  write_file(host.there("victim"), "left");
  fs::create_symlink("victim", part);
  CHECK(host.push({source, "--dest", "~/"})["n1"]["status"] == "changed");
  CHECK(read_file(host.there("victim")) == "left");
  fs::create_hard_link(host.there("victim"), part);
  CHECK(host.push({source, "--dest", "~/", "--force"})["n1"]["status"] == "changed");
  CHECK(read_file(host.there("victim")) == "left");
  CHECK((read_file(host.there("a")) == bytes));
}

TEST_CASE("a link that is cut again and again loses nothing", "[e2e][push]") {
  const TransferHost host;
  const auto seed = static_cast<unsigned>(std::random_device{}());
  INFO("seed " << seed);
  constexpr long size = 200'000'000;
  const auto bytes = noise(size);
  const auto source = host.file("a", bytes);
  const CutLink cuts(host.server.port(), 20, seed, size / 12);
  Fleet fleet;
  fleet.add({.name = "n1", .port = cuts.port()});
  fleet.know(fmt::format("[127.0.0.1]:{} {}\n", cuts.port(), public_key("ed25519-host")));
  RunOptions patient;
  patient.timeout = 10 * patience;
  const auto result =
      fleet.cef({"push", source, "--dest", "~/", "host=n1", "--retries", "30", "--format", "json"}, patient);
  INFO(result.told());
  CHECK(result["n1"]["status"] == "changed");
  CHECK((read_file(host.there("a")) == bytes));
  CHECK(cuts.cut() > 5);
  CHECK(result["n1"]["data"]["bytes_sent"].get<long>() <= size + size / 100);
  CHECK(litter(host.server.home()).empty());
}

TEST_CASE("cef killed again and again loses nothing", "[e2e][push]") {
  const TransferHost host;
  constexpr long size = 120'000'000;
  const auto bytes = noise(size);
  const auto source = host.file("a", bytes);
  const auto part = host.there(".a.cef-part");
  const std::vector<std::string> words{"push", source, "--dest", "~/", "host=n1", "--format", "json"};
  std::uintmax_t there = 0;
  std::error_code error;
  for (int i = 0; i < 5; ++i) {
    const auto process = host.fleet.start(words);
    const auto wanted = there + 7'000'000;
    eventually(
        [&] { return fs::exists(host.there("a")) || (fs::exists(part) && fs::file_size(part, error) > wanted); });
    if (i % 2 == 0)
      process->signal(SIGKILL);
    else
      host.server.kill_sessions(), process->signal(SIGKILL);
    process->wait();
    if (fs::exists(host.there("a"))) break;
    const auto now = fs::file_size(part, error);
    CHECK(now > there);
    there = now;
    if (i % 2 == 0) CHECK(eventually([&] { return !fs::exists(host.there(".a.cef-lock")); }));
  }
  const auto result = host.push({source, "--dest", "~/"})["n1"];
  CHECK((read_file(host.there("a")) == bytes));
  CHECK(litter(host.server.home()).empty());
  if (result["status"] == "changed") CHECK(result["data"]["resumed_from"].get<std::uintmax_t>() >= there);
}

TEST_CASE("of two transfers to one target one comes through, whole", "[e2e][push]") {
  const TransferHost host;
  const auto one = noise(60'000'000, 1), other = noise(60'000'000, 2);
  fs::create_directories(host.files / "1");
  fs::create_directories(host.files / "2");
  host.file("1/a", one);
  host.file("2/a", other);
  const auto first = host.fleet.start(
      {"push", (host.files / "1/a").string(), "--dest", "~/", "host=n1", "--limit-rate", "10M", "--format", "json"});
  REQUIRE(eventually([&] { return fs::exists(host.there(".a.cef-part")) && fs::exists(host.there(".a.cef-lock")); }));
  const auto second = host.push({(host.files / "2/a").string(), "--dest", "~/"})["n1"];
  CHECK(second["status"] == "changed");
  const auto ended = read_result(first->wait());
  INFO(ended.told());
  CHECK(ended.code("n1") == "transfer_interrupted");
  CHECK(ended["n1"]["error"]["message"] == "~/: another transfer to it has taken over");
  CHECK(read_file(host.there("a")) == other);
  CHECK(litter(host.server.home()).empty());

  // What an earlier one has left goes when there is nothing to send.
  write_file(host.there(".a.cef-part"), one.substr(0, 1000));
  CHECK(host.push({(host.files / "2/a").string(), "--dest", "~/"})["n1"]["status"] == "ok");
  CHECK(litter(host.server.home()).empty());
}

TEST_CASE("of many transfers that begin at once to one target one comes through, whole", "[e2e][push]") {
  const TransferHost host;
  std::vector<std::string> contents;
  std::vector<Fleet> fleets(6);  // each writes its own inventory
  std::vector<std::unique_ptr<Process>> processes;
  for (unsigned i = 0; i < 6; ++i) {
    fleets[i].add("n1", host.server);
    const auto name = fmt::format("{}/a", i);
    fs::create_directories(host.files / fmt::format("{}", i));
    host.file(name, contents.emplace_back(noise(3'000'000, i + 1)));
    processes.push_back(
        fleets[i].start({"push", (host.files / name).string(), "--dest", "~/", "host=n1", "--format", "json"}));
  }
  int changed = 0;
  for (const auto& process : processes) {
    const auto result = read_result(process->wait());
    INFO(result.told());
    if (result["n1"]["status"] == "changed")
      ++changed;
    else
      CHECK(result.code("n1") == "transfer_interrupted");
  }
  CHECK(changed >= 1);
  CHECK(std::ranges::count(contents, read_file(host.there("a"))) == 1);
  CHECK(litter(host.server.home()).empty());
}

TEST_CASE("what is no lock of cef's is not waited for", "[e2e][push]") {
  const TransferHost host;
  const auto source = host.file("a", "text");
  REQUIRE(::mkfifo(host.there(".a.cef-lock").c_str(), 0600) == 0);
  CHECK(host.push({source, "--dest", "~/"}).code("n1") == "permission_denied");
  fs::remove(host.there(".a.cef-lock"));
  write_file(host.there(".a.cef-lock"), "");
  CHECK(host.push({source, "--dest", "~/"})["n1"]["status"] == "changed");
  CHECK(litter(host.server.home()).empty());
}

TEST_CASE("a source that changes while it is sent is told, and is not put in place", "[e2e][push]") {
  const TransferHost host;
  const auto source = host.file("a", noise(20'000'000));
  const auto other = noise(20'000'000, 2);
  const auto process =
      host.fleet.start({"push", source, "--dest", "~/", "host=n1", "--limit-rate", "4M", "--format", "json"});
  REQUIRE(eventually([&] { return fs::exists(host.there(".a.cef-part")); }));
  const bool is_cut = GENERATE(false, true);
  if (is_cut)
    fs::resize_file(source, 1'000'000);
  else
    write_file(source, other);
  const auto result = read_result(process->wait());
  INFO(result.told());
  CHECK(result.code("n1") == "transfer_interrupted");
  CHECK(result["n1"]["error"]["message"].get<std::string>().find("has changed") != std::string::npos);
  CHECK_FALSE(fs::exists(host.there("a")));
}

TEST_CASE("a host that takes nothing any more is told", "[e2e][push]") {
  const TransferHost host;
  const auto source = host.file("a", noise(50'000'000));
  const auto process = host.fleet.start(
      {"push", source, "--dest", "~/", "host=n1", "--limit-rate", "20M", "--stall-timeout", "1s", "--format", "json"});
  REQUIRE(eventually(
      [&] { return fs::exists(host.there(".a.cef-part")) && fs::file_size(host.there(".a.cef-part")) > 0; }));
  for (const auto& entry : host.server.session_processes()) ::kill(entry.pid, SIGSTOP);
  const auto result = read_result(process->wait());
  INFO(result.told());
  CHECK(result.code("n1") == "transfer_stalled");
  for (const auto& entry : host.server.session_processes()) ::kill(entry.pid, SIGKILL);
}

TEST_CASE("a full disk is found out before, and told when it fills meanwhile", "[e2e][push]") {
  if (left_out()) return;
  Network network;
  Node node(network, "n1");
  Fleet fleet;
  fleet.add(node, network);
  TempDir files;
  const auto bytes = noise(12'000'000);
  write_file(files / "a", bytes);
  node.shell("mkdir /mnt/small && mount -t tmpfs -o size=8m,mode=777 none /mnt/small");
  const auto push = [&](std::vector<std::string> words) {
    words.insert(words.begin(),
                 {"push", (files / "a").string(), "--dest", "/mnt/small/", "host=n1", "--format", "json"});
    auto result = fleet.cef(words);
    UNSCOPED_INFO(result.told());
    return result;
  };
  CHECK(push({}).code("n1") == "disk_full");
  CHECK(push({"-C"}).code("n1") == "disk_full");
  const std::vector<std::string> folder{
      "push", files.path().string(), "--dest", "/mnt/small/d", "host=n1", "--format", "json", "-C"};
  CHECK(fleet.cef(folder).code("n1") == "disk_full");
  CHECK(node.shell("ls -A /mnt/small") == "");
  // Room is there, and somebody else takes it.
  node.shell("mount -o remount,size=16m /mnt/small");
  const auto process = fleet.start(
      {"push", (files / "a").string(), "--dest", "/mnt/small/", "host=n1", "--limit-rate", "4M", "--format", "json"});
  REQUIRE(eventually([&] { return node.shell("ls -A /mnt/small").find("cef-part") != std::string::npos; }));
  node.shell("dd if=/dev/zero of=/mnt/small/other bs=1M count=9 2>/dev/null");
  const auto result = read_result(process->wait());
  INFO(result.told());
  CHECK(result.code("n1") == "disk_full");
  CHECK(node.shell("ls /mnt/small") == "other\n");
  node.shell("rm /mnt/small/other");
  const auto resumed = push({});
  CHECK(resumed["n1"]["data"]["resumed_from"].get<long>() > 0);
  CHECK(node.shell("cksum < /mnt/small/a | cut -d' ' -f2") == "12000000\n");
  node.shell("mount -o remount,ro /mnt/small");
  write_file(files / "a", "other");
  const auto refused = push({})["n1"]["error"];
  CHECK(refused["code"] == "permission_denied");
  CHECK(refused["message"] == "/mnt/small/ cannot be written on the host: Read-only file system");
  CHECK(refused["hint"].get<std::string>().find("look at the mount") != std::string::npos);
  CHECK(push({"-C"}).code("n1") == "permission_denied");
}

TEST_CASE("what start-up files say without ending the line is in nobody's way", "[e2e][push]") {
  const TransferHost host;
  write_file(host.there(".bashrc"), "printf hello\n", 0644);
  const auto a = host.file("a", noise(3'000)), folder = host.file("tree/b", noise(4'000));
  const auto tree = fs::path(folder).parent_path().string();
  CHECK(host.push({a, "--dest", "a"})["n1"]["status"] == "changed");
  CHECK(host.push({tree, "--dest", "tree"})["n1"]["status"] == "changed");
  CHECK(read_file(host.there("a")) == read_file(a));
  CHECK(read_file(host.there("tree/b")) == read_file(folder));
  const auto back = (host.files / "back").string();
  CHECK(host.pull({"a", "tree", "--dest", back})["n1"]["status"] == "changed");
  CHECK(read_file(fs::path(back) / "n1/a") == read_file(a));
  CHECK(read_file(fs::path(back) / "n1/tree/b") == read_file(folder));
  const auto service = host.cef("service", {"status", "none-of-that-name"});
  CHECK(service["n1"]["error"]["message"].get<std::string>().find("hello") == std::string::npos);
}
