// Models: the repository, and versions put onto real servers: cef model.
#include "cut_link.hpp"
#include "keys.hpp"
#include "model_host.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <csignal>
#include <filesystem>

using namespace cef::testing;
namespace fs = std::filesystem;

TEST_CASE("models are added, listed, shown, verified and removed without a host", "[e2e][model]") {
  const ModelHost host;
  host.add("1");
  host.add("2");
  const auto again = host.model({"add", (host.files / "m.zip").string(), "--name", "m"});
  CHECK(again["m:2"]["status"] == "ok");
  const auto listed = host.model({"list"});
  CHECK(listed["m:1"]["data"]["format"] == "zip");
  CHECK(listed["m:2"]["data"]["files"] == 5);
  CHECK(host.fleet.cef({"model", "list", "--format", "names"}).out == "m:1\nm:2\n");
  const auto shown = host.model({"show", "m"});
  CHECK(shown["m:2"]["data"]["entries"].size() >= 5);
  CHECK(host.model({"verify"}).exit_code == 0);
  const fs::path object = shown["m:2"]["data"]["path"].get<std::string>();
  fs::permissions(object, fs::perms::owner_all);
  write_file(object, "damaged");
  const auto damaged = host.model({"verify"});
  CHECK(damaged.exit_code == 2);
  CHECK(damaged["m:1"]["status"] == "ok");
  CHECK(damaged.code("m:2") == "checksum_mismatch");
  CHECK(host.model({"rm", "m"}).exit_code == 5);
  CHECK(host.model({"rm", "m:1"}).exit_code == 0);
  CHECK(host.model({"rm", "m:1"}).exit_code == 3);
  CHECK(host.fleet.cef({"model", "list", "--format", "names"}).out == "m:2\n");
  CHECK(host.server.connections() == 0);
}

TEST_CASE("what is wrong with the words is told, and no host is asked", "[e2e][model]") {
  const ModelHost host;
  host.add("1");
  write_file(host.files / "plain", "text");
  REQUIRE(host.model({"add", (host.files / "plain").string()}).exit_code == 0);
  run_shell(host.files.path(), "tar -cPf bad.tar /etc/hostname");
  struct Case {
    std::vector<std::string> words;
    const char* says;
    int exit_code = 5;
  };
  const auto c =
      GENERATE(values<Case>({{{"model"}, "what about models?"},
                             {{"model", "deplay"}, "model does not know 'deplay'"},
                             {{"model", "add"}, "which file is to be added?"},
                             {{"model", "add", "not-there"}, "No such file"},
                             {{"model", "add", "bad.tar"}, "has an absolute path"},
                             {{"model", "list", "group=all"}, "contacts no host"},
                             {{"model", "list", "--dest", "x"}, "--dest has no meaning for model list"},
                             {{"model", "list", "-f", "3"}, "--forks has no meaning for model list"},
                             {{"model", "deploy", "m", "host=n1"}, "where is it to go?"},
                             {{"model", "deploy", "host=n1", "--dest", "x"}, "which model"},
                             {{"model", "deploy", "mm", "host=n1", "--dest", "x"}, "did you mean 'm'?", 3},
                             {{"model", "deploy", "m:9", "host=n1", "--dest", "x"}, "there is no version '9' of m", 3},
                             {{"model", "deploy", "plain", "host=n1", "--dest", "x", "--unpack"}, "is no archive"},
                             {{"model", "rollback", "m:1", "host=n1", "--dest", "x"}, "takes none"},
                             {{"model", "deploy", "m", "n1", "--dest", "x"}, "n1 is a host: write host=n1"},
                             {{"model", "deploy", "n1", "m", "--dest", "x"}, "n1 is a host: write host=n1"},
                             {{"model", "deploy", "m", "plain", "host=n1", "--dest", "x"}, "one word too many"},
                             {{"model", "rollback", "m", "all", "--dest", "x"}, "all is a group: write group=all"},
                             {{"model", "where", "m", "n1"}, "n1 is a host: write host=n1"},
                             {{"rollout", "m", "n1", "--dest", "x"}, "n1 is a host: write host=n1"},
                             {{"rollout", "plain", "host=n1", "--dest", "x"}, "model deploy puts the file there"},
                             {{"model", "where", "m"}, "no run is recorded yet", 3}}));
  RunOptions options;
  options.cwd = host.files.path().string();
  const auto told = host.fleet.cef(c.words, options);
  INFO(told.told());
  CHECK(told.exit_code == c.exit_code);
  CHECK(told.err.find(c.says) != std::string::npos);
  CHECK(host.server.connections() == 0);
}

TEST_CASE("a version is deployed once, replaced, and gone back to", "[e2e][model]") {
  const ModelHost host;
  host.add("1");
  const auto checked = host.deploy("m", {"--unpack", "--check"});
  CHECK(checked["n1"]["status"] == "changed");
  CHECK_FALSE(fs::exists(host.there()));
  const auto first = host.deploy("m");
  CHECK(first.exit_code == 0);
  CHECK(first["n1"]["status"] == "changed");
  CHECK(first["n1"]["data"]["unpacked_to"] == host.there("m-1").string());
  CHECK(first["n1"]["data"]["previous"].is_null());
  CHECK(first["n1"]["data"]["bytes_sent"].get<int>() > 200'000);
  host.check_whole();
  CHECK(host.litter().empty());
  CHECK(fs::is_empty(host.there(".cef-models/incoming")));
  const auto again = host.deploy("m:1");
  CHECK(again["n1"]["status"] == "ok");
  CHECK(again["n1"]["data"]["bytes_sent"] == 0);
  CHECK(again["n1"]["data"]["skipped"] == 1);

  host.add("2");
  const auto second = host.deploy("m");
  CHECK(second["n1"]["data"]["previous"] == "1");
  host.check_whole();
  const auto back = host.roll_back();
  CHECK(back["n1"]["status"] == "changed");
  CHECK(back["n1"]["data"]["from"] == "2");
  CHECK(back["n1"]["data"]["to"] == "1");
  CHECK(host.serving() == "1\n");
  CHECK(host.roll_back().code("n1") == "no_such_file");
  // Version 2 is there still: nothing is sent.
  const auto forth = host.deploy("m:2");
  CHECK(forth["n1"]["status"] == "changed");
  CHECK(forth["n1"]["data"]["bytes_sent"] == 0);
  CHECK(host.serving() == "2\n");

  host.add("3");
  const auto third = host.deploy("m");
  CHECK(third["n1"]["data"]["removed"] == nlohmann::json{"1"});
  CHECK_FALSE(fs::exists(host.there("m-1")));
  CHECK(fs::exists(host.there("m-2")));
  CHECK(host.roll_back()["n1"]["data"]["to"] == "2");
  CHECK(host.litter().empty());
}

TEST_CASE("the journal tells where a model is, and the hosts confirm it", "[e2e][model]") {
  const ModelHost host;
  host.add("1");
  host.add("2");
  REQUIRE(host.deploy("m:1").exit_code == 0);
  REQUIRE(host.deploy("m:2", {"--unpack", "--check"}).exit_code == 0);
  const auto first = host.model({"where", "m"});
  CHECK(first["n1"]["data"]["version"] == "1");
  CHECK(first["n1"]["data"]["dest"] == host.there("").parent_path().string());
  REQUIRE(host.deploy("m:2").exit_code == 0);
  REQUIRE(host.roll_back().exit_code == 0);
  const auto connections = host.server.connections();
  CHECK(host.model({"where", "m"})["n1"]["data"]["version"] == "1");
  CHECK(host.model({"where", "m:2"}).exit_code == 3);
  CHECK(host.server.connections() == connections);
  const auto verified = host.model({"where", "m", "--verify"});
  CHECK(verified["n1"]["status"] == "ok");
  CHECK(verified["n1"]["data"]["version"] == "1");
  // Asking is no delivery.
  const auto after = host.model({"where", "m"});
  CHECK(after["n1"]["data"]["at"] == verified["n1"]["data"]["at"]);
  CHECK(after["n1"]["data"]["run"] == verified["n1"]["data"]["run"]);
  // By another hand.
  fs::remove(host.there("m"));
  fs::create_symlink("m-2", host.there("m"));
  CHECK(host.model({"where", "m", "--verify"})["n1"]["data"]["version"] == "2");
  // The link is left.
  fs::remove_all(host.there("m-2"));
  const auto gone = host.model({"where", "m", "--verify"});
  CHECK(gone.code("n1") == "no_such_file");
  CHECK(gone["n1"]["error"]["message"].get<std::string>().find("m:2 is gone") != std::string::npos);
  fs::remove(host.there("m"));
  CHECK(host.model({"where", "m", "--verify"}).code("n1") == "no_such_file");
}

TEST_CASE("every kind of archive is unpacked, by the host's tools or by what it has", "[e2e][model]") {
  const auto pack = GENERATE(values<const char*>(
      {"zip -qry ../m.zip .", "zip -qry -0 ../m.zip .", "tar -czf ../m.tar.gz .", "tar -cJf ../m.tar.xz .",
       "tar --zstd -cf ../m.tar.zst .", "tar -cf ../m.tar .", "bsdtar --format zip -cf ../m.zip ."}));
  const bool bare = GENERATE(false, true);
  DYNAMIC_SECTION(pack << (bare ? " to a bare host" : "")) {
    const ModelHost host;
    if (bare) host.make_bare();
    host.add("1", pack);
    const auto deployed = host.deploy("m");
    CHECK(deployed.exit_code == 0);
    CHECK(deployed["n1"]["status"] == "changed");
    host.check_whole();
    CHECK(host.litter().empty());
    CHECK(host.deploy("m")["n1"]["status"] == "ok");
  }
}

TEST_CASE("names with control characters come out of a zip as they are in it", "[e2e][model]") {
  const ModelHost host;
  host.add("1", "echo t >$'a\tb'; mkdir $'n\nl'; echo d >$'n\nl/x\x7fy'; bsdtar --format zip -cf ../m.zip .");
  const auto by_itself = host.deploy("m", {"--unpack", "--from-url", "http://127.0.0.1:1/m.zip"});
  CHECK(by_itself.code("n1") == "unpack_failed");
  CHECK(by_itself["n1"]["error"]["message"].get<std::string>().find("control characters") != std::string::npos);
  CHECK(host.deploy("m")["n1"]["status"] == "changed");
  host.check_whole();
}

TEST_CASE("--check tells which versions --keep would take away", "[e2e][model]") {
  const ModelHost host;
  for (const char* version : {"1", "2", "3"}) {
    host.add(version);
    REQUIRE(host.deploy("m", {"--unpack", "--keep", "9"}).exit_code == 0);
  }
  REQUIRE(host.roll_back().exit_code == 0);
  const auto kept = host.deploy("m:3", {"--unpack", "--check", "--keep", "3"});
  CHECK(kept["n1"]["data"]["would"] == "let m:3 serve, which is there");
  CHECK_FALSE(kept["n1"]["data"].contains("would_remove"));
  host.add("4");
  const auto checked = host.deploy("m", {"--unpack", "--check"});
  CHECK(checked["n1"]["data"]["would_remove"] == nlohmann::json{"3", "1"});
  CHECK(checked["n1"]["data"]["would"] == "send m:4; remove versions 3, 1");
  CHECK_FALSE(checked["n1"]["data"].contains("removed"));
  CHECK(host.fleet.cef({"model", "deploy", "m", "host=n1", "--dest", "~/run", "--unpack", "-C"})
            .out.find("remove versions 3, 1") != std::string::npos);
  CHECK(host.deploy("m")["n1"]["data"]["removed"] == checked["n1"]["data"]["would_remove"]);
  CHECK(host.deploy("m", {"--unpack", "--check"})["n1"]["status"] == "ok");
}

TEST_CASE("a file that is not unpacked serves as it is", "[e2e][model]") {
  const ModelHost host;
  write_file(host.files / "llm.gguf", std::string(100'000, 'x'));
  REQUIRE(host.model({"add", (host.files / "llm.gguf").string(), "--name", "m"}).exit_code == 0);
  const auto deployed = host.deploy("m", {});
  CHECK(deployed["n1"]["data"]["bytes_sent"] == 100'000);
  CHECK(read_file(host.there("m/llm.gguf")) == std::string(100'000, 'x'));
  CHECK(host.deploy("m", {})["n1"]["status"] == "ok");
  const auto shown = host.fleet.cef({"model", "deploy", "m", "host=n1", "--dest", "~/other", "--once-per-site"});
  CHECK(shown.out.find("VIA") != std::string::npos);
}

TEST_CASE("a link that breaks off again and again delays a deployment only", "[e2e][model]") {
  const ModelHost host;
  host.add("1", "zip -qry ../m.zip .", 8'000'000);
  const auto seed = GENERATE(1234U);  // not in the first login, which is not made again
  CAPTURE(seed);
  const CutLink cuts(host.server.port(), 6, seed, 1'000'000);
  Fleet fleet;
  fleet.add({.name = "n1", .port = cuts.port()});
  fleet.know(fmt::format("[127.0.0.1]:{} {}\n", cuts.port(), public_key("ed25519-host")));
  const auto deployed =
      fleet.cef({"model", "deploy", "m", "host=n1", "--dest", "~/run", "--unpack", "--format", "json", "--retries",
                 "20", "--model-dir", (host.fleet.home() / ".local/share/cef/models").string()});
  INFO(deployed.told());
  CHECK(deployed.exit_code == 0);
  CHECK(cuts.cut() == 6);
  host.check_whole();
  CHECK(host.litter().empty());
}

TEST_CASE("a folder that cannot be made is told once", "[e2e][model]") {
  const ModelHost host;
  host.add("1");
  const auto refused = host.model({"deploy", "m", "host=n1", "--dest", "/proc/nowhere"});
  CHECK(refused.code("n1") == "permission_denied");
  const auto message = refused["n1"]["error"]["message"].get<std::string>();
  CHECK(message.find("mkdir: ") == message.rfind("mkdir: "));

  // Where another user's folder is, a version that is there already is not laid, and not waited for.
  REQUIRE(host.deploy("m:1").code("n1") == "changed");
  host.add("2");
  REQUIRE(host.deploy("m:2").code("n1") == "changed");
  put_program(host.server, "mkdir", "case $1 in */.cef-models/lock) exit 1;; esac; exec /bin/mkdir \"$@\"\n");
  const auto locked = host.deploy("m:1");
  CHECK(locked.code("n1") == "permission_denied");
  CHECK(locked["n1"]["error"]["message"].get<std::string>().find(".cef-models/lock") != std::string::npos);
}

TEST_CASE("a cef that was killed goes on where it was", "[e2e][model]") {
  const ModelHost host;
  host.add("1", "zip -qry -0 ../m.zip .", 6'000'000);
  host.make_bare();
  const auto started =
      host.fleet.start({"model", "deploy", "m", "host=n1", "--dest", "~/run", "--unpack", "--limit-rate", "2M"});
  const auto arrived = [&] {
    std::uintmax_t bytes = 0;
    std::error_code error;
    for (fs::directory_iterator entry(host.there(".cef-models/incoming"), error), end; !error && entry != end; ++entry)
      bytes += entry->is_regular_file(error) ? entry->file_size(error) : 0;
    return bytes > 1'000'000;
  };
  REQUIRE(eventually(arrived));
  started->signal(SIGKILL);
  (void)started->wait();
  const auto again = host.deploy("m");
  CHECK(again.exit_code == 0);
  CHECK(again["n1"]["data"]["resumed_from"].get<int>() > 500'000);
  host.check_whole();
  CHECK(host.litter().empty());
}

TEST_CASE("what fails leaves the version before to serve", "[e2e][model]") {
  const ModelHost host;
  host.add("1");
  REQUIRE(host.deploy("m").exit_code == 0);
  host.add("2");
  SECTION("unpacking") {
    host.shim("unzip",
              "[ \"$1\" != -v ] || exec /usr/bin/unzip -v\n"
              "/usr/bin/unzip \"$@\"\necho no more room for you >&2\nexit 50\n");
    const auto failed = host.deploy("m");
    CHECK(failed.exit_code == 2);
    CHECK(failed.code("n1") == "unpack_failed");
    CHECK(failed["n1"]["error"]["message"].get<std::string>().find("no more room for you") != std::string::npos);
    CHECK(host.serving() == "1\n");
    CHECK_FALSE(fs::exists(host.there("m-2")));
    fs::remove(host.server.home() / "bin/unzip");
    const auto again = host.deploy("m");
    CHECK(again["n1"]["status"] == "changed");
    CHECK(again["n1"]["data"]["bytes_sent"] == 0);  // the archive had come already
  }
  SECTION("files that do not come out of the archive") {
    host.shim("unzip", "[ \"$1\" != -v ] || exec /usr/bin/unzip -v\n/usr/bin/unzip \"$@\" && rm \"$5/run.sh\"\n");
    CHECK(host.deploy("m").code("n1") == "unpack_failed");
    CHECK(host.serving() == "1\n");
    fs::remove(host.server.home() / "bin/unzip");
    CHECK(host.deploy("m").exit_code == 0);
  }
  SECTION("too little room, which is known before anything is sent") {
    host.shim("df", "echo Filesystem 1024-blocks Used Available Capacity Mounted on\necho /dev/x 1000 700 300 70% /\n");
    const auto failed = host.deploy("m");
    CHECK(failed.code("n1") == "disk_full");
    CHECK(failed["n1"]["error"]["message"].get<std::string>().find("and 300.0 KiB are free") != std::string::npos);
    CHECK(fs::is_empty(host.there(".cef-models/incoming")));
    CHECK(host.serving() == "1\n");
    fs::remove(host.server.home() / "bin/df");
    CHECK(host.deploy("m").exit_code == 0);
  }
  SECTION("something else in its place") {
    fs::create_directory(host.there("m-2"));
    CHECK(host.deploy("m").code("n1") == "not_a_file");
    fs::remove(host.there("m-2"));
    CHECK(host.deploy("m").exit_code == 0);
  }
  CHECK(host.serving() == "2\n");
  CHECK(host.litter().empty());
}

TEST_CASE("a name that is taken, and another content of a version, are refused", "[e2e][model]") {
  const ModelHost host;
  host.add("1");
  fs::create_directories(host.there("m"));
  CHECK(host.deploy("m").code("n1") == "not_a_file");
  fs::remove(host.there("m"));
  REQUIRE(host.deploy("m").exit_code == 0);
  REQUIRE(host.model({"rm", "m:1"}).exit_code == 0);
  host.add("1");
  const auto other = host.deploy("m");
  CHECK(other.code("n1") == "unpack_failed");
  CHECK(other["n1"]["error"]["message"].get<std::string>().find("holds something else") != std::string::npos);
}

TEST_CASE("two deployments at once to one place end with one whole version", "[e2e][model]") {
  const ModelHost host;
  host.add("1", "zip -qry ../m.zip .", 2'000'000);
  std::vector<std::unique_ptr<Process>> runs;
  for (int i = 0; i < 2; ++i)
    runs.push_back(host.fleet.start({"model", "deploy", "m", "host=n1", "--dest", "~/run", "--unpack"}));
  int good = 0;
  for (const auto& run : runs) good += run->wait().exit_code == 0 ? 1 : 0;
  CHECK(good >= 1);
  CHECK(host.deploy("m").exit_code == 0);
  host.check_whole();
  CHECK(host.litter().empty());
}

TEST_CASE("a host fetches the file by itself, and what it got is verified", "[e2e][model]") {
  const ModelHost host;
  host.add("1");
  write_file(host.files / "other", "something else");
  WebServer web(host.files.path());
  const auto wrong = host.deploy("m", {"--unpack", "--from-url", web.url("other")});
  CHECK(wrong.code("n1") == "checksum_mismatch");
  const auto missing = host.deploy("m", {"--unpack", "--from-url", "http://127.0.0.1:1/m.zip"});
  CHECK(missing.code("n1") == "transfer_interrupted");
  for (const std::string& address : {web.url("not-there"), std::string("htp://127.0.0.1/m.zip")}) {
    const auto refused = host.deploy("m", {"--unpack", "--from-url", address});
    CHECK(refused.code("n1") == "transfer_interrupted");
    CHECK(refused["n1"]["error"]["hint"].get<std::string>().starts_with("check the address"));
  }
  // A part is there already, as a fetch that broke off leaves it.
  const auto found = host.model({"show", "m"});
  const auto hash = found["m:1"]["data"]["sha256"].get<std::string>();
  write_file(host.there(".cef-models/incoming/" + hash.substr(0, 24) + ".zip.part"),
             read_file(host.files / "m.zip").substr(0, 1000));
  const auto fetched =
      host.deploy("m", {"--unpack", "--from-url", web.url("m.zip"), "--limit-rate", "9M", "--once-per-site"});
  CHECK(fetched.err.find("--limit-rate: with --from-url") != std::string::npos);
  CHECK(fetched.err.find("--once-per-site: with --from-url") != std::string::npos);
  CHECK(fetched.exit_code == 0);
  CHECK(fetched["n1"]["data"]["via"] == "url");
  CHECK(fetched["n1"]["data"]["bytes_sent"] == 0);
  CHECK(web.was_asked("bytes=1000-"));
  host.check_whole();
  CHECK(host.litter().empty());
}
