// Files from real servers: cef pull.
#include "cut_link.hpp"
#include "keys.hpp"
#include "transfers.hpp"

using namespace cef::testing;
namespace fs = std::filesystem;

TEST_CASE("files are fetched into their host's folder, and not again", "[e2e][pull]") {
  TransferHost host;
  host.fleet.add("n2", host.server);
  const auto bytes = noise(3'000'000);
  write_file(host.there("a.bin"), bytes, 0640);
  write_file(host.there("none"), "");
  const auto out = host.files / "out";
  const auto first =
      host.fleet.cef({"pull", "~/a.bin", "~/none", "--dest", out.string(), "group=fleet", "--format", "json"});
  INFO(first.told());
  CHECK(first["n1"]["status"] == "changed");
  CHECK(first["n2"]["data"]["bytes_sent"] == 3'000'000);
  CHECK(first["n1"]["data"]["files"] == 2);
  for (const char* name : {"n1", "n2"}) {
    CHECK((read_file(out / name / "a.bin") == bytes));
    CHECK(read_file(out / name / "none").empty());
    CHECK(litter(out / name).empty());
  }
  CHECK(mode_of(out / "n1/a.bin") == 0640);
  CHECK(std::chrono::floor<std::chrono::seconds>(fs::last_write_time(out / "n1/a.bin")) ==
        std::chrono::floor<std::chrono::seconds>(fs::last_write_time(host.there("a.bin"))));
  const auto again = host.pull({"~/a.bin", "none", "--dest", out.string()})["n1"];
  CHECK(again["status"] == "ok");
  CHECK(again["data"]["skipped"] == 2);
  CHECK(again["data"]["bytes_sent"] == 0);
}

TEST_CASE("files of every size are fetched byte for byte", "[e2e][pull]") {
  const TransferHost host;
  std::vector<std::string> words;
  for (const std::size_t size : {0, 1, 65535, 65536, 65537, 1'048'577, 10'000'000}) {
    write_file(host.there(fmt::format("f{}", size)), noise(size, static_cast<unsigned>(size)));
    words.push_back(fmt::format("f{}", size));
  }
  const bool verifies = GENERATE(true, false);
  words.insert(words.end(), {"--dest", host.files.path().string()});
  if (!verifies) words.push_back("--no-verify");
  CHECK(host.pull(words)["n1"]["status"] == "changed");
  for (const std::size_t size : {0, 1, 65535, 65536, 65537, 1'048'577, 10'000'000})
    CHECK((read_file(host.files / fmt::format("n1/f{}", size)) == noise(size, static_cast<unsigned>(size))));
}

TEST_CASE("what cannot be fetched is told, and the rest is fetched", "[e2e][pull]") {
  const TransferHost host;
  fs::create_directories(host.there("folder"));
  write_file(host.there("a"), "a");
  const auto out = host.files.path().string();
  CHECK(host.pull({"none", "--dest", out}).code("n1") == "no_such_file");
  CHECK(host.pull({"/dev/null", "--dest", out}).code("n1") == "not_a_file");
  const auto mixed = host.pull({"none", "a", "--dest", out});
  CHECK(mixed.code("n1") == "no_such_file");
  CHECK(read_file(host.files / "n1/a") == "a");
  fs::create_directories(host.files / "n1/taken");
  write_file(host.there("taken"), noise(100'000));
  write_file(host.there("b"), "b");
  const auto taken = host.pull({"taken", "b", "--dest", out});
  CHECK(taken.code("n1") == "io_failed");
  CHECK(taken.exit_code == 1);  // of this machine's disk
  CHECK(read_file(host.files / "n1/b") == "b");
  CHECK(litter(host.files / "n1").empty());
  CHECK(host.pull({"..", "--dest", out}).exit_code == 5);
  CHECK(host.pull({"x/a", "y/a", "--dest", out}).exit_code == 5);
  const auto kernel =
      host.pull({"/proc/sys/kernel/ostype", "/proc/cpuinfo", "/sys/kernel/fscaps", "--dest", out})["n1"];
  CHECK(kernel["status"] == "changed");
  CHECK(read_file(host.files / "n1/ostype") == "Linux\n");
  CHECK(read_file(host.files / "n1/fscaps") == read_file("/sys/kernel/fscaps"));
  write_file(host.there("page"), noise(4096));
  CHECK(host.pull({"page", "--dest", out})["n1"]["status"] == "changed");
  CHECK((read_file(host.files / "n1/page") == noise(4096)));
}

TEST_CASE("links here are not followed, links there are", "[e2e][pull]") {
  const TransferHost host;
  write_file(host.there("real"), "there");
  fs::create_symlink("real", host.there("a"));
  const auto victim = host.file("victim", "left");
  fs::create_directories(host.files / "out/n1");
  fs::create_symlink(victim, host.files / "out/n1/a");
  fs::create_symlink(victim, host.files / "out/n1/.a.cef-part");
  CHECK(host.pull({"a", "--dest", (host.files / "out").string()})["n1"]["status"] == "changed");
  CHECK(read_file(victim) == "left");
  CHECK(read_file(host.files / "out/n1/a") == "there");
  CHECK_FALSE(fs::is_symlink(host.files / "out/n1/a"));
}

TEST_CASE("a fetch goes on where it stopped", "[e2e][pull]") {
  const TransferHost host;
  const auto bytes = noise(5'000'000);
  write_file(host.there("a"), bytes);
  host.file("n1/.a.cef-part", bytes.substr(0, 3'000'000));
  const auto resumed = host.pull({"a", "--dest", host.files.path().string()})["n1"];
  CHECK(resumed["data"]["resumed_from"] == 3'000'000 / 65536 * 65536);
  CHECK((read_file(host.files / "n1/a") == bytes));
  fs::remove(host.files / "n1/a");
  host.file("n1/.a.cef-part", noise(3'000'000, 7));
  const auto afresh = host.pull({"a", "--dest", host.files.path().string()})["n1"];
  CHECK(afresh["data"]["resumed_from"] == 0);
  CHECK((read_file(host.files / "n1/a") == bytes));
}

TEST_CASE("a fetch over a link that is cut again and again loses nothing", "[e2e][pull]") {
  const TransferHost host;
  const auto seed = static_cast<unsigned>(std::random_device{}());
  INFO("seed " << seed);
  constexpr long size = 100'000'000;
  const auto bytes = noise(size);
  write_file(host.there("a"), bytes);
  const CutLink cuts(host.server.port(), 20, seed, size / 8);
  Fleet fleet;
  fleet.add({.name = "n1", .port = cuts.port()});
  fleet.know(fmt::format("[127.0.0.1]:{} {}\n", cuts.port(), public_key("ed25519-host")));
  RunOptions patient;
  patient.timeout = 10 * patience;
  const auto result = fleet.cef(
      {"pull", "~/a", "--dest", host.files.path().string(), "host=n1", "--retries", "30", "--format", "json"}, patient);
  INFO(result.told());
  CHECK(result["n1"]["status"] == "changed");
  CHECK((read_file(host.files / "n1/a") == bytes));
  CHECK(cuts.cut() > 5);
  CHECK(result["n1"]["data"]["bytes_sent"].get<long>() <= size + 21 * 65536);
}

TEST_CASE("a rate holds for what is fetched, too", "[e2e][pull]") {
  const TransferHost host;
  write_file(host.there("a"), noise(1'000'000));
  const auto slow = host.pull({"a", "--dest", host.files.path().string(), "--limit-rate", "1M"})["n1"];
  CHECK(slow["status"] == "changed");
  CHECK(slow["data"]["seconds"].get<double>() > 0.85);
  CHECK((read_file(host.files / "n1/a") == noise(1'000'000)));
}

TEST_CASE("a rate holds for the small files of a folder, whatever their names", "[e2e][pull]") {
  const TransferHost host;
  fs::create_directories(host.there("logs/empty"));
  for (int i = 0; i < 20; ++i) write_file(host.there(fmt::format("logs/{}", i)), noise(50'000, i));
  write_file(host.there("logs/new\nline"), "line");
  write_file(host.there("logs/\001 \002"), "control");
  write_file(host.there("logs/back\\slash \xff"), "bytes");
  const auto slow = host.pull({"~/logs", "--dest", host.files.path().string(), "--limit-rate", "1M"})["n1"];
  CHECK(slow["status"] == "changed");
  CHECK(slow["data"]["seconds"].get<double>() > 0.85);
  const auto logs = host.files / "n1/logs";
  CHECK(fs::is_directory(logs / "empty"));
  for (int i = 0; i < 20; ++i) CHECK((read_file(logs / std::to_string(i)) == noise(50'000, i)));
  CHECK(read_file(logs / "new\nline") == "line");
  CHECK(read_file(logs / "\001 \002") == "control");
  CHECK(read_file(logs / "back\\slash \xff") == "bytes");
  CHECK(host.pull({"~/logs", "--dest", host.files.path().string(), "--limit-rate", "1M"})["n1"]["status"] == "ok");
}

TEST_CASE("a check fetches nothing, and says what would be fetched", "[e2e][pull]") {
  const TransferHost host;
  fs::create_directories(host.there("logs"));
  write_file(host.there("logs/small"), "small");
  write_file(host.there("logs/big"), noise(6'000'000));
  write_file(host.there("a"), "text");
  const auto out = host.files / "new";
  const auto checked = host.pull({"a", "~/logs", "--dest", out.string(), "-C"})["n1"];
  CHECK(checked["status"] == "changed");
  CHECK(checked["data"]["would"] == "fetch a; fetch small, big");
  CHECK(checked["data"]["would_send"] == nlohmann::json{"a", "small", "big"});
  CHECK(checked["data"]["bytes_total"] == 6'000'009);
  CHECK_FALSE(fs::exists(out));
}

TEST_CASE("how much of a folder has come only grows", "[e2e][pull]") {
  const TransferHost host;
  fs::create_directories(host.there("logs"));
  for (const char* name : {"logs/1", "logs/2"}) write_file(host.there(name), noise(5'000'000));
  write_file(host.there("logs/small"), "small");
  const auto told =
      host.pull({"~/logs", "--dest", host.files.path().string(), "--limit-rate", "8M", "--progress", "json"});
  std::int64_t before = 0;
  int lines = 0;
  std::istringstream text(told.err);
  for (std::string line; std::getline(text, line);) {
    const auto note = nlohmann::json::parse(line, nullptr, false);
    if (!note.is_object() || !note.contains("bytes_total")) continue;
    ++lines;
    CHECK(note["bytes_total"] == 10'000'005);
    CHECK(note["bytes"].get<std::int64_t>() >= before);
    before = note["bytes"];
  }
  CHECK(lines > 0);
}

TEST_CASE("a folder is fetched as it is, and not again", "[e2e][pull]") {
  const TransferHost host;
  fs::create_directories(host.there("logs/deep/empty"));
  write_file(host.there("logs/a"), "one", 0640);
  write_file(host.there("logs/deep/new\nline"), "line");
  write_file(host.there("logs/deep/-rf"), "dash");
  write_file(host.there("logs/big"), noise(6'000'000));
  fs::create_symlink("/etc/passwd", host.there("logs/out"));
  fs::create_hard_link(host.there("logs/a"), host.there("logs/b"));
  const auto out = host.files / "out";
  const auto first = host.pull({"~/logs", "--dest", out.string()})["n1"];
  CHECK(first["status"] == "changed");
  CHECK(first["data"]["files"] == 5);
  CHECK(read_file(out / "n1/logs/a") == "one");
  CHECK(read_file(out / "n1/logs/b") == "one");
  CHECK(read_file(out / "n1/logs/deep/new\nline") == "line");
  CHECK(read_file(out / "n1/logs/deep/-rf") == "dash");
  CHECK((read_file(out / "n1/logs/big") == noise(6'000'000)));
  CHECK(fs::is_directory(out / "n1/logs/deep/empty"));
  CHECK(fs::read_symlink(out / "n1/logs/out") == "/etc/passwd");
  CHECK(litter(out / "n1/logs").empty());
  const auto again = host.pull({"logs/", "--dest", out.string()})["n1"];
  CHECK(again["status"] == "ok");
  CHECK(again["data"]["skipped"] == 5);
  write_file(host.there("logs/a"), "two");
  CHECK(host.pull({"logs", "--dest", out.string()})["n1"]["status"] == "changed");
  CHECK(read_file(out / "n1/logs/a") == "two");
}

TEST_CASE("a host that sends what leads out of its folder is refused", "[e2e][pull]") {
  const TransferHost host;
  fs::create_directories(host.there("logs"));
  write_file(host.there("logs/a"), "a");
  // Its tar is not the one that is asked for.
  fs::create_directories(host.there("bin"));
  fs::create_directories(host.there("evil"));
  write_file(host.there("evil/x"), "evil");
  write_file(host.there("bin/tar"),
             "#!/bin/sh\n[ \"$1\" = --version ] && echo GNU tar && exit\ncat >/dev/null\ncd ~/evil && exec "
             "/bin/tar -cPf - --transform 's,^,../../,' x\n",
             0755);
  const auto out = host.files / "out";
  const auto result = host.pull({"logs", "--dest", out.string()});
  CHECK(result.code("n1") == "unexpected_output");
  CHECK_FALSE(fs::exists(out / "x"));
  CHECK_FALSE(fs::exists(host.files / "x"));
  // A link first, and then something behind it.
  write_file(host.there("bin/tar"),
             "#!/bin/sh\n[ \"$1\" = --version ] && echo GNU tar && exit\ncat >/dev/null\ncd ~/evil && ln -sfn " +
                 host.files.path().string() +
                 " l && mkdir -p m && cp x m/x && exec /bin/tar -cPf - l --transform 's,^m,l,' m/x\n",
             0755);
  (void)host.pull({"logs", "--dest", out.string()});
  CHECK_FALSE(fs::exists(host.files / "x"));
}

TEST_CASE("files come from a host that offers SFTP and no shell, too", "[e2e][pull]") {
  const bool forced = GENERATE(true, false);
  SshdOptions options;
  if (forced) options.config = {"ForceCommand internal-sftp"};
  const TransferHost host(options);
  if (!forced) write_file(host.there(".bashrc"), "exit 1\n");
  write_file(host.there("a"), noise(5'000'000));
  write_file(host.there("empty"), "");
  const TempDir here;
  const auto path = host.there("a").string(), dest = here.path().string();
  CHECK(host.pull({"/proc/sys/kernel/ostype", "--dest", dest})["n1"]["data"]["bytes_total"] == 6);
  CHECK(read_file(here / "n1/ostype") == "Linux\n");
  const auto first = host.pull({path, host.there("empty").string(), "--dest", dest})["n1"];
  CHECK(first["status"] == "changed");
  CHECK(first["data"]["bytes_sent"] == 5'000'000);
  CHECK(first["data"].contains("unverified"));
  CHECK((read_file(here / "n1/a") == noise(5'000'000)));
  CHECK(fs::file_size(here / "n1/empty") == 0);
  CHECK(litter(here / "n1").empty());
  CHECK(host.pull({path, "--dest", dest})["n1"]["status"] == "ok");
  CHECK(host.pull({host.there("gone").string(), "--dest", dest}).code("n1") == "no_such_file");
  CHECK(host.pull({host.server.home().string(), "--dest", dest}).code("n1") == "unsupported_platform");
}

TEST_CASE("a folder's bytes are all that is in it, whatever had to come", "[e2e][pull]") {
  const TransferHost host;
  fs::create_directories(host.there("tree/sub"));
  write_file(host.there("tree/a"), noise(10'000));
  write_file(host.there("tree/sub/b"), noise(20'000));
  const TempDir here;
  const auto pull = [&] {
    return host.pull({host.there("tree").string(), "--dest", here.path().string()})["n1"]["data"];
  };
  CHECK(pull()["bytes_total"] == 30'000);
  write_file(here / "n1/tree/a", "other");
  const auto again = pull();
  CHECK(again["bytes_total"] == 30'000);
  CHECK(again["bytes_sent"] == 10'000);
  CHECK(pull()["bytes_total"] == 30'000);
}
