// Packages on whole nodes: a real apt, dpkg, sudo and sshd, and an archive of the test's own.
#include "nodes.hpp"

#include <catch2/catch.hpp>

#include <csignal>

using namespace cef::testing;

namespace {

struct Host : PackagedHost {
  void sources(const std::string& line) const { node.shell("echo '" + line + "' >/etc/apt/sources.list"); }
  // All that apt and dpkg keep, with times.
  std::string kept() const {
    return node.shell(
        "find /var/lib/apt /var/cache/apt /var/lib/dpkg /etc /var/tmp /tmp -type f | sort | xargs ls -l "
        "--time-style=full-iso | md5sum");
  }
  // A process that holds a lock as apt does, for as long as the file is there.
  void hold_lock() const {
    node.shell(
        "touch /run/keep-lock; perl -e 'use Fcntl; open F, \">\", \"/var/lib/dpkg/lock-frontend\"; "
        "my $l = pack(\"s s x4 l! l! i x4\", F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $l) or die; "
        "open G, \">\", \"/run/locked\"; close G; "
        "select(undef, undef, undef, 0.05) while -e \"/run/keep-lock\"' >/dev/null 2>&1 & "
        "until [ -e /run/locked ]; do sleep 0.05; done");
  }
};

const std::string archive = "deb [trusted=yes] file:/srv/archive/new ./";

}  // namespace

TEST_CASE("upgrade does what its check says, once", "[e2e][upgrade]") {
  if (left_out()) return;
  const Host host;
  host.node.shell("echo 'level = 7' >>/etc/toy-settings.conf");
  const auto before = host.kept();
  const auto check = host.cef({"upgrade", "-C"});
  INFO(check.told());
  CHECK(check.code("n1") == "changed");
  CHECK(check["n1"]["data"]["count"] == 4);
  CHECK(host.kept() == before);

  const auto done = host.cef({"upgrade"});
  INFO(done.told());
  CHECK(done.exit_code == 0);
  CHECK(done.code("n1") == "changed");
  const auto data = done["n1"]["data"];
  CHECK(data["upgraded"] == check["n1"]["data"]["upgraded"]);
  CHECK(data["held_back"] == nlohmann::json{"toy-suite"});
  CHECK(data["kept_conffiles"] == nlohmann::json{"/etc/toy-settings.conf"});
  CHECK(data["reboot_required"] == true);
  CHECK(host.version("toy-library") == "1.1 installed");
  CHECK(host.version("toy-suite") == "1.0 installed");
  CHECK(host.node.shell("tail -n 1 /etc/toy-settings.conf") == "level = 7\n");

  const auto again = host.cef({"upgrade"});
  INFO(again.told());
  CHECK(again.code("n1") == "ok");
  CHECK(again["n1"]["data"]["count"] == 0);

  const auto dist = host.cef({"upgrade", "--dist"});
  INFO(dist.told());
  CHECK(dist["n1"]["data"]["installed"] == nlohmann::json{"toy-suite-parts"});
  CHECK(host.version("toy-suite") == "2.0 installed");
  CHECK(host.cef({"upgrade", "--dist"}).code("n1") == "ok");
}

TEST_CASE("upgrade takes only what is asked for", "[e2e][upgrade]") {
  if (left_out()) return;
  const Host host;
  const auto none = host.cef({"upgrade", "--security"});
  INFO(none.told());
  CHECK(none.code("n1") == "ok");
  const auto only = host.cef({"upgrade", "--only", "toy-l*,not-there"});
  INFO(only.told());
  CHECK(only["n1"]["data"]["count"] == 1);
  CHECK(host.version("toy-library") == "1.1 installed");
  CHECK(host.version("toy-clock") == "1.0 installed");
}

TEST_CASE("upgrade waits for a lock, and names who holds it when that is too long", "[e2e][upgrade]") {
  if (left_out()) return;
  const Host host;
  host.hold_lock();
  const auto locked = host.cef({"upgrade", "--lock-wait", "1"});
  INFO(locked.told());
  CHECK(locked.exit_code == 2);
  CHECK(locked.code("n1") == "apt_locked");
  CHECK(locked["n1"]["error"]["message"].get<std::string>().find("perl (process ") != std::string::npos);
  CHECK(host.version("toy-library") == "1.0 installed");

  const auto process = host.fleet.start({"upgrade", "host=n1", "--format", "json"});
  CHECK(eventually([&] { return host.node.shell("ls -d /var/tmp/cef.* 2>/dev/null || true") != ""; }));
  host.node.shell("sleep 1.5; rm /run/keep-lock");
  const auto waited = read_result(process->wait());
  INFO(waited.told());
  CHECK(waited.code("n1") == "changed");
  CHECK(waited["n1"]["data"]["lock_waited_s"].get<int>() >= 1);
}

TEST_CASE("an interrupted dpkg is mended before anything else", "[e2e][upgrade]") {
  if (left_out()) return;
  const Host host;
  host.node.shell("dpkg --unpack /srv/archive/new/toy-library_*.deb >/dev/null");
  CHECK(host.version("toy-library") == "1.1 unpacked");
  const auto check = host.cef({"upgrade", "-C", "--only", "toy-library"});
  CHECK(check.code("n1") == "changed");
  CHECK(check["n1"]["data"]["interrupted"] == true);
  const auto mended = host.cef({"upgrade", "--only", "toy-library"});
  INFO(mended.told());
  CHECK(mended.code("n1") == "changed");
  CHECK(mended["n1"]["data"]["configured"] == nlohmann::json{"toy-library"});
  CHECK(host.version("toy-library") == "1.1 installed");
  CHECK(host.cef({"upgrade", "--only", "toy-library"}).code("n1") == "ok");
}

TEST_CASE("a package that cannot be configured is named, now and next time", "[e2e][upgrade]") {
  if (left_out()) return;
  const Host host;
  host.node.shell("rm -f /run/reboot-required.pkgs; mkdir -p /run/reboot-required");  // what its script writes to
  const auto failed = host.cef({"upgrade"});
  INFO(failed.told());
  CHECK(failed.code("n1") == "apt_failed");
  CHECK(failed["n1"]["error"]["message"].get<std::string>().find("toy-kernel: ") != std::string::npos);
  CHECK(failed["n1"]["data"]["output"].get<std::string>().find("directory") != std::string::npos);
  CHECK(host.version("toy-library") == "1.1 installed");
  const auto again = host.cef({"upgrade"});
  INFO(again.told());
  CHECK(again.code("n1") == "dpkg_interrupted");
  host.node.shell("rmdir /run/reboot-required");
  CHECK(host.cef({"upgrade"}).code("n1") == "changed");
  CHECK(host.cef({"upgrade"}).code("n1") == "ok");
}

TEST_CASE("a full disk is named, and what it left half done is mended", "[e2e][upgrade]") {
  if (left_out()) return;
  const Host host;
  host.node.shell(
      "mount -t tmpfs -o size=4k none /usr/share/toy-library && head -c 4096 /dev/zero >/usr/share/toy-library/fill");
  const auto full = host.cef({"upgrade"});
  INFO(full.told());
  CHECK(full.code("n1") == "apt_failed");
  CHECK(full["n1"]["error"]["message"].get<std::string>().find("toy-library") != std::string::npos);
  CHECK(full["n1"]["error"]["message"].get<std::string>().find("No space left") != std::string::npos);
  host.node.shell("umount /usr/share/toy-library");
  const auto mended = host.cef({"upgrade"});
  INFO(mended.told());
  CHECK(mended.code("n1") == "changed");
  CHECK(host.version("toy-library") == "1.1 installed");
  CHECK(host.cef({"upgrade"}).code("n1") == "ok");

  host.node.shell("mount -t tmpfs -o size=16k none /var/tmp && dd if=/dev/zero of=/var/tmp/fill bs=1k 2>&1 || true");
  CHECK(host.cef({"upgrade"}).code("n1") == "disk_full");
  CHECK(host.node.shell("ls -A /var/tmp") == "fill\n");
}

TEST_CASE("sources that fail are told, and none that works is a failure", "[e2e][upgrade]") {
  if (left_out()) return;
  const Host host;
  host.node.shell(
      "busybox httpd -p 127.0.0.1:8123 -h /srv/archive/new >/dev/null 2>&1 && cp -r /srv/archive/new /srv/bad && echo "
      ">>/srv/bad/Packages");
  struct Case {
    const char* name;
    const char* source;
    const char* says;
  };
  const auto c = GENERATE(values<Case>({
      {"not found", "deb [trusted=yes] http://127.0.0.1:8123/nothing ./", "404"},
      {"wrong hash", "deb [trusted=yes] file:/srv/bad ./", "Hash Sum mismatch"},
      {"no name", "deb [trusted=yes] http://mirror.invalid/debian ./", "mirror.invalid"},
      {"nobody there", "deb [trusted=yes] http://127.0.0.1:9/debian ./", "127.0.0.1"},
  }));
  DYNAMIC_SECTION(c.name) {
    host.sources(archive + "\n" + c.source);
    const auto some = host.cef({"upgrade", "--only", "toy-library"});
    INFO(some.told());
    CHECK(some.code("n1") == "changed");
    REQUIRE(some["n1"]["data"]["stale_sources"].size() >= 1);
    CHECK(some["n1"]["data"]["stale_sources"][0].get<std::string>().find(c.says) != std::string::npos);
    host.node.shell("rm -rf /var/lib/apt/lists/*");
    host.sources(c.source);
    const auto none = host.cef({"upgrade"});
    INFO(none.told());
    CHECK(none.code("n1") == "apt_failed");
  }
}

TEST_CASE("a package that is not what its list says is named, and none is half done", "[e2e][upgrade]") {
  if (left_out()) return;
  const Host host;
  host.node.shell(
      "cp -r /srv/archive/new /srv/bad && sed -i s/library/l1brary/ /srv/bad/toy-library_1.1_all.deb && "
      "busybox httpd -p 127.0.0.1:8123 -h /srv/bad");
  host.sources("deb [trusted=yes] http://127.0.0.1:8123/ ./");
  const auto bad = host.cef({"upgrade"});
  INFO(bad.told());
  CHECK(bad.code("n1") == "apt_failed");
  const auto said = bad["n1"]["error"]["message"].get<std::string>();
  CHECK(said.find("toy-library") != std::string::npos);
  CHECK(said.find("Hash Sum mismatch") != std::string::npos);
  CHECK(host.version("toy-clock") == "1.0 installed");
  host.sources(archive);
  CHECK(host.cef({"upgrade"}).code("n1") == "changed");
}

TEST_CASE("upgrade needs sudo, and tells what it lacks", "[e2e][upgrade]") {
  if (left_out()) return;
  Host host;
  host.node.shell(
      "echo 'edge ALL=(ALL) ALL' >/etc/sudoers.d/edge; h=$(openssl passwd -6 'correct horse'); "
      "sed -i \"s|^edge:[^:]*|edge:$h|\" /etc/shadow");
  CHECK(host.cef({"upgrade"}).code("n1") == "sudo_password_required");
  write_file(host.fleet.folder() / "password", "battery staple\n");
  const std::string file = (host.fleet.folder() / "password").string();
  CHECK(host.cef({"upgrade", "--become-password-file", file}).code("n1") == "sudo_password_wrong");
  CHECK(host.version("toy-clock") == "1.0 installed");
  host.fleet.set("become", "false");
  const auto unprivileged = host.cef({"upgrade", "-C"});
  INFO(unprivileged.told());
  CHECK(unprivileged.code("n1") == "changed");  // a check needs nobody's rights
  host.fleet.set("become", "true");
  write_file(host.fleet.folder() / "password", "correct horse\n");
  const auto right = host.cef({"upgrade", "--become-password-file", file});
  INFO(right.told());
  CHECK(right.code("n1") == "changed");
}

TEST_CASE("packages are installed and purged once", "[e2e][upgrade]") {
  if (left_out()) return;
  const Host host;
  const auto cef = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "package");
    words.insert(words.end(), {"host=n1", "--format", "json"});
    return host.fleet.cef(words);
  };
  const auto before = host.kept();
  CHECK(cef({"install", "toy-extra", "toy-clock", "-C"}).code("n1") == "changed");
  CHECK(host.kept() == before);
  const auto installed = cef({"install", "toy-extra", "toy-clock"});
  INFO(installed.told());
  CHECK(installed.code("n1") == "changed");
  CHECK(installed["n1"]["data"]["installed"][0]["name"] == "toy-extra");
  CHECK(host.version("toy-clock") == "1.0 installed");  // it was there
  CHECK(cef({"install", "toy-extra", "toy-clock"}).code("n1") == "ok");
  CHECK(cef({"install", "toy-clock=1.1"})["n1"]["data"]["upgraded"].size() == 1);
  CHECK(cef({"install", "toy-clock=1.1"}).code("n1") == "ok");
  CHECK(cef({"install", "toy-nonsense"}).code("n1") == "apt_failed");
  CHECK(cef({"remove", "toy-settings"}).code("n1") == "changed");
  CHECK(cef({"remove", "toy-settings"}).code("n1") == "ok");
  CHECK(cef({"purge", "toy-settings"}).code("n1") == "changed");
  CHECK(cef({"purge", "toy-settings"}).code("n1") == "ok");
  for (const auto& words : std::vector<std::vector<std::string>>{
           {}, {"instal", "jq"}, {"install"}, {"install", "-o"}, {"install", "jq-"}, {"remove", "jq=1"}})
    CHECK(cef(words).exit_code == 5);
}
