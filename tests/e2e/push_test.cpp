// Files to real servers: cef push.
#include "cut_link.hpp"
#include "fleet.hpp"
#include "keys.hpp"
#include "nodes.hpp"
#include "proc.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <random>
#include <sys/stat.h>
#include <unistd.h>

using namespace cef::testing;
namespace fs = std::filesystem;

namespace {

std::string noise(std::size_t size, unsigned seed = 1) {
  std::minstd_rand random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random() >> 8);
  return bytes;
}

struct Host {
  Sshd server;
  Fleet fleet;
  TempDir files;

  explicit Host(SshdOptions options = {}) : server(std::move(options)) { fleet.add("n1", server); }
  std::string file(const std::string& name, const std::string& bytes) const {
    write_file(files / name, bytes);
    return (files / name).string();
  }
  CefResult push(std::vector<std::string> words) const {
    words.insert(words.begin(), "push");
    words.insert(words.end(), {"host=n1", "--format", "json"});
    auto result = fleet.cef(words);
    UNSCOPED_INFO(result.told());
    return result;
  }
  fs::path there(const std::string& name) const { return server.home() / name; }
  // What a transfer leaves beside its target.
  std::vector<std::string> litter(const fs::path& folder) const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().filename().string().find(".cef-") != std::string::npos) found.push_back(entry.path().string());
    return found;
  }
};

unsigned mode_of(const fs::path& path) {
  struct stat found {};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found.st_mode & 07777;
}

}  // namespace

TEST_CASE("a file is sent, and not again when it is equal", "[e2e][push]") {
  const Host host;
  const auto bytes = noise(3'000'000);
  const auto source = host.file("a.bin", bytes);
  fs::permissions(source, fs::perms(0640));
  const auto first = host.push({source, "--dest", "~/"});
  CHECK(first.exit_code == 0);
  const auto result = first["n1"];
  CHECK(result["status"] == "changed");
  CHECK(result["data"]["bytes_total"] == 3'000'000);
  CHECK(result["data"]["bytes_sent"] == 3'000'000);
  CHECK(result["data"]["resumed_from"] == 0);
  CHECK(result["data"]["skipped"] == 0);
  CHECK(result["data"]["files"] == 1);
  CHECK(result["data"]["sha256"].get<std::string>().size() == 64);
  CHECK(read_file(host.there("a.bin")) == bytes);
  CHECK(mode_of(host.there("a.bin")) == 0640);
  CHECK(fs::last_write_time(host.there("a.bin")).time_since_epoch() / std::chrono::seconds(1) ==
        fs::last_write_time(source).time_since_epoch() / std::chrono::seconds(1));
  CHECK(host.litter(host.server.home()).empty());

  const auto again = host.push({source, "--dest", host.there("a.bin").string()})["n1"];
  CHECK(again["status"] == "ok");
  CHECK(again["data"]["bytes_sent"] == 0);
  CHECK(again["data"]["skipped"] == 1);
  CHECK(again["data"]["sha256"] == result["data"]["sha256"]);
  const auto forced = host.push({source, "--dest", "~/", "--force"})["n1"];
  CHECK(forced["data"]["bytes_sent"] == 3'000'000);
}

TEST_CASE("files of every size arrive byte for byte", "[e2e][push]") {
  const Host host;
  std::vector<std::string> words;
  const std::size_t sizes[] = {0, 1, 65535, 65536, 65537, 1'048'577, 10'000'000};
  for (const std::size_t size : sizes)
    words.push_back(host.file(fmt::format("f{}", size), noise(size, static_cast<unsigned>(size))));
  words.insert(words.end(), {"--dest", "~/"});
  const auto result = host.push(words)["n1"];
  CHECK(result["status"] == "changed");
  CHECK(result["data"]["files"] == 7);
  for (const std::size_t size : sizes)
    CHECK(read_file(host.there(fmt::format("f{}", size))) == noise(size, static_cast<unsigned>(size)));
  CHECK(host.push(words)["n1"]["data"]["skipped"] == 7);
}

TEST_CASE("the target keeps its mode, or gets the one that is asked for", "[e2e][push]") {
  const Host host;
  const auto source = host.file("a", "new");
  write_file(host.there("b"), "old", 0604);
  CHECK(host.push({source, "--dest", "b"})["n1"]["status"] == "changed");
  CHECK(read_file(host.there("b")) == "new");
  CHECK(mode_of(host.there("b")) == 0604);
  CHECK(host.push({source, "--dest", "b", "--mode", "0755", "-C"})["n1"]["status"] == "changed");
  CHECK(mode_of(host.there("b")) == 0604);
  const auto moded = host.push({source, "--dest", "b", "--mode", "0755"})["n1"];
  CHECK(moded["status"] == "changed");
  CHECK(moded["data"]["bytes_sent"] == 0);
  CHECK(mode_of(host.there("b")) == 0755);
  CHECK(host.push({source, "--dest", "b", "--mode", "0755"})["n1"]["status"] == "ok");
  CHECK(host.push({source, "--dest", "b", "--mode", "rwx"}).exit_code == 5);
}

TEST_CASE("a check changes nothing", "[e2e][push]") {
  const Host host;
  const auto source = host.file("a", "new");
  const auto result = host.push({source, "--dest", "~/", "-C"})["n1"];
  CHECK(result["status"] == "changed");
  CHECK(result["data"]["bytes_sent"] == 0);
  CHECK_FALSE(fs::exists(host.there("a")));
  CHECK(host.litter(host.server.home()).empty());
}

TEST_CASE("targets that cp would not take are told apart", "[e2e][push]") {
  const Host host;
  const auto source = host.file("a", "new");
  fs::create_directories(host.there("folder/a"));
  fs::create_directories(host.there("locked"));
  fs::create_symlink("nowhere", host.there("dangling"));
  REQUIRE(::mkfifo(host.there("pipe").c_str(), 0600) == 0);
  CHECK(host.push({source, "--dest", "~/none/"}).code("n1") == "no_such_file");
  CHECK(host.push({source, "--dest", "~/none/a"}).code("n1") == "no_such_file");
  CHECK(host.push({source, "--dest", "~/folder"}).code("n1") == "not_a_file");
  CHECK(host.push({source, "--dest", "~/pipe"}).code("n1") == "not_a_file");
  CHECK(host.push({source, "--dest", "/dev/null"}).code("n1") == "not_a_file");
  CHECK(host.push({source, "--dest", "~/dangling"}).code("n1") == "no_such_file");
  CHECK(host.push({source, "--dest", "/proc/a"}).code("n1") == "no_such_file");
  CHECK(host.push({source, "--dest", "~/a", "--owner", "nobody-of-that-name"}).code("n1") == "permission_denied");
  CHECK(host.push({(host.files / "none").string(), "--dest", "~/"}).exit_code == 1);
  CHECK(host.push({host.files.path().string(), "--dest", "~/a"}).exit_code != 0);
}

TEST_CASE("a symbolic link is written through, and a running program replaced", "[e2e][push]") {
  const Host host;
  const auto source = host.file("a", noise(100'000));
  fs::create_directories(host.there("real"));
  write_file(host.there("real/x"), "old");
  fs::create_symlink("real/x", host.there("link"));
  CHECK(host.push({source, "--dest", "link"})["n1"]["status"] == "changed");
  CHECK(fs::is_symlink(host.there("link")));
  CHECK(read_file(host.there("real/x")) == noise(100'000));
  CHECK(host.litter(host.there("real")).empty());

  fs::copy_file("/bin/sleep", host.there("program"));
  const Process busy({host.there("program").string(), "600"});
  CHECK(host.push({source, "--dest", "program"})["n1"]["status"] == "changed");
  CHECK(read_file(host.there("program")) == noise(100'000));
  CHECK(mode_of(host.there("program")) == mode_of("/bin/sleep"));
}

TEST_CASE("odd names are names", "[e2e][push]") {
  const Host host;
  fs::create_directories(host.there("-folder with blanks"));
  for (const std::string name : {"a b", "-rf", "new\nline", "*", "$(touch x)", "\xff\xfe", "'\"\\!", ".hidden", "~"}) {
    const auto source = host.file(name, "of " + name);
    const auto result = host.push({(host.files.path() / name).string(), "--dest", "-folder with blanks"})["n1"];
    CHECK(result["status"] == "changed");
    CHECK(read_file(host.there("-folder with blanks") / name) == "of " + name);
  }
  const std::string longest(255, 'n');
  CHECK(host.push({host.file(longest, "long"), "--dest", "~/"})["n1"]["status"] == "changed");
  CHECK(read_file(host.there(longest)) == "long");
}

TEST_CASE("a transfer goes on behind what is right of an earlier one", "[e2e][push]") {
  const Host host;
  const auto bytes = noise(8'000'000);
  const auto source = host.file("a", bytes);
  const auto part = host.there(".a.cef-part");
  write_file(part, bytes.substr(0, 5'000'001));
  const auto resumed = host.push({source, "--dest", "~/"})["n1"];
  CHECK(resumed["data"]["resumed_from"] == 5'000'001);
  CHECK(resumed["data"]["bytes_sent"] == 2'999'999);
  CHECK(read_file(host.there("a")) == bytes);
  CHECK_FALSE(fs::exists(part));

  fs::remove(host.there("a"));
  auto altered = bytes.substr(0, 5'000'001);
  altered[4'000'000] = static_cast<char>(altered[4'000'000] + 1);
  write_file(part, altered);
  const auto afresh = host.push({source, "--dest", "~/"})["n1"];
  CHECK(afresh["data"]["resumed_from"] == 0);
  CHECK(read_file(host.there("a")) == bytes);

  fs::remove(host.there("a"));
  write_file(part, bytes);
  const auto whole = host.push({source, "--dest", "~/"})["n1"];
  CHECK(whole["data"]["bytes_sent"] == 0);
  CHECK(read_file(host.there("a")) == bytes);

  // What is not the transfer's own is not written to.
  fs::remove(host.there("a"));
  write_file(host.there("victim"), "left");
  fs::create_symlink("victim", part);
  CHECK(host.push({source, "--dest", "~/"})["n1"]["status"] == "changed");
  CHECK(read_file(host.there("victim")) == "left");
  fs::create_hard_link(host.there("victim"), part);
  CHECK(host.push({source, "--dest", "~/", "--force"})["n1"]["status"] == "changed");
  CHECK(read_file(host.there("victim")) == "left");
  CHECK(read_file(host.there("a")) == bytes);
}

TEST_CASE("a link that is cut again and again loses nothing", "[e2e][push]") {
  const Host host;
  const auto seed = static_cast<unsigned>(std::random_device{}());
  INFO("seed " << seed);
  constexpr long size = 200'000'000;
  const auto bytes = noise(size);
  const auto source = host.file("a", bytes);
  const CutLink cuts(host.server.port(), 20, seed, size / 12);
  Fleet fleet;
  fleet.add("n1", host.server, {.port = cuts.port()});
  fleet.know(fmt::format("[127.0.0.1]:{} {}\n", cuts.port(), public_key("ed25519-host")));
  RunOptions patient;
  patient.timeout = 10 * patience;
  const auto result =
      fleet.cef({"push", source, "--dest", "~/", "host=n1", "--retries", "30", "--format", "json"}, patient);
  INFO(result.told());
  CHECK(result["n1"]["status"] == "changed");
  CHECK(read_file(host.there("a")) == bytes);
  CHECK(cuts.cut() > 5);
  CHECK(result["n1"]["data"]["bytes_sent"].get<long>() <= size + size / 100);
  CHECK(host.litter(host.server.home()).empty());
}

TEST_CASE("cef killed again and again loses nothing", "[e2e][push]") {
  const Host host;
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
  }
  const auto result = host.push({source, "--dest", "~/"})["n1"];
  CHECK(read_file(host.there("a")) == bytes);
  CHECK(host.litter(host.server.home()).empty());
  if (result["status"] == "changed") CHECK(result["data"]["resumed_from"].get<std::uintmax_t>() >= there);
}

TEST_CASE("of two transfers to one target one comes through, whole", "[e2e][push]") {
  const Host host;
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
  CHECK(read_file(host.there("a")) == other);
  CHECK(host.litter(host.server.home()).empty());
}

TEST_CASE("a source that changes while it is sent is told, and is not put in place", "[e2e][push]") {
  const Host host;
  const auto source = host.file("a", noise(20'000'000));
  const auto process =
      host.fleet.start({"push", source, "--dest", "~/", "host=n1", "--limit-rate", "8M", "--format", "json"});
  REQUIRE(eventually([&] { return fs::exists(host.there(".a.cef-part")); }));
  const bool is_cut = GENERATE(false, true);
  if (is_cut)
    fs::resize_file(source, 1'000'000);
  else
    write_file(source, noise(20'000'000, 2));
  const auto result = read_result(process->wait());
  INFO(result.told());
  CHECK(result.code("n1") == "transfer_interrupted");
  CHECK(result["n1"]["error"]["message"].get<std::string>().find("has changed") != std::string::npos);
  CHECK_FALSE(fs::exists(host.there("a")));
}

TEST_CASE("hosts without tee, without hash and with BusyBox alone get their files too", "[e2e][push]") {
  const auto tools = GENERATE(as<std::string>(), "busybox", "no hash");
  CAPTURE(tools);
  TempDir folder;
  SshdOptions options;
  Host host(std::move(options));
  // A PATH of the test's own: the login shell reads this first.
  const auto bin = host.there("tools");
  fs::create_directories(bin);
  for (const char* tool : {"ls", "find", "mv", "rm", "dd", "tail", "touch", "chmod", "chown", "df", "id", "sync", "cat",
                           "head", "sleep", "printf", "readlink", "mkdir", "sha256sum"}) {
    if (tools == "no hash" && std::string(tool) == "sha256sum") continue;
    fs::create_symlink("/bin/busybox", bin / tool);
  }
  const auto bytes = noise(2'500'000);
  write_file(host.there(".bashrc"), fmt::format("export PATH={}\n", bin.string()));
  const auto source = host.file("a", bytes);
  write_file(host.there(".a.cef-part"), bytes.substr(0, 1'000'000));
  const auto result = host.push({source, "--dest", "~/"})["n1"];
  CHECK(result["status"] == "changed");
  CHECK(read_file(host.there("a")) == bytes);
  CHECK(result["data"].contains("unverified") == (tools == "no hash"));
  CHECK(result["data"]["resumed_from"] == (tools == "no hash" ? 0 : 1'000'000));
}

TEST_CASE("rates are kept to, for a host and for all", "[e2e][push]") {
  Host host;
  host.fleet.add("n2", host.server);
  const auto source = host.file("a", noise(1'000'000));
  fs::create_directories(host.there("x"));
  const auto slow = host.push({source, "--dest", "~/x/", "--limit-rate", "1M"})["n1"];
  CHECK(slow["data"]["seconds"].get<double>() > 0.85);
  const auto shared = host.fleet.cef({"push", source, "--dest", "~/x/", "--force", "--total-rate", "1M", "group=fleet",
                                      "--format", "json", "-f", "1"});
  CHECK(shared["n1"]["status"] == "changed");
  CHECK(shared["n2"]["status"] == "changed");
  CHECK(shared.document["duration_ms"].get<double>() > 1700);
}

TEST_CASE("a host that takes nothing any more is told", "[e2e][push]") {
  const Host host;
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
  CHECK(push({}).code("n1") == "permission_denied");
}
