// Modules driven by hand: how many steps they take, and what they make of what a host may say.
#include "drive.hpp"

#include <cef/tasks/modules.hpp>

namespace cef::tasks::module_steps_tests {

namespace {

Arguments asked(const char* module, const char* given, bool check = false) {
  Arguments arguments;
  auto params = read_params(*find_module(module), Value::parse(given));
  REQUIRE(params);
  arguments.params = std::move(*params);
  arguments.check = check;
  return arguments;
}

Driven drive_module(const char* module, const char* given, std::vector<StepResult> answers, bool check = false) {
  return drive(*find_module(module), asked(module, given, check), std::move(answers));
}

constexpr const char* line = R"({"path": "/f", "line": "b"})";
constexpr const char* two_lines =
    "=cef path /f\n=cef text< 4\na\nb\n\n=cef is 644 0 0 4 1 root root regular file\n=cef end\n";
constexpr const char* one_line =
    "=cef path /f\n=cef text< 2\na\n\n=cef is 644 0 0 2 1 root root regular file\n=cef end\n";

}  // namespace

TEST_CASE("a text that is as it should be takes one step", "[tasks][modules]") {
  const Driven driven = drive_module("lineinfile", line, {said(two_lines)});
  CHECK_FALSE(driven.verdict.error);
  CHECK(driven.verdict.status == Status::ok);
  CHECK(driven.verdict.data["mode"] == "0644");
}

TEST_CASE("another one takes two, and the second has the whole text and what it was made from", "[tasks][modules]") {
  const Driven driven = drive_module("lineinfile", line, {said(one_line), said("=cef changed\n=cef end\n")});
  CHECK_FALSE(driven.verdict.error);
  CHECK(driven.verdict.status == Status::changed);
  CHECK(driven.verdict.data["msg"] == "line added");
  CHECK(driven.script(1).input == "a\nb\n");
  CHECK(driven.script(1).text.find("sum='2418082923 2'") != std::string::npos);  // as cksum says it
  CHECK(driven.verdict.diff["before"] == "a\n");
  CHECK(driven.verdict.diff["after"] == "a\nb\n");
}

TEST_CASE("what goes wrong on the host is the module's failure", "[tasks][modules]") {
  struct Case {
    const char* out;
    const char* words;
  };
  const auto c = GENERATE(values<Case>({{"=cef failed /f is read-only\n", "/f is read-only"},
                                        {"a banner\n=cef path /f\n", "ended with exit status 0"},
                                        {"", "ended with exit status 0"}}));
  const Driven driven = drive_module("lineinfile", line, {said(c.out)});
  REQUIRE(driven.verdict.error);
  CHECK(driven.verdict.error->code == Code::module_failed);
  CHECK(driven.verdict.error->message.find(c.words) != std::string::npos);
  const Driven gone = drive_module("stat", R"({"path": "/f"})", {lost(Code::connection_lost)});
  REQUIRE(gone.verdict.error);
  CHECK(gone.verdict.error->code == Code::connection_lost);
}

TEST_CASE("what a host has in a shell's place gives the reason", "[tasks][modules]") {
  const char* const nologin = "This account is currently not available.\n";  // on standard output
  const auto [module, given] = GENERATE(
      table<const char*, const char*>({{"stat", R"({"path": "/f"})"}, {"command", R"({"_raw_params": "true"})"}}));
  const Driven driven = drive_module(module, given, {said(nologin, 1)});
  REQUIRE(driven.verdict.error);
  CHECK(driven.verdict.error->message.ends_with(": This account is currently not available."));
}

TEST_CASE("a text that looks like an answer is a text", "[tasks][modules]") {
  const std::string text = "=cef failed no\n=cef end\n";
  const Driven driven = drive_module(
      "slurp", R"({"src": "/f"})",
      {said("=cef path /f\n=cef size 24\n=cef bytes< " + std::to_string(text.size()) + "\n" + text + "\n=cef end\n")});
  CHECK_FALSE(driven.verdict.error);
  CHECK(driven.verdict.data["content"] == "PWNlZiBmYWlsZWQgbm8KPWNlZiBlbmQK");
}

TEST_CASE("packages that are there already take one look", "[tasks][modules]") {
  const Driven driven = drive_module("apt", R"({"name": "jq"})", {said("=cef stamp 1700000000\n=cef end\n")});
  CHECK_FALSE(driven.verdict.error);
  CHECK(driven.verdict.status == Status::ok);
  CHECK(driven.verdict.data["cache_updated"] == false);
  CHECK(driven.verdict.data["cache_update_time"] == 1'700'000'000);
}

TEST_CASE("packages that are not are installed by work that outlives the link", "[tasks][modules]") {
  const std::string looked = "=cef stamp 1\n=cef wanted toy-suite\n=cef end\n";
  const Driven driven = drive_module("apt", R"({"name": "toy-suite"})", {said(looked), said(capture("apt/dist.txt"))});
  CHECK_FALSE(driven.verdict.error);
  CHECK(driven.verdict.status == Status::changed);
  CHECK(driven.steps[1].outlives_link);
  CHECK(driven.script(1).arguments.back() == "toy-suite");
  CHECK(driven.verdict.data["installed"][0]["name"] == "toy-suite-parts");
  const Driven check =
      drive_module("apt", R"({"name": "toy-suite"})", {said(looked), said(capture("apt/check.txt"))}, true);
  CHECK_FALSE(check.steps[1].outlives_link);
  CHECK(check.script(1).arguments.front() == "check");
}

TEST_CASE("a host without apt is told so", "[tasks][modules]") {
  const Driven driven = drive_module("package", R"({"name": "jq"})", {said("=cef missing\n=cef end\n")});
  REQUIRE(driven.verdict.error);
  CHECK(driven.verdict.error->code == Code::unsupported_platform);
}

TEST_CASE("facts are made of what the host's files say", "[tasks][modules]") {
  const std::string release =
      "ID=raspbian\nNAME=\"Raspbian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n";
  const std::string addresses = "2: eth0    inet 10.0.3.71/24 brd 10.0.3.255 scope global eth0\n";
  const Driven driven = drive_module(
      "setup", "{}",
      {said(
          "=cef uname Linux|rpi6471.example.net|6.1.21-v8+|aarch64|#1642 SMP\n=cef os_release< " +
          std::to_string(release.size()) + "\n" + release +
          "\n=cef debian_version< 5\n12.5\n\n=cef init systemd\n=cef systemd\n" +
          "=cef model Raspberry Pi 4 Model B\n=cef interface eth0|1500|d8:3a:dd:00:00:01|up||1|1000\n=cef addresses< " +
          std::to_string(addresses.size()) + "\n" + addresses +
          "\n=cef route4< 36\ndefault via 10.0.3.1 dev eth0 onlink\n\n=cef end\n")});
  CHECK_FALSE(driven.verdict.error);
  const Value facts = driven.verdict.data["ansible_facts"];
  CHECK(facts["ansible_distribution"] == "Debian");
  CHECK(facts["ansible_distribution_version"] == "12.5");
  CHECK(facts["ansible_distribution_major_version"] == "12");
  CHECK(facts["ansible_distribution_release"] == "bookworm");
  CHECK(facts["ansible_os_family"] == "Debian");
  CHECK(facts["ansible_architecture"] == "aarch64");
  CHECK(facts["ansible_hostname"] == "rpi6471");
  CHECK(facts["ansible_service_mgr"] == "systemd");
  CHECK(facts["ansible_product_name"] == "Raspberry Pi 4 Model B");
  CHECK(facts["ansible_default_ipv4"]["address"] == "10.0.3.71");
  CHECK(facts["ansible_default_ipv4"]["netmask"] == "255.255.255.0");
  CHECK(facts["ansible_default_ipv4"]["network"] == "10.0.3.0");
  CHECK(facts["ansible_default_ipv4"]["gateway"] == "10.0.3.1");
  CHECK(facts["ansible_default_ipv4"]["interface"] == "eth0");
  CHECK(facts["ansible_eth0"]["macaddress"] == "d8:3a:dd:00:00:01");
  CHECK(facts["ansible_all_ipv4_addresses"] == Value::array({"10.0.3.71"}));
}

}  // namespace cef::tasks::module_steps_tests
