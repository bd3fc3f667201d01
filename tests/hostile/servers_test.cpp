// Servers that mean harm: whatever they send, cef ends in time, keeps its memory and leaves the other hosts alone.
#include "hostile.hpp"
#include "keys.hpp"
#include "temp_dir.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>
#include <sstream>

using namespace cef::testing;

TEST_CASE("a server that asks for ever is left", "[hostile]") {
  Hostile hosts({"127.2=prompts=1", "127.3=prompts=3", "127.4=prompts=200"});
  for (const std::string number : {"2", "3", "4"})
    hosts.add("asks" + number, "127." + number + ".0.1", {{"password", "secret"}});
  hosts.add("good", "127.1.0.1");
  const auto result = hosts.cef({"ping", "group=all", "--format", "json"});
  INFO(result.told());
  for (const auto* name : {"asks2", "asks3", "asks4"}) {
    CHECK(result.code(name) == "auth_denied");
    CHECK(result[name]["error"]["message"] == "the server asks for more and more");
  }
  CHECK(result.code("good") == "ok");
  CHECK(result.out.find("secret") == std::string::npos);
}

TEST_CASE("a question too many to count is no answer", "[hostile]") {
  Hostile hosts({"127.2=prompts=4000", "127.3=mute"});
  hosts.add("asks", "127.2.0.1", {{"password", "secret"}});
  hosts.add("mute", "127.3.0.1");  // as long as two seconds are on this machine
  const auto result = hosts.cef({"ping", "group=all", "-T", "2", "--format", "json"});
  INFO(result.told());
  CHECK(result.code("asks") == "auth_timeout");
  CHECK(result["asks"]["duration_ms"].get<double>() < 2 * result["mute"]["duration_ms"].get<double>());
}

TEST_CASE("endless output fills neither memory nor terminal", "[hostile]") {
  Hostile hosts({});
  for (int i = 1; i <= 40; ++i) hosts.add("n" + std::to_string(i), "127.1.0." + std::to_string(i));
  const auto result = hosts.cef(
      {"exec", "group=all", "--output-limit", "1M", "--format", "json", "--", "sim:output:4000000000,stderr:4000000"});
  INFO(result.err);
  CHECK(result.exit_code == 2);
  for (int i = 1; i <= 40; ++i) CHECK(result.code("n" + std::to_string(i)) == "output_limit");
  CHECK(result.out.size() < 45'000'000);
}

TEST_CASE("of a host that is ended for its output the first and the last KiB are kept", "[hostile]") {
  Hostile hosts({});
  hosts.add("n1", "127.1.0.1");
  hosts.add("n2", "127.1.0.2");
  const auto result =
      hosts.cef({"exec", "group=all", "--output-limit", "1M", "--format", "json", "--", "sim:output:4000000000"});
  INFO(result.err);
  for (const char* name : {"n1", "n2"}) {
    const auto data = result[name]["data"];
    CHECK(data["stdout"].get<std::string>().size() < 3000);
    CHECK(data["stdout"].get<std::string>().starts_with("the quick brown fox"));
    CHECK(data["stdout"].get<std::string>().find("bytes left out") != std::string::npos);
    CHECK(data["stdout_bytes"] == 1 << 20);
    CHECK(data["stdout_truncated"] == true);
  }
}

TEST_CASE("what all hosts write together has a limit, of which those that write little know nothing", "[hostile]") {
  Hostile hosts({"127.2=stderr=4000000000"});
  for (int i = 1; i <= 20; ++i) hosts.add("flood" + std::to_string(i), "127.2.0." + std::to_string(i));
  for (int i = 1; i <= 20; ++i) hosts.add("good" + std::to_string(i), "127.1.0." + std::to_string(i));
  const auto result =
      hosts.cef({"exec", "group=all", "--total-output-limit", "4M", "--format", "json", "--", "sim:output:20000"});
  INFO(result.err);
  for (int i = 1; i <= 20; ++i) {
    CHECK(result.code("good" + std::to_string(i)) == "ok");
    CHECK(result["good" + std::to_string(i)]["data"]["stdout"].get<std::string>().size() == 20'000);
  }
  for (int i = 1; i <= 20; ++i) CHECK(result.code("flood" + std::to_string(i)) == "output_limit");
  CHECK(result.out.size() < 600'000);
}

TEST_CASE("much output of many hosts is written as it comes, not kept twice", "[hostile]") {
  const auto format = GENERATE(as<std::string>(), "json", "yaml", "csv", "ndjson", "raw");
  Hostile hosts({});
  for (int i = 1; i <= 200; ++i) hosts.add("n" + std::to_string(i), "127.1.0." + std::to_string(i));
  const TempDir folder;
  const auto file = (folder / "out").string();
  std::vector<std::string> words{"exec", "group=all", "-f", "20", "-o", file, "--format", format};
  if (format == "csv") words.insert(words.end(), {"--columns", "host,status,stdout"});
  words.insert(words.end(), {"--", "sim:output:1000000"});
  const auto result = hosts.cef(words);
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(std::filesystem::file_size(file) >= 200'000'000);
  if (!sanitized) CHECK(result.max_rss_kib < 200'000);
  if (format != "json") return;
  const auto document = nlohmann::json::parse(read_file(file), nullptr, false);
  REQUIRE(document.is_object());
  CHECK(document["schema"] == "cef/1");
  CHECK(document["summary"]["ok"] == 200);
  for (int i = 1; i <= 200; ++i)
    CHECK(document["results"][static_cast<std::size_t>(i - 1)]["host"] == "n" + std::to_string(i));
}

// Its columns are laid out, and equal outputs found, when all is there.
TEST_CASE("a table keeps what hosts wrote, and keeps it once", "[hostile]") {
  Hostile hosts({});
  for (int i = 1; i <= 200; ++i) hosts.add("n" + std::to_string(i), "127.1.0." + std::to_string(i));
  const TempDir folder;
  const auto file = (folder / "out").string();
  const auto result = hosts.cef({"exec", "group=all", "-f", "20", "-o", file, "--", "sim:output:1000000"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(std::filesystem::file_size(file) >= 200'000'000);
  if (!sanitized) CHECK(result.max_rss_kib < 350'000);
}

TEST_CASE("servers that never come to the point are left in time", "[hostile]") {
  Hostile hosts({"127.2=drip", "127.3=endless-banner", "127.4=hang-in-exec", "127.5=pester=20000"});
  hosts.add("drip", "127.2.0.1");
  hosts.add("endless", "127.3.0.1");
  hosts.add("hang", "127.4.0.1");
  hosts.add("requests", "127.5.0.1");
  for (int i = 1; i <= 20; ++i) hosts.add("good" + std::to_string(i), "127.1.0." + std::to_string(i));
  const auto result = hosts.cef({"exec", "group=all", "-T", "3", "--timeout", "5", "--format", "json", "--", "true"});
  INFO(result.told());
  for (int i = 1; i <= 20; ++i) CHECK(result.code("good" + std::to_string(i)) == "ok");
  CHECK((result.code("drip") == "banner_timeout" || result.code("drip") == "not_ssh"));
  CHECK((result.code("endless") == "banner_timeout" || result.code("endless") == "not_ssh"));
  CHECK(result.code("hang") == "command_timeout");
  CHECK(result.code("requests") != "ok");
  CHECK(result.wall < std::chrono::seconds(sanitized ? 120 : 60));
}

TEST_CASE("a command is called ended only when its host said so", "[hostile]") {
  Hostile hosts({"127.2=hang-in-exec"});
  hosts.add("mute", "127.2.0.1");
  const auto result = hosts.cef({"exec", "group=fleet", "--timeout", "1", "--format", "json", "--", "true"});
  INFO(result.told());
  CHECK(result.code("mute") == "command_timeout");
  CHECK(result["mute"]["error"]["message"].get<std::string>().find("did not confirm that it was ended") !=
        std::string::npos);
}

TEST_CASE("long texts around a login and a command are borne", "[hostile]") {
  Hostile hosts({"127.2=issue=200000", "127.3=signal=TERM,signal-text=200000", "127.4=garbage"});
  hosts.add("issue", "127.2.0.1");
  hosts.add("signal", "127.3.0.1");
  hosts.add("garbage", "127.4.0.1");
  const auto result = hosts.cef({"exec", "group=all", "-T", "3", "--format", "json", "--", "true"});
  INFO(result.err);
  CHECK(result.code("issue") == "ok");
  CHECK(result.code("signal") == "command_failed");
  CHECK(result["signal"]["error"]["message"] == "ended by signal TERM");
  CHECK((result.code("garbage") == "not_ssh" || result.code("garbage") == "banner_timeout"));
  CHECK(result.out.size() < 10'000);
}

TEST_CASE("a server that asks for channels for ever is cut off", "[hostile]") {
  Hostile hosts({"127.2=pester=20000"});
  hosts.add("pesters", "127.2.0.1");
  hosts.add("good", "127.1.0.1");
  const auto result = hosts.cef({"exec", "group=all", "--timeout", "30", "--format", "json", "--", "true"});
  INFO(result.told());
  CHECK(result.code("good") == "ok");
  REQUIRE(result.code("pesters") == "connection_lost");
  CHECK(result["pesters"]["error"]["message"].get<std::string>().find("again and again") != std::string::npos);
}

TEST_CASE("a signal's name is cut, and a disconnect in the key exchange says its reason", "[hostile]") {
  Hostile hosts({"127.2=signal-name=200000", "127.3=disconnect-in-kex"});
  hosts.add("signal", "127.2.0.1");
  hosts.add("leaves", "127.3.0.1");
  const auto result = hosts.cef({"exec", "group=all", "--format", "json", "--", "true"});
  INFO(result.err);
  CHECK(result.code("signal") == "command_failed");
  CHECK(result.out.size() < 10'000);
  REQUIRE(result.code("leaves") == "kex_failed");
  CHECK(result["leaves"]["error"]["message"].get<std::string>().find("closed for maintenance until noon") !=
        std::string::npos);
}

TEST_CASE("a host that never says whether a password is right takes down no other", "[hostile]") {
  Hostile hosts({"127.2=hang-in-password", "127.1=password"});
  hosts.add("hangs", "127.2.0.1", {{"password", "secret"}});
  for (int i = 1; i <= 5; ++i)
    hosts.add("good" + std::to_string(i), "127.1.0." + std::to_string(i), {{"password", "secret"}});
  const auto result = hosts.cef({"ping", "group=all", "-T", "4", "--format", "json"});
  INFO(result.told());
  CHECK(result.code("hangs") == "auth_timeout");
  for (int i = 1; i <= 5; ++i) CHECK(result.code("good" + std::to_string(i)) == "ok");
}

TEST_CASE("a server that sends packets and answers nothing is dead", "[hostile]") {
  Hostile hosts({"127.2=chatter"});
  hosts.add("chatters", "127.2.0.1");
  hosts.add("good", "127.1.0.1");
  const auto result = hosts.cef({"exec", "group=all", "--keepalive", "300ms", "--format", "json", "--", "true"});
  INFO(result.told());
  CHECK(result.code("good") == "ok");
  REQUIRE(result.code("chatters") == "connection_lost");
  CHECK(result["chatters"]["error"]["message"].get<std::string>().find("answer") != std::string::npos);
}

// All good hosts are done before the first of those that send has been heard to its limit.
TEST_CASE("hosts that send without end and hosts that say nothing hold up no others", "[hostile]") {
  Hostile hosts({});
  const Simulator hostile({"127.2=output=4000000000", "127.3=mute"});
  hosts.fleet.know(hostile.known_hosts());
  for (int i = 1; i <= 60; ++i) {
    const auto number = std::to_string(i);
    hosts.fleet.add({.name = "flood" + number, .address = "127.2.0." + number, .port = hostile.port()});
    hosts.fleet.add({.name = "mute" + number, .address = "127.3.0." + number, .port = hostile.port()});
  }
  for (int i = 1; i <= 200; ++i) hosts.add("good" + std::to_string(i), "127.1.0." + std::to_string(i));
  const auto result = hosts.cef({"exec", "group=all", "-T", "6", "--logins-per-site", "1000", "--output-limit", "2M",
                                 "--format", "ndjson", "--", "true"});
  INFO(result.err);
  REQUIRE(result.lines.size() >= 320);
  for (std::size_t i = 0; i < 200; ++i) {
    INFO(i);
    CHECK(result.lines[i].value("host", "").starts_with("good"));
  }
  for (int i = 1; i <= 60; ++i) CHECK(result.code("flood" + std::to_string(i)) == "output_limit");
}

// Each costs a tenth of a second to compute: that is the work of another thread than the one that serves all hosts.
TEST_CASE("servers that want costly key exchanges hold up no others", "[hostile]") {
  Hostile hosts({});
  const Simulator costly({"127.2=key-exchange=diffie-hellman-group18-sha512", "127.3=mute"});
  hosts.fleet.know(costly.known_hosts());
  // So many that what else the main thread does, the start and with sanitizers all of it, counts for little.
  constexpr int costly_ones = 30, good_ones = 10;
  for (int i = 1; i <= costly_ones; ++i)
    hosts.fleet.add(
        {.name = "costly" + std::to_string(i), .address = "127.2.0." + std::to_string(i), .port = costly.port()});
  for (int i = 1; i <= good_ones; ++i) hosts.add("good" + std::to_string(i), "127.1.0." + std::to_string(i));
  hosts.fleet.add({.name = "mute", .address = "127.3.0.1", .port = costly.port()});  // keeps the run from its end
  const auto process =
      hosts.fleet.start({"ping", "group=all", "-T", "1000", "--logins-per-site", "100", "--format", "ndjson"});
  const auto ok = [&](const std::string& name) {
    int lines = 0;
    for (auto at = process->out().find(name); at != std::string::npos; at = process->out().find(name, at + 1)) ++lines;
    return lines;
  };
  REQUIRE(process->pump_until([&] { return ok("\"costly") == costly_ones && ok("\"good") == good_ones; }));
  const auto ticks = [&](const std::string& folder) {  // of processor time
    std::ifstream file(folder + "/stat");
    std::string text;
    std::getline(file, text);
    std::istringstream fields(text.substr(text.rfind(')') + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field) fields >> skipped;
    long user = 0, system = 0;
    fields >> user >> system;
    return user + system;
  };
  const auto process_folder = "/proc/" + std::to_string(process->pid());
  const long all = ticks(process_folder),
             main_thread = ticks(process_folder + "/task/" + std::to_string(process->pid()));
  process->signal(SIGTERM);
  (void)process->wait();
  INFO(process->out());
  CHECK(all > 0);
  CHECK(main_thread < all / 2);
}
