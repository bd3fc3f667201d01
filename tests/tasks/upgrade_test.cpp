// The tasks that use apt, given what apt said on real hosts.
#include "drive.hpp"

namespace cef::tasks::upgrade_tests {

namespace {

Arguments asked(bool check = false, Value params = Value::object()) {
  Arguments arguments;
  arguments.params = std::move(params);
  arguments.check = check;
  arguments.become = "root";
  return arguments;
}

Verdict after(const char* file, bool check = false) {
  return drive(upgrade, asked(check), {said(capture(std::string("apt/") + file))}).verdict;
}

}  // namespace

TEST_CASE("an upgrade tells what changed, what was kept, and what is left to do", "[tasks]") {
  const auto driven = drive(upgrade, asked(), {said(capture("apt/upgraded.txt"))});
  const Verdict& verdict = driven.verdict;
  CHECK_FALSE(verdict.error);
  CHECK(verdict.status == Status::changed);
  CHECK(verdict.data["count"] == 4);
  CHECK(verdict.data["upgraded"][2] == Value{{"name", "toy-library"}, {"from", "1.0"}, {"to", "1.1"}});
  CHECK(verdict.data["held_back"] == Value{"toy-suite"});
  CHECK(verdict.data["kept_conffiles"] == Value{"/etc/toy-settings.conf"});
  CHECK(verdict.data["installed"] == Value::array());
  CHECK(verdict.data["removed"] == Value::array());
  CHECK(verdict.data["reboot_required"] == true);
  CHECK(verdict.data["reboot_packages"] == Value{"toy-kernel"});
  CHECK(verdict.data["rebooted"] == false);
  CHECK(verdict.data["stale_sources"] == Value::array());
  CHECK(driven.steps[0].become == "root");
  CHECK(driven.steps[0].outlives_link);
}

TEST_CASE("a host with nothing to upgrade is ok", "[tasks]") {
  const auto verdict = after("nothing.txt");
  CHECK_FALSE(verdict.error);
  CHECK(verdict.status == Status::ok);
  CHECK(verdict.data["count"] == 0);
  CHECK(verdict.data["held_back"] == Value{"toy-suite"});
}

TEST_CASE("a check tells the same beforehand", "[tasks]") {
  const auto driven = drive(upgrade, asked(true), {said(capture("apt/check.txt"))});
  CHECK(driven.verdict.status == Status::changed);
  CHECK(driven.verdict.data["upgraded"] == after("upgraded.txt").data["upgraded"]);
  CHECK(driven.script().arguments.front() == "check");
  CHECK_FALSE(driven.steps[0].outlives_link);
  const auto broken = after("check-broken.txt", true);
  CHECK(broken.status == Status::changed);
  CHECK(broken.data["interrupted"] == true);
  CHECK(broken.data["count"] == 0);
}

TEST_CASE("new and removed packages are told apart from upgraded ones", "[tasks]") {
  const auto verdict = after("dist.txt");
  CHECK(verdict.data["installed"] == Value{"toy-suite-parts"});
  CHECK(verdict.data["upgraded"].size() == 1);
  CHECK(verdict.data["held_back"] == Value::array());
}

TEST_CASE("what changes is shown as a diff where that is asked for", "[tasks]") {
  Arguments arguments = asked();
  CHECK(drive(upgrade, arguments, {said(capture("apt/upgraded.txt"))}).verdict.diff.is_null());
  arguments.diff = true;
  const auto upgraded = drive(upgrade, arguments, {said(capture("apt/upgraded.txt"))}).verdict.diff;
  CHECK(upgraded["before"] == "toy-clock 1.0\ntoy-kernel 1.0\ntoy-library 1.0\ntoy-settings 1.0\n");
  CHECK(upgraded["after"] == "toy-clock 1.1\ntoy-kernel 1.1\ntoy-library 1.1\ntoy-settings 1.1\n");
  CHECK(drive(upgrade, arguments, {said(capture("apt/nothing.txt"))}).verdict.diff.is_null());
  arguments.params = {{"state", "install"}, {"name", {"toy-extra"}}};
  const auto installed = drive(package, arguments, {said(capture("apt/installed.txt"))}).verdict.diff;
  CHECK(installed["before"] == "");
  CHECK(installed["after"] == "toy-extra 1.0\n");
  arguments.params = {{"action", "start"}, {"name", {"chrony"}}};
  const auto started =
      drive(service, arguments, {said("=cef service chrony there no yes yes yes yes 0\n=cef end\n")}).verdict.diff;
  CHECK(started["before"] == "chrony stopped, enabled\n");
  CHECK(started["after"] == "chrony runs, enabled\n");
}

TEST_CASE("an interrupted dpkg that was mended is a change", "[tasks]") {
  const auto verdict = after("mended.txt");
  CHECK_FALSE(verdict.error);
  CHECK(verdict.status == Status::changed);
  CHECK(verdict.data["configured"] == Value{"toy-clock"});
  CHECK(verdict.data["count"] == 0);
}

TEST_CASE("what keeps an upgrade from being done has a code and says why", "[tasks]") {
  struct Case {
    const char* file;
    Code code;
    const char* words;
  };
  const auto c = GENERATE(values<Case>({
      {"locked.txt", Code::apt_locked, "held by perl (process "},
      {"failed.txt", Code::apt_failed,
       "toy-clock: installed toy-clock package post-installation script subprocess returned error exit status 1"},
      {"unmended.txt", Code::dpkg_interrupted, "toy-clock: installed toy-clock package post-installation script"},
      {"no-source.txt", Code::apt_failed, "Could not resolve 'mirror.invalid'"},
      {"unknown.txt", Code::apt_failed, "Unable to locate package toy-nonsuch"},
  }));
  DYNAMIC_SECTION(c.file) {
    const auto verdict = after(c.file);
    REQUIRE(verdict.error);
    CHECK(verdict.error->code == c.code);
    INFO(verdict.error->message);
    CHECK(verdict.error->message.find(c.words) != std::string::npos);
  }
}

TEST_CASE("what a failed upgrade said last is kept", "[tasks]") {
  const auto verdict = after("failed.txt");
  const auto output = verdict.data["output"].get<std::string>();
  CHECK(output.find("no luck today\n") != std::string::npos);
  CHECK(output.find("pmstatus") == std::string::npos);
  CHECK(verdict.data["upgraded"].size() == 1);  // half configured, and no longer the old one
}

TEST_CASE("a source that failed is told although the others are used", "[tasks]") {
  const auto verdict = after("stale.txt");
  CHECK_FALSE(verdict.error);
  REQUIRE(verdict.data["stale_sources"].size() == 2);
  CHECK(verdict.data["stale_sources"][0].get<std::string>().find("mirror.invalid") != std::string::npos);
  CHECK(verdict.data["stale_sources"][1].get<std::string>().find("Hash Sum mismatch") != std::string::npos);
}

TEST_CASE("a source whose list cannot be used has not answered", "[tasks]") {
  const std::string begin =
      "=cef update\nGet:1 file:/srv/bad ./ Release [178 B]\nGet:2 file:/srv/bad ./ Packages [2058 B]\n"
      "Err:2 file:/srv/bad ./ Packages\n  Hash Sum mismatch\n";
  const std::string end =
      "E: Failed to fetch file:/srv/bad/./Packages  Hash Sum mismatch\n=cef updated 100\n=cef waited 0\n=cef end\n";
  const auto alone = drive(upgrade, asked(), {said(begin + end)}).verdict;
  REQUIRE(alone.error);
  CHECK(alone.error->code == Code::apt_failed);
  CHECK(alone.error->message.find("Hash Sum mismatch") != std::string::npos);
  const auto* other =
      "Hit:3 http://mirror.example.net/debian bookworm InRelease\n"
      "Err:4 http://mirror.example.net/debian bookworm/main Translation-en\n";
  CHECK_FALSE(drive(upgrade, asked(), {said(begin + other + end)}).verdict.error);
}

TEST_CASE("params become the script's arguments", "[tasks]") {
  const Value params{{"dist", true},      {"security", true},  {"only", {"openssl", "libssl*"}},
                     {"no-update", true}, {"lock-wait", 5000}, {"reboot", "never"}};
  const auto driven = drive(upgrade, asked(false, params), {said(capture("apt/nothing.txt"))});
  CHECK(driven.script().arguments ==
        std::vector<std::string>{"run", "5", "", "dist-upgrade", "security", "openssl", "libssl*"});
}

TEST_CASE("a reboot follows when it is wanted", "[tasks]") {
  struct Case {
    const char* when;
    const char* file;
    bool reboots;
  };
  const auto c = GENERATE(values<Case>({{"never", "upgraded.txt", false},
                                        {"if-required", "upgraded.txt", true},
                                        {"if-required", "installed.txt", false},
                                        {"always", "installed.txt", true}}));
  DYNAMIC_SECTION(c.when << " after " << c.file) {
    std::vector<StepResult> answers{said(capture(std::string("apt/") + c.file))};
    if (c.reboots) answers.push_back(said("an-id 12.0"));
    const auto driven = drive(upgrade, asked(false, {{"reboot", c.when}}), answers);
    CHECK(driven.verdict.data["rebooted"] == c.reboots);
    if (c.reboots) CHECK(std::holds_alternative<Reboot>(driven.steps[1].what));
    if (c.reboots) CHECK(driven.verdict.data["reboot_required"] == false);
  }
  SECTION("one that fails is the verdict's error") {
    const auto driven = drive(upgrade, asked(false, {{"reboot", "always"}}),
                              {said(capture("apt/upgraded.txt")), lost(Code::reboot_timeout)});
    REQUIRE(driven.verdict.error);
    CHECK(driven.verdict.error->code == Code::reboot_timeout);
    CHECK(driven.verdict.data["count"] == 4);
  }
}

TEST_CASE("an answer that was cut off is no success", "[tasks]") {
  std::string text = capture("apt/upgraded.txt");
  text.resize(text.find("=cef ran"));
  const auto cut = drive(upgrade, asked(), {said(text, 1)}).verdict;
  REQUIRE(cut.error);
  CHECK(cut.error->code == Code::command_failed);
  CHECK(drive(upgrade, asked(), {said("=cef missing\n=cef waited 0\n=cef end\n")}).verdict.error->code ==
        Code::unsupported_platform);
  CHECK(drive(upgrade, asked(), {lost(Code::connection_lost)}).verdict.error->code == Code::connection_lost);
}

TEST_CASE("whoever watches is told how far an upgrade is", "[tasks]") {
  Course course = upgrade.course(asked());
  const auto step = course.begin();
  REQUIRE(step);
  std::vector<std::string> notes;
  std::istringstream lines(capture("apt/upgraded.txt"));
  for (std::string line; std::getline(lines, line);) {
    auto note = step->progress(line);
    if (!note.empty() && (notes.empty() || notes.back() != note)) notes.push_back(std::move(note));
  }
  const auto has = [&](const char* note) { return std::find(notes.begin(), notes.end(), note) != notes.end(); };
  CHECK(notes.front() == "update");
  CHECK(has("download 50 %"));
  CHECK(has("unpack 1/4 toy-clock"));
  CHECK(has("configure 4/4 toy-settings"));
  CHECK(step->progress("=cef waiting 62 perl perl -e x") == "waits for perl (62)");
}

TEST_CASE("packages are installed and purged", "[tasks]") {
  const Value params{{"state", "install"}, {"name", {"toy-extra"}}};
  const auto driven = drive(package, asked(false, params), {said(capture("apt/installed.txt"))});
  CHECK(driven.verdict.status == Status::changed);
  CHECK(driven.verdict.data["installed"] == Value{{{"name", "toy-extra"}, {"version", "1.0"}}});
  CHECK(driven.script().arguments == std::vector<std::string>{"run", "600", "update", "install", "toy-extra"});
  const auto purged = drive(package, asked(), {said(capture("apt/purged.txt"))}).verdict;
  CHECK(purged.status == Status::changed);
  CHECK(purged.data["removed"] == Value{"toy-extra"});
  const auto nothing = drive(package, asked(), {said("=cef waited 0\n=cef end\n")}).verdict;
  CHECK(nothing.status == Status::ok);
  CHECK_FALSE(nothing.error);
}

TEST_CASE("services are told as they were and are", "[tasks]") {
  const Value params{{"action", "start"}, {"name", {"chrony", "ssh", "none"}}};
  const std::string answer =
      "welcome\n=cef service chrony there no yes yes yes yes 0\n=cef service ssh there yes yes yes yes no 0\n";
  const auto verdict = drive(service, asked(false, params), {said(answer + "=cef end\n")}).verdict;
  CHECK_FALSE(verdict.error);
  CHECK(verdict.status == Status::changed);
  CHECK(verdict.data["services"][0] ==
        Value{{"name", "chrony"}, {"active", true}, {"enabled", true}, {"was_active", false}, {"was_enabled", true}});
  const auto missing = drive(service, asked(false, params), {said(answer + "=cef service none missing\n=cef end\n")});
  REQUIRE(missing.verdict.error);
  CHECK(missing.verdict.error->code == Code::service_failed);
  const auto failed = drive(service, asked(false, params),
                            {said("=cef service chrony there no yes no yes yes 1\nno such user\n=cef end\n")});
  REQUIRE(failed.verdict.error);
  CHECK(failed.verdict.error->message == "start chrony ended with exit status 1: no such user");
  const auto died =
      drive(service, asked(false, params), {said("=cef service chrony there no yes no yes yes 0\n=cef end\n")});
  REQUIRE(died.verdict.error);
  CHECK(died.verdict.error->message.find("does not run") != std::string::npos);
  const auto would =
      drive(service, asked(true, params), {said("=cef service chrony there no yes no yes yes 0\n=cef end\n")}).verdict;
  CHECK_FALSE(would.error);
  CHECK(would.status == Status::changed);
  CHECK(would.data["services"][0]["active"] == true);
}

}  // namespace cef::tasks::upgrade_tests
