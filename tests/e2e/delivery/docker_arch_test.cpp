// cef docker build --once-per-arch: one host builds, its sisters are handed the image.
#include "docker_host.hpp"

using namespace cef::testing;
namespace fs = std::filesystem;

namespace {

// d1, d2 and d3, each with a dockerd that runs.
struct DockerHosts : DockerHost {
  std::vector<std::unique_ptr<Node>> others;

  DockerHosts() {
    start_daemon();
    for (const char* name : {"d2", "d3"}) {
      others.push_back(std::make_unique<Node>(network, name, docker_persona(true)));
      fleet.add(*others.back(), network);
      start_daemon(*others.back());
    }
  }
  const Node& operator[](std::size_t index) const { return index == 0 ? node : *others[index - 1]; }
  CefResult build_once(const fs::path& context, std::vector<std::string> more = {}) const {
    std::vector<std::string> words{
        "docker", "build",       "--once-per-arch", "--push-context", context.string(),    "--tag",
        "app:1",  "group=fleet", "--format",        "json",           "--connect-timeout", "3s"};
    words.insert(words.end(), more.begin(), more.end());
    return fleet.cef(words, {.timeout = 6 * patience});
  }
  std::string id_on(std::size_t index) const {
    return operator[](index).shell("docker image inspect --format '{{.Id}}' app:1 || true");
  }
  // Each RUN of a build is a container.
  bool has_built(std::size_t index) const {
    return operator[](index).shell(
               "docker events --since 0 --until $(($(date +%s) + 1)) --filter type=container --filter event=create") !=
           "";
  }
  void check_tidy() const {
    for (std::size_t i = 0; i < 3; ++i) CHECK(operator[](i).shell("ls -A ~edge ~root | grep cef-image || true") == "");
  }
};

}  // namespace

TEST_CASE("an image is built on one host of a kind and handed to the others", "[e2e][docker-arch]") {
  if (left_out_without_docker()) return;
  const DockerHosts hosts;
  const auto context = hosts.context("app", "COPY data /data\nRUN [\"/smoke\", \"made\"]\n");
  // What does not shrink when it is packed.
  std::string data(400'000, '\0');
  std::uint32_t state = 1;
  for (char& c : data) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  write_file(context / "data", data);
  const auto first = hosts.build_once(context);
  INFO(first.told());
  const auto id = hosts.id_on(0);
  CHECK(id.starts_with("sha256:"));
  CHECK(first["d1"]["status"] == "changed");
  CHECK(first["d1"]["data"].value("built_on", "") == "");
  CHECK(hosts.has_built(0));
  for (std::size_t i = 1; i < 3; ++i) {
    const auto result = first[hosts[i].name()];
    CHECK(result["status"] == "changed");
    CHECK(result["data"]["built_on"] == "d1");
    CHECK(result["data"]["image_id"].get<std::string>() + '\n' == id);
    CHECK(result["data"]["bytes_sent"] > 400'000);
    CHECK(hosts.id_on(i) == id);
    CHECK_FALSE(hosts.has_built(i));
  }
  CHECK(hosts[1].shell("docker run --rm app:1 /smoke here") == "smoke: here\n");
  hosts.check_tidy();

  const auto again = hosts.build_once(context);
  INFO(again.told());
  for (const char* name : {"d1", "d2", "d3"}) CHECK(again[name]["status"] == "ok");
  CHECK(again["d2"]["data"]["bytes_sent"] == 0);

  // One has lost the name, and one the image: and of a new one only what is new is sent.
  hosts[1].shell("docker tag app:1 kept:1 && docker rmi app:1 >/dev/null");
  const auto renamed = hosts.build_once(context);
  INFO(renamed.told());
  CHECK(renamed["d2"]["status"] == "changed");
  CHECK(renamed["d2"]["data"]["bytes_sent"] == 0);
  CHECK(renamed["d3"]["status"] == "ok");
  write_file(context / "more", "more\n");
  const auto dockerfile = read_file(context / "Dockerfile");
  write_file(context / "Dockerfile", dockerfile + "COPY more /more\n");
  hosts[2].shell("docker rmi -f app:1 >/dev/null");
  const auto newer = hosts.build_once(context);
  INFO(newer.told());
  CHECK(hosts.id_on(0) != id);
  CHECK(newer["d2"]["data"]["layers_there"] == 2);
  CHECK(newer["d2"]["data"]["bytes_sent"] < 400'000);
  CHECK(newer["d3"]["data"]["layers_there"] == 0);
  CHECK(newer["d3"]["data"]["bytes_sent"] > 400'000);
  for (std::size_t i = 1; i < 3; ++i) CHECK(hosts.id_on(i) == hosts.id_on(0));
  CHECK(hosts[1].shell("docker run --rm app:1 /smoke again") == "smoke: again\n");
  hosts.check_tidy();
}

TEST_CASE("a host that is lost leaves the building to the next one, a build that fails does not",
          "[e2e][docker-arch]") {
  if (left_out_without_docker()) return;
  DockerHosts hosts;
  const auto good = hosts.context("app", "RUN [\"/smoke\", \"made\"]\n");
  const auto bad = hosts.context("bad", "RUN [\"/smoke\", \"fail\"]\n");
  const auto failed = hosts.build_once(bad);
  INFO(failed.told());
  for (const char* name : {"d1", "d2", "d3"}) CHECK(failed.code(name) == "docker_build_failed");
  CHECK(failed["d2"]["error"]["message"].get<std::string>().find("d1 could not") != std::string::npos);
  CHECK(hosts.has_built(0));
  CHECK_FALSE(hosts.has_built(1));

  hosts[0].kill_sshd();
  const auto result = hosts.build_once(good);
  INFO(result.told());
  CHECK(result["d1"]["status"] == "unreachable");
  CHECK(result["d2"]["data"].value("built_on", "") == "");
  CHECK(result["d3"]["data"]["built_on"] == "d2");
  CHECK(hosts.id_on(1) == hosts.id_on(2));
}
