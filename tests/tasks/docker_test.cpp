// docker on hosts: what real builds said, and hosts that are played.
#include "docker.hpp"

#include "drive.hpp"

#include <algorithm>

namespace docker_tests {

using namespace cef;
using namespace cef::tasks;

namespace {

engines::BuildLog build(const std::string& name, bool failed = false) {
  return engines::read_build(capture("docker/" + name + ".txt"), failed);
}

// What the first step hears.
std::string engine(const std::string& answer = "20.10.24+dfsg1", int status = 0,
                   const std::string& path = "/home/x/run/m") {
  return "welcome\n=cef path " + path + "\n=cef arch x86_64\n=cef engine docker\n=cef status " +
         std::to_string(status) + "\n=cef answer\n" + answer + "\n=cef end\n";
}
const std::string denied =
    "Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock";
const std::string id = "sha256:c95e06dfb2a95cf9217ec415d83acc04e4eeff353a82cf011605722777d7d8c0";

std::string built(const std::string& log, int status, const std::string& before = "") {
  return "=cef before " + before + "\n=cef build\n" + log + "\n=cef seconds 7\n=cef status " + std::to_string(status) +
         (status == 0 ? "\n=cef image " + id + " 3886346" : "") + "\n=cef end\n";
}

Arguments asked(Value params, bool check = false) {
  Arguments arguments;
  arguments.params = std::move(params);
  arguments.become = "root";
  arguments.check = check;
  return arguments;
}
Arguments a_build(bool check = false) { return asked({{"context", "~/run/m"}, {"tag", "t:1"}}, check); }

}  // namespace

TEST_CASE("steps are counted as the classic builder and BuildKit tell them", "[docker]") {
  struct Case {
    const char* name;
    int steps, cached;
  };
  const auto c = GENERATE(values<Case>(
      {{"classic-first", 4, 0}, {"classic-cached", 4, 3}, {"buildkit-first", 3, 0}, {"buildkit-cached", 3, 2}}));
  CAPTURE(c.name);
  const auto log = build(c.name);
  CHECK(log.steps == c.steps);
  CHECK(log.cached == c.cached);
  CHECK_FALSE(log.error);
}

TEST_CASE("a failing build tells which line failed, and why", "[docker]") {
  struct Case {
    const char* name;
    const char* failing;
    const char* message;
  };
  const auto c = GENERATE(values<Case>(
      {{"classic-failing", "3/3 RUN echo oh no >&2; false",
        "The command '/bin/sh -c echo oh no >&2; false' returned a non-zero code: 1"},
       {"buildkit-failing", "3/3 RUN echo oh no >&2; false",
        "executor failed running [/bin/sh -c echo oh no >&2; false]: exit code: 1"},
       {"classic-copy", "2/2 COPY gone /x", "COPY failed: file not found in build context"},
       {"classic-base", "1/2 FROM nothere:9", "the base image cannot be had: Get \"https://registry-1.docker.io"},
       {"buildkit-base", "", "the base image cannot be had: failed to "},
       {"classic-nofile", "", "unable to evaluate symlinks in Dockerfile path"}}));
  CAPTURE(c.name);
  const auto log = build(c.name, true);
  CHECK(log.failing == c.failing);
  REQUIRE(log.error);
  INFO(log.error->message);
  CHECK(log.error->code == Code::docker_build_failed);
  CHECK(log.error->message.find(c.message) != std::string::npos);
  CHECK(log.error->message.find('\x1b') == std::string::npos);
  REQUIRE_FALSE(log.last.empty());
  CHECK(std::ranges::none_of(log.last, [](const std::string& line) { return line.find('\x1b') != std::string::npos; }));
}

TEST_CASE("a disk that fills is told as that", "[docker]") {
  const auto log = engines::read_build(
      "Step 1/2 : FROM busybox\n ---> 1\nStep 2/2 : RUN make\nwrite /x: no space left on device\n", true);
  REQUIRE(log.error);
  CHECK(log.error->code == Code::disk_full);
}

TEST_CASE("podman's steps are read as well", "[docker]") {
  const auto log = engines::read_build(
      "STEP 1/3: FROM busybox\nSTEP 2/3: COPY f /f\n--> Using cache 1f2a\n--> 1f2a\n"
      "STEP 3/3: RUN echo hello\nhello\nCOMMIT t:1\n",
      false);
  CHECK(log.steps == 3);
  CHECK(log.cached == 1);
  CHECK(engines::build_progress("STEP 2/3: COPY f /f") == "step 2/3 COPY f /f");
  CHECK(engines::build_progress("#9 [builder 2/4] COPY . .") == "step builder 2/4 COPY . .");
  CHECK(engines::build_progress("#5 [internal] load build context").empty());
  CHECK(engines::build_progress("Step by step").empty());
}

TEST_CASE("nonsense in a build's output is nothing worse than that", "[docker]") {
  for (const char* text : {"Step ", "Step 1", "Step 1/", "Step x/y : z", "STEP 99999999999/1: x", "#", "# ", "#1",
                           "#1 [", "#1 []", "#1 [ ]", "#1 [1/2", "#x CACHED", "\x1b", "\x1b[", "\xff\xfe"})
    CHECK(engines::read_build(text, false).cached == 0);
}

TEST_CASE("an image is built where the user's path leads, and proven", "[docker]") {
  const auto log = capture("docker/classic-first.txt");
  const auto driven = drive(docker_build, a_build(), {said(engine()), said(built(log, 0))});
  CHECK_FALSE(driven.verdict.error);
  CHECK(driven.verdict.status == Status::changed);
  const Value& data = driven.verdict.data;
  CHECK(data["image_id"] == id);
  CHECK(data["size_bytes"] == 3886346);
  CHECK(data["steps"] == 4);
  CHECK(data["seconds"] == 7);
  CHECK(data["log"].get<std::string>().find("Successfully tagged t:1") != std::string::npos);
  CHECK_FALSE(driven.steps[0].become);
  CHECK_FALSE(driven.steps[1].become);
  CHECK(driven.steps[1].outlives_link);
  CHECK(driven.steps[1].rejoins.starts_with("build:t:1:"));
  CHECK(driven.script(1).arguments == std::vector<std::string>{"docker", "/home/x/run/m", "t:1", ""});
}

TEST_CASE("an image that was made of the same is not built again", "[docker]") {
  Arguments arguments = a_build();
  arguments.params["made_of"] = "m:1@abc";
  const auto driven = drive(docker_build, std::move(arguments),
                            {said(engine()), said("=cef same\n=cef image " + id + " 5\n=cef end\n")});
  CHECK_FALSE(driven.verdict.error);
  CHECK(driven.verdict.status == Status::ok);
  CHECK(driven.verdict.data["image_id"] == id);
  CHECK(driven.script(1).arguments[3] == "m:1@abc");
}

TEST_CASE("an image that is the same as before is no change", "[docker]") {
  const auto log = capture("docker/classic-cached.txt");
  const auto driven = drive(docker_build, a_build(), {said(engine()), said(built(log, 0, id))});
  CHECK(driven.verdict.status == Status::ok);
  CHECK(driven.verdict.data["cached_steps"] == 3);
}

TEST_CASE("who may not use docker does so as root, with the own path", "[docker]") {
  const auto log = capture("docker/classic-first.txt");
  const auto driven =
      drive(docker_build, a_build(), {said(engine(denied, 1)), said(engine("20.10.24", 0, "")), said(built(log, 0))});
  CHECK_FALSE(driven.verdict.error);
  CHECK(driven.steps[1].become == "root");
  CHECK(driven.steps[2].become == "root");
  CHECK(driven.script(2).arguments[1] == "/home/x/run/m");
}

TEST_CASE("why docker cannot be used is told apart", "[docker]") {
  struct Case {
    const char* name;
    StepResult heard;
    Code code;
    const char* message;
  };
  const auto c = GENERATE(values<Case>(
      {{"none", said("=cef arch x86_64\n=cef end\n"), Code::docker_missing, "neither docker nor podman"},
       {"down",
        said(engine("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
                    1)),
        Code::service_failed, "its daemon does not run"},
       {"hung", said(engine("", 124)), Code::service_failed, "does not answer"},
       {"lost", lost(Code::connection_lost), Code::connection_lost, "scripted"},
       {"no shell", said("nothing", 1), Code::unexpected_output, "did not come to the end"}}));
  CAPTURE(c.name);
  const auto driven = drive(docker_build, a_build(), {c.heard});
  REQUIRE(driven.verdict.error);
  CHECK(driven.verdict.error->code == c.code);
  CHECK(driven.verdict.error->message.find(c.message) != std::string::npos);
}

TEST_CASE("podman that the user has no set-up for is used by sudo, or says why not", "[docker]") {
  const auto podman = [](const std::string& answer, int status) {
    return "=cef path /home/x/run/m\n=cef arch x86_64\n=cef engine podman\n=cef status " + std::to_string(status) +
           "\n=cef answer\n" + answer + "\n=cef end\n";
  };
  const std::string no_setup =
      "time=\"2026-11-27T14:05:47Z\" level=warning msg=\"\\\"/\\\" is not a shared mount\"\nError: no subuid ranges "
      "found\n";
  const auto driven =
      drive(docker_build, a_build(),
            {said(podman(no_setup, 125)), said(podman("4.3.1", 0)), said(built("STEP 1/1: FROM x\n", 0))});
  CHECK_FALSE(driven.verdict.error);
  REQUIRE(driven.steps.size() == 3);
  CHECK_FALSE(driven.steps[0].become);
  CHECK(driven.steps[2].become == "root");
  Arguments arguments = a_build();
  arguments.become.reset();
  const auto alone = drive(docker_build, std::move(arguments), {said(podman(no_setup, 125))});
  REQUIRE(alone.verdict.error);
  CHECK(alone.verdict.error->code == Code::service_failed);
  CHECK(alone.verdict.error->message == "podman cannot be used: Error: no subuid ranges found");
}

TEST_CASE("what a host has of an image is told by its layers from the lowest on", "[docker]") {
  const auto looked = [](const std::string& list) {
    return "=cef platform linux/arm64\n=cef tagged sha256:aa\n=cef list\n" + list + "=cef end\n";
  };
  const Value wanted = {{"action", "look"}, {"image", "sha256:aa"}, {"tag", "t:1"}, {"layers", {"l1", "l2", "l3"}}};
  const auto there =
      drive(docker_copy, asked(wanted), {said(engine()), said(looked("sha256:aa 77 l1 l2 l3\nsha256:bb 5 l1\n"))});
  CHECK(there.verdict.data["has_image"] == true);
  CHECK(there.verdict.data["is_tagged"] == true);
  CHECK(there.verdict.data["size_bytes"] == 77);
  CHECK(there.verdict.data["platform"] == "linux/arm64 x86_64");
  const auto other =
      drive(docker_copy, asked(wanted), {said(engine()), said(looked("sha256:bb 5 l1 l2 x\nsha256:cc 5 l2 l3\n"))});
  CHECK(other.verdict.data["has_image"] == false);
  CHECK(other.verdict.data["shared"] == 2);
  const auto none = drive(docker_copy, asked(wanted), {said(engine()), said(looked(""))});
  CHECK(none.verdict.data["shared"] == 0);
  const Value load = {{"action", "load"}, {"image", "sha256:aa"}, {"tag", "t:1"}, {"path", "/x"}};
  const auto full =
      drive(docker_copy, asked(load), {said(engine()), said("=cef failed 1 write /x: no space left on device\n")});
  REQUIRE(full.verdict.error);
  CHECK(full.verdict.error->code == Code::disk_full);
  const auto another = drive(docker_copy, asked(load), {said(engine()), said("=cef image sha256:bb 5\n=cef end\n")});
  REQUIRE(another.verdict.error);
  CHECK(another.verdict.error->message == "t:1 is sha256:bb there, and not sha256:aa");
}

TEST_CASE("a user without sudo is told who may use docker", "[docker]") {
  Arguments arguments = a_build();
  arguments.become.reset();
  const auto driven = drive(docker_build, std::move(arguments), {said(engine(denied, 1))});
  REQUIRE(driven.verdict.error);
  CHECK(driven.verdict.error->code == Code::permission_denied);
}

TEST_CASE("a build that fails, that is cut off, and that has nothing to build in", "[docker]") {
  const auto failed =
      drive(docker_build, a_build(), {said(engine()), said(built(capture("docker/classic-failing.txt"), 1))});
  CHECK(failed.verdict.error->code == Code::docker_build_failed);
  CHECK(failed.verdict.data["failing"] == "3/3 RUN echo oh no >&2; false");
  const auto ended = drive(docker_build, a_build(), {said(engine()), said("=cef build\nStep 1/2 : FROM x\n", 143)});
  CHECK(ended.verdict.error->code == Code::docker_build_failed);
  const auto nothing = drive(docker_build, a_build(), {said(engine()), said("=cef failed context\n")});
  CHECK(nothing.verdict.error->code == Code::no_such_file);
}

TEST_CASE("options of a build are docker's own", "[docker]") {
  Arguments arguments = asked({{"context", "/x"},
                               {"tag", "t"},
                               {"file", "D"},
                               {"network", "host"},
                               {"pull", true},
                               {"no-cache", true},
                               {"build-arg", {"A=1", "B=2 3"}}});
  const auto driven = drive(docker_build, std::move(arguments), {said(engine()), said(built("", 0))});
  CHECK(driven.script(1).arguments == std::vector<std::string>{"docker", "/home/x/run/m", "t", "", "--file", "D",
                                                               "--network", "host", "--build-arg", "A=1", "--build-arg",
                                                               "B=2 3", "--pull", "--no-cache"});
}

TEST_CASE("images and containers become records, sizes in bytes", "[docker]") {
  const auto images =
      drive(docker, asked({{"action", "images"}}),
            {said(engine()), said("=cef list\n" + id + "\t3886346\t2026-11-26T21:42:33Z\tamd64\tt:1 t:latest \n" +
                                  "sha256:1\t5\t2026\tamd64\t\n=cef status 0\n=cef end\n")});
  const Value& list = images.verdict.data["images"];
  REQUIRE(list.size() == 2);
  CHECK(list[0]["tags"] == Value{"t:1", "t:latest"});
  CHECK(list[0]["size_bytes"] == 3886346);
  CHECK(list[1]["tags"].empty());
  const auto containers =
      drive(docker, asked({{"action", "ps"}, {"all", true}}),
            {said(engine()),
             said("=cef list\n1\tc1\tt:1\texited\tExited (0) 1 second ago\t\t2026-11-26\n=cef status 0\n=cef end\n")});
  CHECK(containers.verdict.data["containers"][0]["state"] == "exited");
  CHECK(containers.script(1).arguments == std::vector<std::string>{"docker", "all"});
}

TEST_CASE("a container is run with docker's options", "[docker]") {
  const auto driven = drive(docker,
                            asked({{"action", "run"},
                                   {"names", {"t:1"}},
                                   {"command", {"sh", "-c", "true"}},
                                   {"detach", true},
                                   {"name", "c"},
                                   {"restart", "always"},
                                   {"gpus", "all"},
                                   {"env", {"A=1"}},
                                   {"volume", {"/a:/b"}},
                                   {"publish", {"80:80"}}}),
                            {said(engine()), said("15afd50a\n")});
  CHECK(driven.script(1).arguments ==
        std::vector<std::string>{"docker", "run", "--detach", "--name", "c", "--restart", "always", "--gpus", "all",
                                 "--env", "A=1", "--volume", "/a:/b", "--publish", "80:80", "t:1", "sh", "-c", "true"});
  CHECK(driven.verdict.status == Status::changed);
  CHECK(driven.verdict.data["container"] == "15afd50a");
  StepResult failed = said("", 125);
  failed.err =
      "Unable to find image 't:1' locally\ndocker: Error response from daemon: no.\nSee 'docker run --help'.\n";
  const auto none = drive(docker, asked({{"action", "run"}, {"names", {"t:1"}}}), {said(engine()), failed});
  CHECK(none.verdict.error->message == "docker: Error response from daemon: no.");
}

TEST_CASE("what is stopped or gone already is no change", "[docker]") {
  const auto stopped =
      drive(docker, asked({{"action", "stop"}, {"names", {"a", "b"}}}),
            {said(engine()), said("=cef thing a running 0 yes\n=cef thing b exited 0 no\n=cef end\n")});
  CHECK(stopped.verdict.status == Status::changed);
  CHECK_FALSE(stopped.verdict.error);
  const auto again = drive(docker, asked({{"action", "rm"}, {"names", {"a"}}}),
                           {said(engine()), said("=cef thing a missing 0 no\n=cef end\n")});
  CHECK(again.verdict.status == Status::ok);
  const auto missing = drive(docker, asked({{"action", "stop"}, {"names", {"a"}}}),
                             {said(engine()), said("=cef thing a missing 1\n=cef end\n")});
  CHECK(missing.verdict.error->message == "there is no container a");
}

TEST_CASE("pruning tells what it gave back", "[docker]") {
  const auto driven =
      drive(docker, asked({{"action", "prune"}}),
            {said(engine()), said("Deleted Containers:\n92342d735c89\n\nTotal reclaimed space: 1.5GB\n")});
  CHECK(driven.verdict.data["reclaimed_bytes"] == 1'500'000'000);
  CHECK(driven.verdict.status == Status::changed);
  const auto nothing =
      drive(docker, asked({{"action", "prune"}}), {said(engine()), said("Total reclaimed space: 0B\n")});
  CHECK(nothing.verdict.status == Status::ok);
  CHECK(engines::parse_docker_size("772.9kB") == 772900);
  CHECK_FALSE(engines::parse_docker_size("much"));
}

TEST_CASE("a check changes nothing", "[docker]") {
  const auto build = drive(docker_build, a_build(true), {said(engine()), said("=cef image \n=cef end\n")});
  CHECK(build.verdict.status == Status::changed);
  CHECK_FALSE(build.steps[1].outlives_link);
  const auto run = drive(docker, asked({{"action", "run"}, {"names", {"t"}}}, true), {said(engine())});
  CHECK(run.verdict.status == Status::changed);
}

TEST_CASE("docker is installed where it is not, and proven", "[docker]") {
  const std::string none = "=cef arch x86_64\n=cef end\n";
  const std::string debian =
      "=cef ids  debian  \n=cef os Debian GNU/Linux 12 (bookworm)\n=cef groups  edge sudo \n=cef end\n";
  const auto there =
      drive(docker_install, asked(Value::object()),
            {said(engine()), said(debian), said("=cef end\n"), said(engine()), said("=cef proof ran\n")});
  CHECK_FALSE(there.verdict.error);
  CHECK(there.verdict.status == Status::ok);
  CHECK(there.verdict.data["already"] == true);
  CHECK(there.verdict.data["proven"] == true);

  const auto scripted = drive(docker_install, asked({{"script_text", "true\n"}, {"member", "edge"}}),
                              {said(none), said(debian), said("=cef status 0\n"), said("=cef end\n"), said(engine()),
                               said("=cef proof ran\n")});
  CHECK_FALSE(scripted.verdict.error);
  CHECK(scripted.verdict.status == Status::changed);
  CHECK(scripted.script(2).input == "true\n");
  CHECK(scripted.steps[2].outlives_link);
  CHECK(scripted.script(3).arguments == std::vector<std::string>{"edge"});
  CHECK(scripted.verdict.data["note"].get<std::string>().find("as good as root") != std::string::npos);

  const auto failed = drive(docker_install, asked({{"script_text", "false\n"}}),
                            {said(none), said(debian), said("no mirror\n=cef status 100\n")});
  CHECK(failed.verdict.error->code == Code::command_failed);
  const auto other = drive(docker_install, asked(Value::object()),
                           {said(none), said("=cef ids  alpine  \n=cef os Alpine\n=cef end\n")});
  CHECK(other.verdict.error->code == Code::unsupported_platform);
  const auto broken =
      drive(docker_install, asked(Value::object()),
            {said(engine()), said(debian), said("=cef end\n"), said(engine()), said("=cef proof run no cgroups\n")});
  CHECK(broken.verdict.error->message.find("no cgroups") != std::string::npos);
  const std::string plan =
      "=cef plan 0\nInst runc (1.1 Debian:12/stable [amd64])\nInst containerd (1.6 Debian:12/stable [amd64])\n"
      "Inst tini (0.19 Debian:12/stable [amd64])\nInst cgroupfs-mount (1.4 Debian:12/stable [all])\n"
      "Inst docker.io (20.10 Debian:12/stable [amd64])\n=cef waited 0\n=cef end\n";
  const auto checked =
      drive(docker_install, asked({{"member", "new"}}, true),
            {said(none), said("=cef ids  debian  \n=cef os Debian\n=cef groups  new \n=cef end\n"), said(plan)});
  CHECK_FALSE(checked.verdict.error);
  CHECK(checked.verdict.status == Status::changed);
  CHECK(checked.verdict.data["would"] ==
        "install runc, containerd, tini and 2 more; put new into the group docker, "
        "which is as good as root there");
  CHECK(checked.steps.size() == 3);
  const auto listless = drive(docker_install, asked(Value::object(), true),
                              {said(none), said(debian), said("=cef plan 100\nE: Unable to locate package\n")});
  CHECK_FALSE(listless.verdict.error);
  CHECK(listless.verdict.data["would"] == "install docker.io");
}

}  // namespace docker_tests
