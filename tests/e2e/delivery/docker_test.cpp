// docker on hosts, with a real dockerd: cef docker, cef rollout.
#include "cut_link.hpp"
#include "docker_host.hpp"

#include <csignal>

using namespace cef::testing;
namespace fs = std::filesystem;

namespace {

std::string message_of(const CefResult& result) { return result["d1"]["error"].value("message", ""); }

std::string steps_of(const CefResult& result) {
  std::string text;
  const auto steps = result["d1"]["data"]["steps"];
  for (const auto& step : steps)
    text += step["name"].get<std::string>() + ' ' + step["status"].get<std::string>() + ';';
  return text;
}

}  // namespace

TEST_CASE("docker is installed by apt, proven by a run, and there the second time", "[e2e][docker]") {
  if (left_out_without_docker()) return;
  const DockerHost host(false);
  CHECK(host.docker({"images"}).code("d1") == "docker_missing");
  const auto checked = host.docker({"install", "--user", "edge", "--check"});
  CHECK(checked["d1"]["status"] == "changed");
  CHECK(host.docker({"images"}).code("d1") == "docker_missing");
  const auto installed = host.docker({"install", "--user", "edge"});
  CHECK(installed["d1"]["status"] == "changed");
  CHECK(installed["d1"]["data"]["already"] == false);
  CHECK(installed["d1"]["data"]["proven"] == true);
  CHECK(installed["d1"]["data"]["version"].get<std::string>().starts_with("20."));
  CHECK(host.node.shell("id -nG edge").find("docker") != std::string::npos);
  CHECK(host.docker({"images"})["d1"]["data"]["images"].empty());
  const auto again = host.docker({"install", "--user", "edge"});
  CHECK(again["d1"]["status"] == "ok");
  CHECK(again["d1"]["data"]["already"] == true);
}

TEST_CASE("an image is built, run, followed, stopped and removed", "[e2e][docker]") {
  if (left_out_without_docker()) return;
  const DockerHost host;
  // The daemon is not started yet.
  const auto down = host.docker({"images"});
  CHECK(down.code("d1") == "service_failed");
  CHECK(message_of(down).find("its daemon does not run") != std::string::npos);
  const auto installed = host.docker({"install"});
  CHECK(installed["d1"]["data"]["already"] == true);
  CHECK(installed["d1"]["data"]["proven"] == true);

  const auto context =
      host.context("app", "COPY data /data\nRUN [\"/smoke\", \"made\"]\nCMD [\"/smoke\", \"hello\"]\n");
  write_file(context / "data", std::string(100'000, 'x'));
  write_file(context / "secret.key", "secret");
  write_file(context / ".dockerignore", "*.key\n");
  const auto built = host.build(context, "app:1");
  CHECK(built["d1"]["status"] == "changed");
  CHECK(built["d1"]["data"]["steps"] == 5);
  CHECK(built["d1"]["data"]["cached_steps"] == 0);
  CHECK(built["d1"]["data"]["image_id"].get<std::string>().starts_with("sha256:"));
  CHECK(built["d1"]["data"]["size_bytes"].get<int>() > 100'000);
  CHECK(built["d1"]["data"]["log"].get<std::string>().find("smoke: made") != std::string::npos);
  CHECK(host.node.shell("ls -A /home/edge/.cef-context.app_1") == ".dockerignore\nDockerfile\ndata\nsmoke\n");
  const auto again = host.build(context, "app:1");
  CHECK(again["d1"]["status"] == "ok");
  CHECK(again["d1"]["data"]["bytes_sent"] == 0);
  CHECK(again["d1"]["data"]["image_id"] == built["d1"]["data"]["image_id"]);
  CHECK(again["d1"]["data"]["cached_steps"] == 4);

  const auto images = host.docker({"images"});
  CHECK(images["d1"]["data"]["images"][0]["tags"] == nlohmann::json{"app:1"});
  CHECK(images["d1"]["data"]["images"][0]["size_bytes"] == built["d1"]["data"]["size_bytes"]);
  CHECK(host.docker({"run", "app:1", "--rm"})["d1"]["data"]["stdout"] == "smoke: hello\n");
  const auto failing = host.docker({"run", "app:1", "--rm", "--", "/smoke", "fail"});
  CHECK(failing["d1"]["data"]["rc"] == 1);
  CHECK(failing.code("d1") == "command_failed");

  const auto started = host.fleet.cef({"docker", "run", "app:1", "host=d1", "--detach", "--name", "one", "--format",
                                       "json", "--", "/smoke", "sleep", "600"});
  INFO(started.told());
  CHECK(started["d1"]["status"] == "changed");
  const auto listed = host.docker({"ps"});
  CHECK(listed["d1"]["data"]["containers"][0]["name"] == "one");
  CHECK(listed["d1"]["data"]["containers"][0]["state"] == "running");
  CHECK(host.docker({"logs", "one"})["d1"]["data"]["stdout"] == "smoke: sleep 600\n");
  CHECK(host.docker({"rm", "one"}).code("d1") == "command_failed");
  CHECK(host.docker({"stop", "one"})["d1"]["status"] == "changed");
  CHECK(host.docker({"stop", "one"})["d1"]["status"] == "ok");
  CHECK(host.docker({"rm", "one"})["d1"]["status"] == "changed");
  CHECK(host.docker({"rm", "one"})["d1"]["status"] == "ok");
  CHECK(host.docker({"prune", "--all"})["d1"]["status"] == "changed");
  CHECK(host.docker({"images"})["d1"]["data"]["images"].empty());
}

TEST_CASE("why a build failed is told, each cause by itself", "[e2e][docker]") {
  if (left_out_without_docker()) return;
  const DockerHost host;
  host.start_daemon();
  const auto failing = host.build(host.context("a", "RUN [\"/smoke\", \"fail\", \"oh\", \"no\"]\n"), "a:1");
  CHECK(failing.code("d1") == "docker_build_failed");
  CHECK(message_of(failing).find("3/3 RUN") != std::string::npos);
  CHECK(failing["d1"]["data"]["last_lines"].dump().find("smoke: fail oh no") != std::string::npos);

  const auto context = host.context("b", "");
  write_file(context / "Dockerfile", "FROM nobody.invalid/nothing:9\n");
  const auto baseless = host.build(context, "b:1");
  CHECK(baseless.code("d1") == "docker_build_failed");
  CHECK(message_of(baseless).find("the base image cannot be had") != std::string::npos);

  CHECK(host.docker({"build", "--context", "~/nowhere", "--tag", "c:1"}).code("d1") == "no_such_file");

  const auto large = host.context("d", "COPY large /large\n");
  write_file(large / "large", std::string(30'000'000, 'x'));
  host.node.shell("mount -o remount,size=20m /var/lib/docker");
  const auto full = host.build(large, "d:1");
  CHECK(full.code("d1") == "disk_full");

  // No group, and no sudo: told apart from a daemon that is not there.
  host.node.shell("rm /etc/sudoers.d/edge");
  CHECK(host.docker({"images"}).code("d1") == "sudo_password_required");
  Fleet plain;
  plain.add(host.node, host.network, {.variables = {{"become", "false"}}});
  const auto denied = plain.cef({"docker", "images", "host=d1", "--format", "json"});
  INFO(denied.told());
  CHECK(denied.code("d1") == "permission_denied");
}

TEST_CASE("a build goes on when cef is killed, and the same command follows it", "[e2e][docker]") {
  if (left_out_without_docker()) return;
  const DockerHost host;
  host.start_daemon();
  const auto context = host.context("app", "RUN [\"/smoke\", \"sleep\", \"8\"]\n");
  const std::vector<std::string> words{
      "docker", "build", "--push-context", context.string(), "--tag", "app:1", "host=d1", "--format", "json"};
  const auto process = host.fleet.start(words);
  REQUIRE(eventually([&] { return host.node.shell("docker ps -q").size() > 1; }));
  SECTION("killed") {
    process->signal(SIGKILL);
    (void)process->wait();
    const auto result = host.fleet.cef(words, {.timeout = 4 * patience});
    INFO(result.told());
    CHECK(result["d1"]["status"] == "changed");
    CHECK(result["d1"]["data"]["log"].get<std::string>().find("Step 1/3") != std::string::npos);
  }
  SECTION("its sshd killed, with the session") {
    (void)host.node.shell("pkill -9 -f '[s]shd: edge' || true");
    const auto result = read_result(process->wait());
    INFO(result.told());
    CHECK(result["d1"]["status"] == "changed");
  }
  CHECK(host.tagged("app:1") == 1);
}

TEST_CASE("two different builds of one tag at once both come through", "[e2e][docker]") {
  if (left_out_without_docker()) return;
  const DockerHost host;
  host.start_daemon();
  std::vector<std::unique_ptr<Process>> runs;
  for (const char* name : {"a", "b"}) {
    const auto context = host.context(name, fmt::format("RUN [\"/smoke\", \"sleep\", \"2\"]\nENV NAME={}\n", name));
    runs.push_back(host.fleet.start({"docker", "build", "--push-context", context.string(), "--context",
                                     fmt::format("~/{}", name), "--tag", "t:1", "host=d1", "--format", "json"}));
  }
  std::vector<std::string> ids;
  for (const auto& run : runs) {
    const auto result = read_result(run->wait());
    INFO(result.told());
    CHECK(result["d1"]["status"] == "changed");
    ids.push_back(result["d1"]["data"].value("image_id", ""));
  }
  const auto id = host.node.shell("docker image inspect --format '{{.Id}}' t:1");
  CHECK((id == ids[0] + '\n' || id == ids[1] + '\n'));
}

TEST_CASE("two equal builds at once make one image", "[e2e][docker]") {
  if (left_out_without_docker()) return;
  const DockerHost host;
  host.start_daemon();
  const auto context = host.context("app", "RUN [\"/smoke\", \"sleep\", \"4\"]\n");
  REQUIRE(host.cef({"push", context.string(), "--dest", "~/"}).exit_code == 0);
  std::vector<std::unique_ptr<Process>> runs;
  for (int i = 0; i < 2; ++i)
    runs.push_back(host.fleet.start(
        {"docker", "build", "--context", "~/app", "--tag", "t:1", "host=d1", "--format", "json", "--journal", "none"}));
  std::vector<std::string> ids;
  for (const auto& run : runs) {
    const auto result = read_result(run->wait());
    INFO(result.told());
    CHECK(result["d1"]["error"].is_null());
    ids.push_back(result["d1"]["data"].value("image_id", ""));
  }
  CHECK(ids[0] == ids[1]);
  CHECK(host.node.shell("docker events --since 0 --until $(($(date +%s) + 1)) --filter type=container --filter "
                        "event=create | wc -l") == "1\n");
}

TEST_CASE("a model is rolled out: delivered, built, tried, and nothing of it twice", "[e2e][docker][rollout]") {
  if (left_out_without_docker()) return;
  const DockerHost host;
  host.start_daemon();
  const auto add = [&](const std::string& version, const std::string& lines) {
    const auto context = host.context("model", lines);
    write_file(context / "weights", version + std::string(200'000, 'x'));
    fs::remove(host.files / "m.zip");
    REQUIRE(run({"sh", "-c", "cd \"$0\" && zip -qr ../m.zip .", context.string()}).exit_code == 0);
    const auto added =
        host.fleet.cef({"model", "add", (host.files / "m.zip").string(), "--name", "m", "--version", version});
    INFO(added.told());
    REQUIRE(added.exit_code == 0);
  };
  const auto roll_out = [&](const std::string& tag, std::vector<std::string> options = {}) {
    std::vector<std::string> words{"rollout", "m", "--dest", "~/run",         "--build",
                                   "--tag",   tag, "--run",  "/smoke it runs"};
    words.insert(words.end(), options.begin(), options.end());
    return host.cef(std::move(words));
  };
  add("1", "COPY weights /weights\n");
  const auto checked = roll_out("m:1", {"--check"});
  CHECK(steps_of(checked) == "deploy changed;build changed;run ok;");
  const auto first = roll_out("m:1", {"--check-cmd", "test -e ~/run/m/weights"});
  CHECK(first["d1"]["status"] == "changed");
  CHECK(steps_of(first) == "deploy changed;build changed;run ok;check ok;");
  CHECK(first["d1"]["data"]["stdout"] == "smoke: it runs\n");
  const auto again = roll_out("m:1");
  CHECK(again["d1"]["status"] == "ok");
  CHECK(steps_of(again) == "deploy ok;build ok;run ok;");

  // A version whose image does not run: the one before serves again, under its own tag.
  add("2", "COPY weights /weights\nRUN [\"/smoke\", \"fail\"]\n");
  const auto failed = roll_out("m:1", {"--rollback"});
  CHECK(failed.code("d1") == "docker_build_failed");
  CHECK(failed["d1"]["data"]["failed_step"] == "build");
  CHECK(failed["d1"]["data"]["rolled_back_to"] == "1");
  CHECK(host.node.shell("cat /home/edge/run/m/weights | head -c 1") == "1");
  const auto id = host.node.shell("docker image inspect --format '{{.Id}}' m:1");
  CHECK(id == first["d1"]["data"]["image_id"].get<std::string>() + '\n');

  add("3", "COPY weights /weights\nCMD [\"/smoke\"]\n");
  const auto unhealthy = roll_out("m:1", {"--rollback", "--check-cmd", "echo not well; exit 3"});
  CHECK(unhealthy.code("d1") == "command_failed");
  CHECK(message_of(unhealthy).find("not well") != std::string::npos);
  CHECK(unhealthy["d1"]["data"]["rolled_back_to"] == "1");
  CHECK(host.node.shell("docker image inspect --format '{{.Id}}' m:1") == id);
}
