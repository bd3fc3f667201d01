// Breaks one host in every way we know, beside hosts that are well, and keeps docs/faults.md true: what is reported,
// after what time, and that nobody else waited. `CEF_UPDATE_DOCS=1 build/test_e2e "[faulttable]"` writes the page anew.
#include "bad_server.hpp"
#include "fleet.hpp"
#include "keys.hpp"
#include "node.hpp"
#include "simulator.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <sstream>
#include <sys/stat.h>

using namespace cef::testing;

namespace {

constexpr int good_hosts = 4;
// The same hosts differ by this much from one run to the next, or by as much again on a slow machine; less is not
// called a delay. Nor is what is not seen each time: another program may have had the processors meanwhile.
constexpr double noise_ms = 250;
constexpr int tries = 3;

/// One broken host in the group `bad`, a few good ones in `good`. What runs everywhere is the file `fault` in the
/// home folder, which the good ones do not have.
struct Scene {
  Fleet fleet{};
  std::string timeout{};                      // of the command; empty: a second more than a login may take
  std::vector<std::string> options{};         // more arguments
  std::vector<std::shared_ptr<void>> held{};  // servers, for as long as the scene lasts
  std::function<void()> strike{};             // breaks the host once its command runs
  std::function<bool()> runs{};               // whether it does

  template <class T, class... Args>
  T& make(Args&&... args) {
    auto thing = std::make_shared<T>(std::forward<Args>(args)...);
    held.push_back(thing);
    return *thing;
  }
  void bad(FleetHost host) {
    host.name = "bad";
    host.group = "bad";
    fleet.add(std::move(host));
  }
  Sshd& bad_sshd(SshdOptions options_of_server = {}, FleetHost host = {}) {
    auto& server = make<Sshd>(std::move(options_of_server));
    host.group = "bad";
    fleet.add("bad", server, std::move(host));
    return server;
  }
  // A server on which the command does this.
  Sshd& bad_command(const std::string& text) {
    Sshd& server = bad_sshd();
    write_file(server.home() / "fault", text);
    return server;
  }
};

struct FaultRow {
  std::string name, what, code;
  std::function<void(Scene&)> set;
};

FaultRow misbehaving(Fault fault, std::string what, std::string code) {
  std::string name(name_of(fault));
  std::replace(name.begin(), name.end(), '_', ' ');
  return {std::move(name), std::move(what), std::move(code),
          [fault](Scene& scene) { scene.bad({.port = scene.make<BadServer>().listen(fault)}); }};
}

FaultRow command(std::string name, std::string what, std::string code, std::string text) {
  return {std::move(name), std::move(what), std::move(code),
          [text = std::move(text)](Scene& scene) { scene.bad_command(text); }};
}

FaultRow simulated(std::string name, std::string what, std::string code, std::string behaviour,
                   std::vector<std::string> options = {}) {
  return {std::move(name), std::move(what), std::move(code),
          [behaviour = std::move(behaviour), options = std::move(options)](Scene& scene) {
            const auto& simulator = scene.make<Simulator>(std::vector<std::string>{"127.9=" + behaviour});
            scene.fleet.know(simulator.known_hosts());
            scene.bad({.address = "127.9.0.1", .port = simulator.port(), .variables = {{"password", "x"}}});
            scene.options = options;
          }};
}

// A host behind a bastion.
void behind(Scene& scene, std::uint16_t bastion, std::uint16_t port) {
  scene.bad({.port = port, .variables = {{"jump", "root@127.0.0.1:" + std::to_string(bastion)}}});
}

// A command that would take long, and what befalls its host meanwhile.
void struck(Scene& scene, const std::function<void(Sshd&)>& strike) {
  scene.timeout = "60";  // however long it takes to get there
  Sshd& server = scene.bad_command("sleep 600");
  scene.runs = [&server] { return server.execs() > 0; };
  scene.strike = [&server, strike] { strike(server); };
}

std::vector<FaultRow> rows() {
  std::vector<FaultRow> all{
      {"unknown name", "the address is a name that does not exist", "name_unknown",
       [](Scene& scene) { scene.bad({.address = std::string(64, 'a') + ".invalid"}); }},
      {"refused", "nothing listens on the port", "connect_refused",
       [](Scene& scene) { scene.bad({.port = scene.make<RefusedPort>().port()}); }},
      misbehaving(Fault::silent, "packets are dropped", "connect_timeout"),
      misbehaving(Fault::mute, "accepts and says nothing", "banner_timeout"),
      misbehaving(Fault::drip, "sends its banner a byte at a time", "banner_timeout"),
      misbehaving(Fault::mute_after_banner, "sends its banner and then nothing", "handshake_timeout"),
      misbehaving(Fault::garbage, "sends random bytes", "not_ssh"),
      misbehaving(Fault::http, "a web server is on the port", "not_ssh"),
      misbehaving(Fault::old, "speaks SSH 1.5", "not_ssh"),
      misbehaving(Fault::endless_banner, "a banner that never ends", "not_ssh"),
      misbehaving(Fault::closes, "closes the connection at once", "throttled"),
      misbehaving(Fault::max_startups, "sshd has too many logins under way", "throttled"),
      misbehaving(Fault::not_allowed, "sshd penalises the caller", "throttled"),
      misbehaving(Fault::kex_closes, "closes during the key exchange", "kex_failed"),
      {"no common algorithm", "sshd allows only a key exchange that cef does not know", "kex_failed",
       [](Scene& scene) { scene.bad_sshd({.config = {"KexAlgorithms sntrup761x25519-sha512@openssh.com"}}); }},
      {"changed host key", "known_hosts has another key", "host_key_changed",
       [](Scene& scene) {
         const auto port = scene.make<Sshd>().port();
         scene.bad({.port = port});
         scene.fleet.know("[127.0.0.1]:" + std::to_string(port) + ' ' + public_key("ed25519-other") + '\n');
       }},
      {"revoked host key", "known_hosts marks the key as @revoked", "host_key_changed",
       [](Scene& scene) {
         auto& server = scene.bad_sshd();
         scene.fleet.know("@revoked [127.0.0.1]:" + std::to_string(server.port()) + ' ' + public_key("ed25519-host") +
                          '\n');
       }},
      {"unknown host key", "known_hosts does not know the host", "host_key_unknown",
       [](Scene& scene) { scene.bad({.port = scene.make<Sshd>().port()}); }},
      {"refused key", "authorized_keys does not hold the key", "auth_denied",
       [](Scene& scene) { scene.bad_sshd({.user_keys = {"rsa2048"}}); }},
      {"missing key file", "the inventory names a key that is not there", "key_unreadable",
       [](Scene& scene) {
         scene.bad_sshd({}, {.variables = {{"key_file", "/nonexistent/key"}}});
       }},
      simulated("endless questions", "asks, and asks again, whatever is answered", "auth_denied", "prompts=2"),
      {"no bastion", "nothing listens on the jump host's port", "jump_failed",
       [](Scene& scene) { behind(scene, scene.make<RefusedPort>().port(), scene.make<Sshd>().port()); }},
      {"locked bastion", "the jump host does not take the key", "jump_failed",
       [](Scene& scene) {
         auto& bastion = scene.make<Sshd>(SshdOptions{.user_keys = {"rsa2048"}});
         scene.fleet.know(bastion.known_hosts());
         behind(scene, bastion.port(), scene.make<Sshd>().port());
       }},
      {"refused behind a bastion", "nothing listens on the host's port, says the jump host", "jump_failed",
       [](Scene& scene) {
         auto& bastion = scene.make<Sshd>();
         scene.fleet.know(bastion.known_hosts());
         behind(scene, bastion.port(), scene.make<RefusedPort>().port());
       }},
      command("failing command", "the command exits with 3", "command_failed", "exit 3"),
      command("missing command", "the command is not installed", "command_not_found", "no-such-command-here"),
      command("command killed by a signal", "the kernel kills the command", "command_failed", "kill -9 $$"),
      command("endless command", "the command does not end in --timeout", "command_timeout", "sleep 600"),
      command("stubborn command", "and ignores SIGTERM", "command_timeout", "trap '' TERM; while :; do sleep 1; done"),
      {"output flood", "the command writes without end", "output_limit",
       [](Scene& scene) {
         scene.options = {"--output-limit", "200K"};  // long before the timeout, on a slow machine too
         scene.bad_command("yes");
       }},
      simulated("mute after the login", "answers nothing once the login is done", "command_timeout", "mute-after-auth"),
      simulated("mute after the login, no limit", "and leaves keepalives unanswered, too", "connection_lost",
                "mute-after-auth", {"--keepalive", "500ms", "--timeout", "0"}),
      simulated("closes at the command", "closes the connection when it is given a command", "connection_lost",
                "close-in-exec"),
      {"killed session", "sshd's process for the session is killed", "connection_lost",
       [](Scene& scene) { struck(scene, [](Sshd& server) { server.kill_sessions(); }); }},
      {"hung sshd", "the session's processes hang, the kernel goes on answering", "connection_lost",
       [](Scene& scene) {
         scene.options = {"--keepalive", "500ms"};
         struck(scene, [](Sshd& server) { server.hang_sessions(); });
       }},
  };
  return all;
}

struct Seen {
  std::string code, status;
  double after_ms = 0, delay_ms = 0;
};

double slowest(const CefResult& result) {
  double most = 0;
  for (int i = 1; i <= good_hosts; ++i) {
    const auto host = result["good" + std::to_string(i)];
    REQUIRE(host.is_object());
    CHECK(host.at("status") == "ok");
    most = std::max(most, host.at("duration_ms").get<double>());
  }
  return most;
}

Seen play(const FaultRow& row) {
  Scene scene;
  const Sshd good;
  for (int i = 1; i <= good_hosts; ++i) scene.fleet.add("good" + std::to_string(i), good, {.group = "good"});
  row.set(scene);
  const auto arguments = [&scene](const char* groups, int seconds, const std::string& timeout) {
    std::vector<std::string> all{"exec", groups, "-T", std::to_string(seconds), "--timeout", timeout};
    all.insert(all.end(), {"--host-key", "strict"});
    all.insert(all.end(), scene.options.begin(), scene.options.end());
    all.insert(all.end(), {"--format", "json", "--", "! [ -e ~/fault ] || . ~/fault"});
    return all;
  };
  const double alone = slowest(scene.fleet.cef(arguments("group=good", 30, "60")));
  const int patience = std::max(2, static_cast<int>(std::ceil(alone * 3 / 1000)));  // seconds
  const std::string timeout = scene.timeout.empty() ? std::to_string(patience + 1) : scene.timeout;
  const auto process = scene.fleet.start(arguments("group=bad,good", patience, timeout));  // the broken one first
  if (scene.strike) {
    REQUIRE(eventually(scene.runs));
    scene.strike();
  }
  const auto result = read_result(process->wait());
  INFO(result.told());
  const auto host = result["bad"];
  REQUIRE(host.is_object());
  const double more = slowest(result) - alone;
  return {result.code("bad"), host.at("status"), host.at("duration_ms"), more < std::max(noise_ms, alone) ? 0 : more};
}

const std::filesystem::path page = std::filesystem::path(CEF_SOURCE) / "docs" / "faults.md";
constexpr std::string_view start_of_table = "| fault |";

// The table's first, second and third cells: the times differ from run to run.
std::string without_times(const std::string& table) {
  std::istringstream lines(table);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    std::size_t end = 0;
    for (int cell = 0; cell < 5 && end != std::string::npos; ++cell) end = line.find('|', end + (cell > 0));
    kept += line.substr(0, end) + '\n';
  }
  return kept;
}

}  // namespace

TEST_CASE("every fault has its code, and docs/faults.md tells it", "[e2e][faulttable]") {
  std::string table =
      "| fault | what happens | status | code | reported after | other hosts delayed |\n|---|---|---|---|---:|---:|\n";
  for (const FaultRow& row : rows()) {
    INFO(row.name);
    Seen seen = play(row);
    for (int more = 1; more < tries && seen.delay_ms != 0; ++more) seen = play(row);
    CHECK(seen.code == row.code);
    CHECK(seen.delay_ms == 0);
    table += fmt::format(
        "| {} | {} | {} | `{}` | {} | {:.0f} ms |\n", row.name, row.what, seen.status, seen.code,
        seen.after_ms < 1000 ? fmt::format("{:.0f} ms", seen.after_ms) : fmt::format("{:.1f} s", seen.after_ms / 1000),
        seen.delay_ms);
  }
  const std::string text = read_file(page);
  const auto start = text.find(start_of_table);
  REQUIRE(start != std::string::npos);
  if (std::getenv("CEF_UPDATE_DOCS")) write_file(page, text.substr(0, start) + table);
  CHECK(without_times(read_file(page).substr(start)) == without_times(table));
}
