// Upgrades whose link, cef or host goes away in the middle: nothing is lost, run twice or left half done.
#include "cut_link.hpp"
#include "keys.hpp"
#include "nodes.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <csignal>
#include <random>

using namespace cef::testing;

namespace {

constexpr const char* toys[] = {"toy-clock", "toy-kernel", "toy-library", "toy-settings"};

// An archive behind HTTP, one request a connection, that gives no package as long as /run/hold-download is there.
constexpr const char* slow_mirror = R"sh(
cat >/run/mirror.pl <<'EOF'
use IO::Socket::INET;
$SIG{CHLD} = "IGNORE";
my $listener = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 8124, Listen => 16, ReuseAddr => 1) or die;
open my $ready, ">", "/run/mirror"; close $ready;
while (my $client = $listener->accept) {
  next if fork;
  my ($path) = <$client> =~ m{^GET (\S+)};
  while (<$client>) { last if /^\r?$/ }
  if ($path =~ /\.deb$/) {
    open my $at, ">", "/run/at-download"; close $at;
    select undef, undef, undef, 0.05 while -e "/run/hold-download";
  }
  my $file = "";
  if (open my $in, "<", "/srv/archive/new$path") {
    local $/; $file = <$in>;
    print $client "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " . length($file) . "\r\n\r\n$file";
  } else {
    print $client "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  }
  exit;
}
EOF
perl /run/mirror.pl >/dev/null 2>&1 </dev/null &
until [ -e /run/mirror ]; do sleep 0.05; done
echo 'deb [trusted=yes] http://127.0.0.1:8124/ ./' >/etc/apt/sources.list
echo 'DPkg::Pre-Invoke { "touch /run/at-between; while [ -e /run/hold-between ]; do sleep 0.05; done"; };' \
  >/etc/apt/apt.conf.d/99hold
)sh";

// Of packages of which each says much and takes a moment, in an archive of their own.
constexpr int many = 16;
constexpr const char* many_packages = R"sh(
mkdir -p /srv/many/old /srv/many/new
for version in 1.0 1.1; do
  to=$([ $version = 1.0 ] && echo old || echo new)
  for n in $(seq -w 1 16); do
    tree=/srv/many/tree
    mkdir -p $tree/DEBIAN
    printf 'Package: many-%s\nVersion: %s\nArchitecture: all\nMaintainer: Nobody <nobody@example.net>\nDescription: x\n' \
      $n $version >$tree/DEBIAN/control
    if [ $version = 1.1 ]; then
      printf '#!/bin/sh\nfor part in 1 2 3 4; do seq 1 800; sleep 0.1; done\n' >$tree/DEBIAN/postinst
      chmod 755 $tree/DEBIAN/postinst
    fi
    dpkg-deb --root-owner-group -Znone -b $tree /srv/many/$to/many-${n}_$version.deb
    rm -rf $tree
  done
done >/dev/null
dpkg -i /srv/many/old/*.deb >/dev/null 2>&1
cd /srv/many/new
for deb in ./*.deb; do
  dpkg-deb -f "$deb"
  printf 'Filename: %s\nSize: %s\nSHA256: %s\n\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d ' ' -f 1)"
done >Packages
echo 'deb [trusted=yes] file:/srv/many/new ./' >/etc/apt/sources.list
)sh";

}  // namespace

TEST_CASE("cef may die in the middle of an upgrade, and be started again", "[e2e][upgrade]") {
  if (left_out()) return;
  const PackagedHost host;
  host.node.shell("touch /run/hold-toys");
  {
    const auto process = host.fleet.start({"upgrade", "host=n1", "--format", "json"});
    REQUIRE(eventually([&] { return host.version("toy-library") == "1.1 half-configured"; }));
    process->signal(SIGKILL);
    process->wait();
  }
  const auto process = host.fleet.start({"upgrade", "host=n1", "--format", "json"});
  process->pump_until([] { return false; }, Milliseconds(1500));
  host.node.shell("rm /run/hold-toys");
  const auto result = read_result(process->wait());
  INFO(result.told());
  CHECK_FALSE(result["n1"].contains("error"));
  CHECK(host.version("toy-library") == "1.1 installed");
  CHECK(host.version("toy-kernel") == "1.1 installed");
  for (const char* package : toys) CHECK(host.configured(package) == 1);
  CHECK(host.cef({"upgrade"}).code("n1") == "ok");
  CHECK(eventually([&] { return host.node.shell("ls -d /var/tmp/cef.* 2>/dev/null || true") == ""; }));
}

TEST_CASE("an upgrade goes on when the link is cut, and its result is there afterwards", "[e2e][upgrade]") {
  if (left_out()) return;
  const PackagedHost host;
  host.node.shell(slow_mirror);
  struct Case {
    const char* phase;
    const char* hold;
    bool silence;
  };
  const auto c = GENERATE(values<Case>({{"download", "/run/hold-download", true},
                                        {"download", "/run/hold-download", false},
                                        {"between", "/run/hold-between", true},
                                        {"between", "/run/hold-between", false},
                                        {"configure", "/run/hold-toys", true},
                                        {"configure", "/run/hold-toys", false}}));
  DYNAMIC_SECTION(c.phase << (c.silence ? ", silence" : ", no link")) {
    host.node.shell(fmt::format("touch {}", c.hold));
    const auto process = host.fleet.start({"upgrade", "host=n1", "--keepalive", "500ms", "--format", "json"});
    const auto there = [&] {
      if (std::string(c.phase) == "configure") return host.version("toy-library") == "1.1 half-configured";
      return host.node.shell(fmt::format("ls /run/at-{} 2>/dev/null || true", c.phase)) != "";
    };
    REQUIRE(eventually(there));
    if (c.silence)
      host.node.silence();
    else
      host.node.unplug();
    host.node.shell(fmt::format("rm {}", c.hold));
    CHECK(eventually([&] { return host.version("toy-settings") == "1.1 installed"; }));
    process->pump_until([] { return false; }, Milliseconds(3000));  // cef has found out that it is cut off
    host.node.restore();
    const auto result = read_result(process->wait());
    INFO(result.told());
    CHECK(result.code("n1") == "changed");
    CHECK(result["n1"]["data"]["count"] == 4);
    CHECK(result["n1"]["attempts"].get<int>() > 1);
    for (const char* package : toys) CHECK(host.configured(package) == 1);
    CHECK(host.cef({"upgrade"}).code("n1") == "ok");
    // On a slow machine the link may seem dead while the job is begun: then its empty folder stays.
    CHECK(eventually([&] { return host.node.shell("find /var/tmp -path '/var/tmp/cef*' -type f") == ""; }));
  }
}

TEST_CASE("two upgrades at once get in each other's way, and no package is configured twice", "[e2e][upgrade]") {
  if (left_out()) return;
  const PackagedHost host;
  host.node.shell("touch /run/hold-toys");
  const auto first = host.fleet.start({"upgrade", "host=n1", "--format", "json"});
  const auto second = host.fleet.start({"upgrade", "host=n1", "--format", "json"});
  REQUIRE(eventually([&] { return host.version("toy-library") == "1.1 half-configured"; }));
  host.node.shell("rm /run/hold-toys");
  for (const auto& process : {first.get(), second.get()}) {
    const auto result = read_result(process->wait());
    INFO(result.told());
    CHECK(result.exit_code == 0);
  }
  for (const char* package : toys) CHECK(host.configured(package) == 1);
  CHECK(host.cef({"upgrade"}).code("n1") == "ok");
}

TEST_CASE("a link that is cut twenty times configures no package twice and loses no result", "[e2e][upgrade]") {
  if (left_out()) return;
  Network network;
  Node node(network, "straight", "control", true);
  node.shell(many_packages);
  const auto seed = static_cast<unsigned>(std::random_device{}());
  INFO("seed " << seed);
  CutLink cuts({.address = node.address(), .network = network.pid()}, 20, seed, 10'000);
  Fleet fleet;
  fleet.add(node, network);
  fleet.add({.name = "cut", .port = cuts.port()});
  fleet.know(fmt::format("[127.0.0.1]:{} {}\n", cuts.port(), public_key("ed25519-host")));
  CefResult result;
  // A login that is cut fails the run before it has begun.
  for (int tries = 0; tries < 20; ++tries) {
    result = fleet.cef({"upgrade", "host=cut", "--format", "json"}, {.timeout = 16 * patience});
    if (result["cut"]["status"] != "unreachable") break;
  }
  INFO(result.told());
  CHECK(result.code("cut") == "changed");
  CHECK(result["cut"]["data"]["count"] == many);
  CHECK(cuts.cut() > 10);
  std::string once;
  for (int i = 1; i <= many; ++i) once += fmt::format("1 many-{:02}\n", i);
  CHECK(node.shell("sed -n 's/.* configure \\(many-..\\):all 1.1 .*/\\1/p' /var/log/dpkg.log | sort | uniq -c | "
                   "sed 's/^ *//'") == once);
  CHECK(node.shell("dpkg-query -W -f='${Version} ${db:Status-Status}\\n' 'many-*' | sort -u") == "1.1 installed\n");
  CHECK(fleet.cef({"upgrade", "host=straight", "--format", "json"}).code("straight") == "ok");
}

TEST_CASE("a host that reboots in the middle of an upgrade is mended by the next one", "[e2e][upgrade]") {
  if (left_out()) return;
  PackagedHost host;
  host.node.shell("touch /run/hold-toys");
  const auto process = host.fleet.start({"upgrade", "host=n1", "--format", "json"});
  REQUIRE(eventually([&] { return host.version("toy-library") == "1.1 half-configured"; }));
  // The next boot begins with what dpkg has on the disk; a node's disk is new each time.
  const std::string disk = host.node.shell("tar -C / -cz var/lib/dpkg usr/share/toy-library | base64 -w 0");
  host.node.power_cycle();
  const auto lost = read_result(process->wait());
  INFO(lost.told());
  CHECK(lost.code("n1") == "job_lost");
  constexpr std::size_t longest_word = 100'000;  // of a command line
  for (std::size_t at = 0; at < disk.size(); at += longest_word)
    host.node.shell("printf %s '" + disk.substr(at, longest_word) + "' >>/run/disk");
  host.node.shell("base64 -d /run/disk | tar -C / -xz");
  CHECK(host.version("toy-library") == "1.1 half-configured");
  const auto mended = host.cef({"upgrade"});
  INFO(mended.told());
  CHECK(mended.code("n1") == "changed");
  CHECK(host.version("toy-library") == "1.1 installed");
  CHECK(host.cef({"upgrade"}).code("n1") == "ok");
}
