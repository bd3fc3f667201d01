// The playbooks that ship, each run twice on a node: the second time there is nothing to do.
#include "nodes.hpp"

#include <catch2/catch.hpp>

using namespace cef::testing;

namespace {

const std::string folder = std::string(CEF_SOURCE) + "/playbooks/";

// Packages that stand for those of Debian: each brings its unit, if it has one, and what else it is known for.
constexpr const char* stand_ins = R"sh(
set -e
# What the machine below has of them is not the node's.
for name in systemd-timesyncd docker.io docker-compose lm-sensors sysstat smartmontools; do
  dpkg --force-depends --purge "$name" >/dev/null 2>&1 || true
done
mkdir -p /srv/stand-ins && cd /srv/stand-ins
package() {  # NAME [UNIT]
  rm -rf /tmp/tree && mkdir -p /tmp/tree/DEBIAN /tmp/tree/usr/share/"$1"
  printf 'Package: %s\nVersion: 9\nArchitecture: all\nMaintainer: Nobody <nobody@example.net>\nDescription: a stand-in\n' \
    "$1" >/tmp/tree/DEBIAN/control
  if [ -n "$2" ]; then
    mkdir -p /tmp/tree/usr/lib/systemd/system
    printf '[Service]\nExecStart=/bin/sleep 1000000\n[Install]\nWantedBy=node.target\n' \
      >"/tmp/tree/usr/lib/systemd/system/$2.service"
    printf '#!/bin/sh\nsystemctl daemon-reload\n' >/tmp/tree/DEBIAN/postinst
    [ "$1" != docker.io ] || echo 'getent group docker >/dev/null || groupadd --system docker' >>/tmp/tree/DEBIAN/postinst
    chmod 755 /tmp/tree/DEBIAN/postinst
  fi
  dpkg-deb --root-owner-group -Znone -b /tmp/tree "/srv/stand-ins/$1.deb" >/dev/null
}
for name in lm-sensors sysstat smartmontools docker-compose; do package "$name"; done
package docker.io docker
package systemd-timesyncd systemd-timesyncd
for deb in ./*.deb; do
  dpkg-deb -f "$deb"
  printf 'Filename: %s\nSize: %s\nSHA256: %s\n\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d ' ' -f 1)"
done >Packages
{ printf 'Suite: stand-ins\nCodename: stand-ins\nDate: %s\nSHA256:\n' "$(LC_ALL=C date -u -R)"
  printf ' %s %s Packages\n' "$(sha256sum Packages | cut -d ' ' -f 1)" "$(stat -c %s Packages)"; } >Release
echo 'deb [trusted=yes] file:/srv/stand-ins ./' >/etc/apt/sources.list.d/stand-ins.list
apt-get -q update
)sh";

std::string changed_tasks(const nlohmann::json& data) {
  std::string names;
  for (const auto& task : data["tasks"])
    if (task["status"] == "changed") names += task["task"].get<std::string>() + "; ";
  return names;
}

// What a run counted; a failure is shown whole.
nlohmann::json counts(const CefResult& result, const std::string& host = "n1") {
  INFO(result.told());
  CHECK(result.exit_code == 0);
  return result[host]["data"];
}

struct Site {
  Network network;
  Node node;
  Fleet fleet;

  explicit Site(const std::string& persona = "control", Node::Init init = Node::Init::plain)
      : node(network, "n1", persona, init == Node::Init::systemd, init) {
    fleet.add(node, network);
    if (init == Node::Init::systemd) node.shell(stand_ins);
  }
  CefResult play(const std::string& book, std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"play", folder + book, "--format", "json"};
    words.insert(words.end(), more.begin(), more.end());
    return fleet.cef(words);
  }
  // Changes something the first time, unless it only looks, and nothing the second time.
  void twice(const std::string& book, bool changes, const std::vector<std::string>& more = {}) const {
    INFO(book);
    const auto first = counts(play(book, more));
    CHECK((first["changed"] > 0) == changes);
    const auto second = counts(play(book, more));
    INFO(changed_tasks(second));
    CHECK(second["changed"] == 0);
    CHECK(second["ok"] > 0);
  }
};

}  // namespace

TEST_CASE("the playbooks that look at hosts change nothing", "[playbooks]") {
  if (left_out()) return;
  const Site site("gpu");
  for (const char* const book : {"ping.yml", "facts.yml", "network.yml", "gpu.yml"}) site.twice(book, false);
}

TEST_CASE("the playbooks that set hosts up have nothing to do the second time", "[playbooks]") {
  if (left_out_without_systemd()) return;
  const Site site("control", Node::Init::systemd);
  site.twice("monitoring.yml", true);
  CHECK(site.node.shell("stat -c '%U %a' /var/lib/node_exporter") == "monitor 755\n");
  site.twice("timesync.yml", true, {"-e", "{\"time_servers\": [\"10.0.0.1\"]}"});
  CHECK_THAT(site.node.shell("cat /etc/systemd/timesyncd.conf.d/cef.conf"), Catch::Contains("NTP=10.0.0.1"));
  CHECK(site.node.shell("systemctl is-active systemd-timesyncd") == "active\n");
  site.twice("docker.yml", true, {"-e", "{\"docker_users\": [\"edge\"]}"});
  CHECK_THAT(site.node.shell("id -nG edge"), Catch::Contains("docker"));
  CHECK(site.node.shell("systemctl is-enabled docker") == "enabled\n");
}

TEST_CASE("the upgrade's playbook upgrades, and reboots where it is asked to", "[playbooks]") {
  if (left_out_without_systemd()) return;
  Site site("control", Node::Init::systemd);
  site.twice("upgrade.yml", true, {"-e", "reboot=false"});
  CHECK_THAT(site.node.shell("dpkg-query -W toy-library"), Catch::Contains("1.1"));
  const auto before = site.node.boot_id();
  const auto process = site.fleet.start({"play", folder + "upgrade.yml", "--format", "json"});
  site.node.come_back();
  const auto done = counts(read_result(process->wait()));
  CHECK(done["changed"] == 1);
  CHECK(site.node.boot_id() != before);
}

TEST_CASE("the model's playbook rolls out a version, and the next one", "[playbooks]") {
  if (left_out()) return;
  const Site site;
  write_file(site.fleet.folder() / "net.onnx", "weights");
  const std::string model = "model=" + (site.fleet.folder() / "net.onnx").string();
  site.twice("model.yml", true, {"-b", "-e", model, "-e", "version=1.0"});
  CHECK(site.node.shell("cat /srv/models/current/net.onnx") == "weights");
  site.twice("model.yml", true, {"-b", "-e", model, "-e", "version=1.1"});
  CHECK(site.node.shell("readlink /srv/models/current") == "1.1\n");
  CHECK(site.play("model.yml", {"-b"}).exit_code == 2);
}
