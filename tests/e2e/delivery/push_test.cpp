// Files to real servers: cef push.
#include "process.hpp"
#include "transfers.hpp"

using namespace cef::testing;
namespace fs = std::filesystem;

TEST_CASE("a file is sent, and not again when it is equal", "[e2e][push]") {
  const TransferHost host;
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
  CHECK((read_file(host.there("a.bin")) == bytes));
  CHECK(mode_of(host.there("a.bin")) == 0640);
  CHECK(std::chrono::floor<std::chrono::seconds>(fs::last_write_time(host.there("a.bin"))) ==
        std::chrono::floor<std::chrono::seconds>(fs::last_write_time(source)));
  CHECK(litter(host.server.home()).empty());

  const auto again = host.push({source, "--dest", host.there("a.bin").string()})["n1"];
  CHECK(again["status"] == "ok");
  CHECK(again["data"]["bytes_sent"] == 0);
  CHECK(again["data"]["skipped"] == 1);
  CHECK(again["data"]["sha256"] == result["data"]["sha256"]);
  const auto forced = host.push({source, "--dest", "~/", "--force"})["n1"];
  CHECK(forced["data"]["bytes_sent"] == 3'000'000);
}

TEST_CASE("of two files with one name neither is sent", "[e2e][push]") {
  const TransferHost host;
  const auto one = host.file("1/a", "one"), other = host.file("2/a", "two");
  fs::create_directories(host.there("d"));
  const auto refused = host.push({one, other, "--dest", "~/d/"});
  CHECK(refused.exit_code == 5);
  CHECK(refused.err.find("two of them have the name a") != std::string::npos);
  CHECK(fs::is_empty(host.there("d")));
}

TEST_CASE("files of every size arrive byte for byte", "[e2e][push]") {
  const TransferHost host;
  std::vector<std::string> words;
  const std::size_t sizes[] = {0, 1, 65535, 65536, 65537, 1'048'577, 10'000'000};
  for (const std::size_t size : sizes)
    words.push_back(host.file(fmt::format("f{}", size), noise(size, static_cast<unsigned>(size))));
  words.insert(words.end(), {"--dest", "~/"});
  const auto result = host.push(words)["n1"];
  CHECK(result["status"] == "changed");
  CHECK(result["data"]["files"] == 7);
  for (const std::size_t size : sizes)
    CHECK((read_file(host.there(fmt::format("f{}", size))) == noise(size, static_cast<unsigned>(size))));
  CHECK(host.push(words)["n1"]["data"]["skipped"] == 7);
}

TEST_CASE("the target keeps its mode, or gets the one that is asked for", "[e2e][push]") {
  const TransferHost host;
  const auto source = host.file("a", "new");
  write_file(host.there("b"), "old", 0604);
  CHECK(host.push({source, "--dest", "b"})["n1"]["status"] == "changed");
  CHECK(read_file(host.there("b")) == "new");
  CHECK(mode_of(host.there("b")) == 0604);
  CHECK(host.push({source, "--dest", "b", "--mode", "0755", "-C"})["n1"]["data"]["would"] ==
        "set the mode or owner of " + host.there("b").string());
  CHECK(mode_of(host.there("b")) == 0604);
  const auto moded = host.push({source, "--dest", "b", "--mode", "0755"})["n1"];
  CHECK(moded["status"] == "changed");
  CHECK(moded["data"]["bytes_sent"] == 0);
  CHECK(mode_of(host.there("b")) == 0755);
  CHECK(host.push({source, "--dest", "b", "--mode", "0755"})["n1"]["status"] == "ok");
  CHECK(host.push({source, "--dest", "b", "--mode", "rwx"}).exit_code == 5);
  CHECK(host.push({source + ".gone", "--dest", "b"}).exit_code == 5);
}

TEST_CASE("a check changes nothing", "[e2e][push]") {
  const TransferHost host;
  const auto source = host.file("a", "new");
  const auto result = host.push({source, "--dest", "~/", "-C"})["n1"];
  CHECK(result["status"] == "changed");
  CHECK(result["data"]["bytes_sent"] == 0);
  CHECK_FALSE(fs::exists(host.there("a")));
  CHECK(litter(host.server.home()).empty());
}

TEST_CASE("targets that cp would not take are told apart", "[e2e][push]") {
  const TransferHost host;
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
  CHECK(host.push({(host.files / "none").string(), "--dest", "~/"}).exit_code == 5);
}

TEST_CASE("a symbolic link is written through, and a running program replaced", "[e2e][push]") {
  const TransferHost host;
  const auto source = host.file("a", noise(100'000));
  fs::create_directories(host.there("real"));
  write_file(host.there("real/x"), "old");
  fs::create_symlink("real/x", host.there("link"));
  CHECK(host.push({source, "--dest", "link"})["n1"]["status"] == "changed");
  CHECK(fs::is_symlink(host.there("link")));
  CHECK((read_file(host.there("real/x")) == noise(100'000)));
  CHECK(litter(host.there("real")).empty());

  fs::copy_file("/bin/sleep", host.there("program"));
  const Process busy({host.there("program").string(), "600"});
  CHECK(host.push({source, "--dest", "program"})["n1"]["status"] == "changed");
  CHECK((read_file(host.there("program")) == noise(100'000)));
  CHECK(mode_of(host.there("program")) == mode_of("/bin/sleep"));
}

TEST_CASE("odd names are names", "[e2e][push]") {
  const TransferHost host;
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

TEST_CASE("hosts without tee, without hash and with BusyBox alone get their files too", "[e2e][push]") {
  const auto tools = GENERATE(as<std::string>(), "busybox", "no hash");
  CAPTURE(tools);
  TempDir folder;
  SshdOptions options;
  TransferHost host(std::move(options));
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
  CHECK((read_file(host.there("a")) == bytes));
  CHECK(result["data"].contains("unverified") == (tools == "no hash"));
  CHECK(result["data"]["resumed_from"] == (tools == "no hash" ? 0 : 1'000'000));
}

TEST_CASE("a file is verified by hosts with many processors and with few", "[e2e][push]") {
  const std::string processors = GENERATE("1", "8");
  CAPTURE(processors);
  const TransferHost host;
  put_program(host.server, "nproc", "echo " + processors + "\n");
  const auto bytes = noise(2'500'000);
  const auto source = host.file("a", bytes);
  write_file(host.there(".b.cef-part"), bytes.substr(0, 1'000'000));
  CHECK(host.push({source, "--dest", "~/b"})["n1"]["data"]["resumed_from"] == 1'000'000);
  CHECK((read_file(host.there("b")) == bytes));
  put_program(host.server, "dd", "case $* in *of=*) exec /bin/dd \"$@\";; *) /bin/dd \"$@\" | tr z y;; esac\n");
  CHECK(host.push({source, "--dest", "~/c"})["n1"]["error"]["code"] == "checksum_mismatch");
  CHECK_FALSE(fs::exists(host.there("c")));
}

TEST_CASE("rates are kept to, for a host and for all", "[e2e][push]") {
  TransferHost host;
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

TEST_CASE("a host that offers SFTP and no shell gets its files too", "[e2e][push]") {
  const bool forced = GENERATE(true, false);
  SshdOptions options;
  if (forced) options.config = {"ForceCommand internal-sftp"};
  const TransferHost host(options);
  if (!forced) write_file(host.there(".bashrc"), "exit 1\n");
  const auto source = host.file("a", noise(3'000'000));
  const auto target = host.there("a").string();
  const auto first = host.push({source, "--dest", target})["n1"];
  CHECK(first["status"] == "changed");
  CHECK(first["data"]["bytes_sent"] == 3'000'000);
  CHECK(first["data"].contains("unverified"));
  CHECK((read_file(target) == noise(3'000'000)));
  CHECK(litter(host.server.home()).empty());
  CHECK(host.push({source, "--dest", target})["n1"]["status"] == "ok");
  fs::create_symlink("a", host.there("link"));
  write_file(target, "old");
  CHECK(host.push({source, "--dest", host.there("link").string()})["n1"]["status"] == "changed");
  CHECK(fs::is_symlink(host.there("link")));
  CHECK((read_file(target) == noise(3'000'000)));
  CHECK(host.push({source, "--dest", host.there("none/a").string()}).code("n1") == "no_such_file");
}
