// The command line as a user meets it: by the program itself, since what counts is message and exit code.
#include "process.hpp"
#include "temp_dir.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace cef::cli {

namespace {

struct Machine {
  testing::TempDir folder;

  Machine() {
    testing::write_file(
        folder / "hosts.yml",
        "rpi: {hosts: {rpi6401: {address: 192.0.2.1}, rpi6402: {}}}\nserver: {hosts: {w01: {port: 2200}}}\n");
  }
  testing::RunResult cef(std::vector<std::string> words, std::map<std::string, std::string> env = {}) {
    words.insert(words.begin(), CEF_PROGRAM);
    env.try_emplace("CEF_INVENTORY", (folder / "hosts.yml").string());
    env.try_emplace("XDG_CONFIG_HOME", folder.path().string());
    env.try_emplace("HOME", folder.path().string());
    return testing::run(words, {.env = std::move(env), .cwd = folder.path().string()});
  }
  void config(std::string_view text) {
    std::filesystem::create_directories(folder / "cef");
    testing::write_file(folder / "cef/config.yml", text);
  }
};

}  // namespace

TEST_CASE("a mistake on the command line gets one message, what is near, and its exit code", "[cli]") {
  struct Case {
    std::vector<std::string> words;
    int code;
    std::vector<std::string> parts;
  };
  const Case cases[] = {
      {{}, 5, {"no verb", "ping"}},
      {{"pong", "group=rpi"}, 5, {"no verb 'pong'", "did you mean 'ping'?"}},
      {{"ping"}, 5, {"no hosts selected", "rpi", "server"}},
      {{"ping", "group=rip"}, 3, {"'rip'", "did you mean 'rpi'?"}},
      {{"ping", "host=rpi6403"}, 3, {"rpi6403"}},
      {{"run", "rpi"}, 5, {"no verb 'run'", "did you mean 'exec'?"}},
      {{"df"}, 5, {"no verb 'df'", "did you mean 'disk'?"}},
      {{"top"}, 5, {"did you mean 'watch'?"}},
      {{"group=rpi", "ping"}, 5, {"the verb comes first: cef ping group=rpi"}},
      {{"rpi", "exec", "--", "true"}, 5, {"the verb comes first: cef exec rpi"}},
      {{"rpi", "-m", "ping"}, 5, {"cef has verbs in place of -m", "cef ping rpi", "cef exec rpi -- COMMAND"}},
      {{"ping", "rip"}, 3, {"no group, host or tag is called 'rip'", "did you mean 'rpi'?"}},
      {{"ping", "w02"}, 3, {"'w02'", "did you mean 'w01'?"}},
      {{"ping", "rpi", "-x", "rpi6409"}, 3, {"--exclude", "'rpi6409'"}},
      {{"ping", "rpi", "-x", ""}, 5, {"--exclude", "empty"}},
      {{"ping", "-w", "n[1-"}, 5, {"-w n[1-:", "']'"}},
      {{"ping", "-w", "n1", "-i", "hosts.yml"}, 5, {"-w names hosts without an inventory", "-i"}},
      {{"ping", "-w", "n[1-5]!n3"}, 5, {"-w n[1-5]!n3: '!' stands in no host's name", "-x leaves"}},
      {{"ping", "-w", "n[1-2]", "rpi"}, 3, {"'rpi'"}},
      {{"ssh"}, 5, {"which host?"}},
      {{"ssh", "rpi"}, 5, {"ssh is for one host, not 2: rpi[6401-6402]"}},
      {{"ping", "rpi", "--color", "maybe"}, 5, {"--color", "'maybe'", "always"}},
      {{"help", "pign"}, 5, {"no help about 'pign'", "did you mean 'ping'?"}},
      {{"version", "1"}, 5, {"version takes no '1'"}},
      {{"ping", "rpi", "--where", "total>fast"}, 5, {"--where", "'fast' is not a number"}},
      {{"ping", "rpi", "--where", "totl>5"}, 5, {"--where", "did you mean 'total'?"}},
      {{"ping", "rpi", "--where", "total>5", "--format", "nagios"}, 5, {"--where has no meaning for --format nagios"}},
      {{"ping", "rpi", "--status", "ok", "--format", "checkmk"}, 5, {"--status has no meaning for --format checkmk"}},
      {{"ping", "rpi", "--format", "ssh-config"}, 5, {"only cef hosts writes ssh-config"}},
      {{"hosts", "--format", "ssh-config", "--columns", "host"},
       5,
       {"--columns has no meaning for --format ssh-config"}},
      {{"ping", "rpi", "--assert", "total_ms<5:3"}, 5, {"critical before it warns"}},
      {{"exec", "rpi", "--stdin", "--script", "x.sh"}, 5, {"--stdin has no meaning with --script"}},
      {{"exec", "host=-", "--stdin", "--", "cat"}, 5, {"standard input cannot be both"}},
      {{"exec", "rpi", "uptime -p"}, 5, {"no command", "cef exec rpi -- uptime -p"}},
      {{"exec", "group=rpi", "w01", "uptime"}, 5, {"no command", "cef exec group=rpi w01 -- uptime"}},
      {{"watch", "exec", "rpi"}, 5, {"no command to watch"}},
      {{"watch", "temp", "rpi", "--", "uptime"}, 5, {"watch temp takes no command"}},
      {{"runs", "group=rpi"}, 5, {"runs takes no 'group=rpi'"}},
      {{"ping", "grop=rpi"}, 5, {"'grop='", "did you mean 'group='?"}},
      {{"ping", "group=rpi", "--forkz", "3"}, 5, {"unknown option '--forkz'", "did you mean '--forks'?"}},
      {{"ping", "group=rpi", "--forks", "many"}, 5, {"--forks", "'many'"}},
      {{"ping", "group=rpi", "--forks", "0"}, 5, {"--forks", "'0'"}},
      {{"ping", "group=rpi", "-f"}, 5, {"--forks"}},
      {{"ping", "group=rpi", "--connect-timeout", "soon"}, 5, {"--connect-timeout", "'soon'", "5m"}},
      {{"ping", "group=rpi", "--host-key", "maybe"}, 5, {"--host-key", "accept-new"}},
      {{"ping", "group=rpi", "--format", "xml"}, 5, {"--format", "'xml'", "json"}},
      {{"ping", "group=rpi", "--columns", "adress"}, 5, {"'adress'", "did you mean 'address'?"}},
      {{"ping", "group=rpi", "--status", "down"}, 5, {"--status", "'down'", "unreachable"}},
      {{"ping", "group=rpi", "-b"}, 5, {"-b has no meaning for ping", "cef ping --help"}},
      {{"ping", "group=rpi", "-K"}, 5, {"-K has no meaning for ping"}},
      {{"netspeed", "group=rpi", "--become"}, 5, {"--become has no meaning for netspeed"}},
      {{"hosts", "--forks", "3"}, 5, {"--forks has no meaning for hosts"}},
      {{"history", "group=rpi", "--lock", "x"}, 5, {"--lock has no meaning for history"}},
      {{"runs", "--timeout=3"}, 5, {"--timeout has no meaning for runs"}},
      {{"show", "last", "--max-fail", "1"}, 5, {"--max-fail has no meaning for show"}},
      {{"diff", "-2", "last", "--serial", "1"}, 5, {"--serial has no meaning for diff"}},
      {{"report", "--format", "json"}, 5, {"--format has no meaning for report"}},
      {{"hosts", "--columns", "host", "--format", "json"}, 5, {"--columns has no meaning for --format json"}},
      {{"ping", "group=rpi", "--fold", "--format", "yaml"}, 5, {"--fold has no meaning for --format yaml"}},
      {{"exec", "group=rpi", "--stream", "--format", "json", "--", "true"}, 5, {"--stream", "--format json"}},
      {{"exec", "group=rpi", "--stream", "--fold", "--", "true"}, 5, {"--stream", "--fold"}},
      {{"watch", "group=rpi", "--count", "0"}, 5, {"--count: '0' is not a whole number from 1"}},
      {{"runs", "--last", "few"}, 5, {"--last: 'few' is not a whole number"}},
      // Nobody is asked for a password while something else is wrong.
      {{"ping", "group=rpi", "-k", "--columns", "adress"}, 5, {"did you mean 'address'?"}},
      {{"ping", "group=rpi", "-k", "--sort", "adress"}, 5, {"did you mean 'address'?"}},
      {{"ping", "group=rpi", "-k", "--format", "xml"}, 5, {"'xml'"}},
      {{"ping", "group=rpi", "-k", "--assert", "total_ms<fast"}, 5, {"'fast'"}},
      {{"ping", "group=rpi", "-k", "-o", "no/such/folder/out.txt"}, 5, {"no/such/folder"}},
      {{"exec", "group=rpi", "-b", "-K", "--columns", "rcc", "--", "true"}, 5, {"'rcc'"}},
      {{"exec", "group=rpi"}, 5, {"no command", "--"}},
      {{"exec", "group=rpi", "--script", "none.sh"}, 5, {"--script", "none.sh", "No such file"}},
      {{"exec", "group=rpi", "--output-limit", "much", "--", "true"}, 5, {"--output-limit", "'much'"}},
      {{"hosts", "-i", "none.yml"}, 5, {"none.yml"}},
      {{"hosts", "--graph", "host=w01"}, 5, {"host=w01", "group=NAME"}},
      {{"hosts", "--graph", "--format", "json"}, 5, {"--format has no meaning for --graph"}},
      {{"hosts", "--list", "--columns", "host"}, 5, {"--columns has no meaning for --list"}},
      {{"hosts", "--list", "--graph"}, 5, {"one of them"}},
  };
  Machine machine;
  for (const Case& c : cases) {
    std::string words;
    for (const auto& word : c.words) words += " " + word;
    DYNAMIC_SECTION("cef" << words) {
      const auto result = machine.cef(c.words);
      CHECK(result.exit_code == c.code);
      CHECK(result.out.empty());
      CHECK(result.err.starts_with("cef: "));
      for (const auto& part : c.parts) CHECK_THAT(result.err, Catch::Contains(part));
    }
  }
}

TEST_CASE("bare words choose hosts as --limit does, -x takes away, -w needs no inventory", "[cli]") {
  Machine machine;
  const auto names = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "hosts");
    words.insert(words.end(), {"--format", "names"});
    const auto result = machine.cef(words);
    CHECK(result.err.empty());
    return result.out;
  };
  CHECK(names({"rpi"}) == "rpi6401\nrpi6402\n");
  CHECK(names({"w01", "rpi6401"}) == "rpi6401\nw01\n");
  CHECK(names({"rpi", "host=rpi6402"}) == "rpi6402\n");
  CHECK(names({"all", "-x", "rpi6402", "-x", "server"}) == "rpi6401\n");
  CHECK(names({"-x", "rpi"}) == "w01\n");
  CHECK(names({"-w", "n[1-2],x"}) == "n1\nn2\nx\n");
  CHECK(names({"-w", "n1", "-w", "n2", "n2"}) == "n2\n");
  CHECK(names({"-w", "n[1-3]", "-x", "n2"}) == "n1\nn3\n");
}

TEST_CASE("hosts of -w are none of the inventory's, and one of the same name is told", "[cli]") {
  Machine machine;
  const auto result = machine.cef({"hosts", "-w", "n1,rpi6401", "--format", "json"});
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, Catch::Contains("\"address\":\"rpi6401\"") && !Catch::Contains("192.0.2.1"));
  CHECK_THAT(result.err, Catch::Contains("rpi6401 is in the inventory too") && Catch::Contains("host=rpi6401"));
}

TEST_CASE("Ansible's inventory is the last one that is looked for, and told", "[cli]") {
  Machine machine;
  testing::write_file(machine.folder / "ansible.cfg", "[defaults]\ninventory = lab.ini\n");
  testing::write_file(machine.folder / "lab.ini", "[lab]\nn1\nn2\n");
  const auto bare = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {CEF_PROGRAM, "hosts", "--format", "names"});
    const std::string home = machine.folder.path().string();
    return testing::run(words, {.env = {{"XDG_CONFIG_HOME", home}, {"HOME", home}}, .cwd = home});
  };
  const auto ansibles = bare({});
  CHECK(ansibles.out == "n1\nn2\n");
  CHECK_THAT(ansibles.err, Catch::Contains("the inventory is") && Catch::Contains("lab.ini, Ansible's"));
  CHECK(bare({"-q"}).err.empty());
  CHECK(bare({"-i", "hosts.yml"}).out == "rpi6401\nrpi6402\nw01\n");  // a named one beats it
  std::filesystem::create_directories(machine.folder / "cef/inventory");
  testing::write_file(machine.folder / "cef/inventory/hosts.yml", "own: {hosts: {o1: }}\n");
  CHECK(bare({}).out == "o1\n");  // and so does cef's own
}

TEST_CASE("a command without dashes is told whole", "[cli]") {
  struct Case {
    std::vector<std::string> words;
    const char* line;
  };
  const Case cases[] = {
      {{"exec", "rpi", "uname", "-r"}, "cef exec rpi -- uname -r"},
      {{"exec", "rpi", "df", "-h"}, "cef exec rpi -- df -h"},
      {{"exec", "rpi", "ls", "-l", "/"}, "cef exec rpi -- ls -l /"},
      {{"exec", "rpi", "-f", "2", "uname", "-r"}, "cef exec rpi -f 2 -- uname -r"},
      {{"exec", "group=rpi", "w01", "uname", "-r"}, "cef exec group=rpi w01 -- uname -r"},
  };
  Machine machine;
  for (const Case& c : cases) {
    const auto result = machine.cef(c.words);
    CAPTURE(c.line, result.err);
    CHECK(result.exit_code == 5);
    std::string said = result.err;
    std::ranges::replace(said, '\n', ' ');
    CHECK_THAT(said, Catch::Contains("no command") && Catch::Contains(c.line));
  }
  CHECK(machine.cef({"exec", "rpi", "-h"}).exit_code == 0);
}

TEST_CASE("-w reads lists as host= does", "[cli]") {
  Machine machine;
  testing::write_file(machine.folder / "names", "n1\nn[3-4] # two\n");
  CHECK(machine.cef({"hosts", "-w", "@names", "--format", "names"}).out == "n1\nn3\nn4\n");
  CHECK(machine.cef({"hosts", "-w", "@nosuch"}).exit_code == 5);
  const auto piped = testing::run({CEF_PROGRAM, "hosts", "-w", "-", "--format", "names"}, {.input = "a\nb\n"});
  CHECK(piped.out == "a\nb\n");
}

TEST_CASE("how one logs in is told without a login as it is done with one", "[cli]") {
  Machine machine;
  const auto from = [&](std::vector<std::string> more, std::map<std::string, std::string> env = {}) {
    more.insert(more.begin(), {"hosts", "host=w01", "--explain", "--format", "csv"});
    return machine.cef(more, std::move(env)).out;
  };
  testing::write_file(machine.folder / "known", "");
  const std::string known = (machine.folder / "known").string();
  CHECK_THAT(from({}, {{"CEF_KNOWN_HOSTS", known}}), Catch::Contains(known + ",CEF_KNOWN_HOSTS"));
  CHECK_THAT(from({"--host-key", "strict"}), Catch::Contains("host_key,strict,'--host-key"));
  const auto block = machine.cef({"hosts", "host=w01", "--format", "ssh-config", "--known-hosts", known});
  CHECK_THAT(block.out, Catch::Contains("UserKnownHostsFile " + known));
}

TEST_CASE("what would change nothing, or not what was meant, is refused", "[cli]") {
  struct Case {
    std::vector<std::string> words;
    const char* part;
  };
  const Case cases[] = {
      {{"hosts", "--status", "failed"}, "--status has no meaning for hosts"},
      {{"runs", "--status", "failed"}, "--failed"},
      {{"hosts", "--where", "port=>1"}, "'=>' compares nothing"},
      {{"hosts", "--where", "host=='w01"}, "the quotation mark ' is not closed"},
      {{"play", "."}, "it is a folder"},
  };
  Machine machine;
  for (const Case& c : cases) {
    const auto result = machine.cef(c.words);
    CAPTURE(c.part, result.err);
    CHECK(result.exit_code == 5);
    std::string said = result.err;
    std::ranges::replace(said, '\n', ' ');
    CHECK_THAT(said, Catch::Contains(c.part));
  }
  CHECK_THAT(machine.cef({"hosts", "--where", "host=='w01'", "--format", "names"}).out, Catch::Equals("w01\n"));
  machine.config("fold: maybe\n");
  CHECK_THAT(machine.cef({"hosts"}).err, Catch::Contains("'maybe' is neither yes nor no"));
  machine.config("forks: 5\nforks: 6\n");
  CHECK_THAT(machine.cef({"hosts"}).err, Catch::Contains("config.yml:2:1: 'forks' is already set on line 1"));
  std::filesystem::remove(machine.folder / "cef/config.yml");
  std::filesystem::create_symlink("config.yml", machine.folder / "cef/config.yml");
  CHECK(machine.cef({"hosts"}).exit_code == 5);
}

TEST_CASE("-a is every host, on the command line alone", "[cli]") {
  Machine machine;
  CHECK(machine.cef({"hosts", "-a", "--format", "names"}).out == "rpi6401\nrpi6402\nw01\n");
  CHECK(machine.cef({"hosts", "-a", "-x", "rpi", "--format", "names"}).out == "w01\n");
  CHECK(machine.cef({"hosts", "--all-hosts", "tag=none", "--format", "names"}).exit_code == 3);
  CHECK(machine.cef({"ping", "-aC"}).exit_code == 5);
  // A verb that has the letter for itself keeps it.
  CHECK_THAT(machine.cef({"task", "nosuch", "-a", "name=x"}).err, Catch::Contains("nosuch"));
  CHECK_THAT(machine.cef({"ping"}, {{"CEF_ALL_HOSTS", "1"}}).err, Catch::Contains("no hosts selected"));
  machine.config("all-hosts: true\n");
  const auto kept = machine.cef({"hosts"});
  CHECK(kept.exit_code == 5);
  CHECK_THAT(kept.err, Catch::Contains("unknown option 'all-hosts'"));
}

TEST_CASE("colours are as --color says", "[cli]") {
  Machine machine;
  const auto coloured = [&](std::vector<std::string> more, std::map<std::string, std::string> env = {}) {
    more.insert(more.begin(), {"hosts", "rpi"});
    return machine.cef(more, std::move(env)).out.find('\x1b') != std::string::npos;
  };
  CHECK_FALSE(coloured({}));
  CHECK(coloured({"--color", "always"}));
  CHECK(coloured({"--colour=always"}));
  CHECK(coloured({"--color=always"}, {{"NO_COLOR", "1"}}));
  CHECK(coloured({}, {{"CLICOLOR_FORCE", "1"}}));
  CHECK_FALSE(coloured({"--color", "never"}, {{"CLICOLOR_FORCE", "1"}}));
  CHECK_FALSE(coloured({"--no-color"}, {{"CLICOLOR_FORCE", "1"}}));
  CHECK(coloured({}, {{"CEF_COLOR", "always"}}));
}

TEST_CASE("hosts are written as ssh's configuration, which stands for itself", "[cli]") {
  Machine machine;
  testing::write_file(machine.folder / "jump.yml",
                      "lab: {hosts: {gate: {address: 192.0.2.9, user: jo}, in: {address: 10.0.0.1, jump: gate, "
                      "port: 2200, key_file: /k/edge}, here: {local: true}}}\n");
  const auto result = machine.cef({"hosts", "-i", "jump.yml", "--format", "ssh-config", "--ssh-config", "none"});
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, Catch::Contains("Host gate\n  HostName 192.0.2.9\n  Port 22\n  User jo\n"));
  CHECK_THAT(result.out, Catch::Contains("Host in\n  HostName 10.0.0.1\n  Port 2200\n"));
  CHECK_THAT(result.out, Catch::Contains("  IdentityFile /k/edge\n"));
  CHECK_THAT(result.out, Catch::Contains("  ProxyCommand ssh -F none ") && Catch::Contains("User=jo"));
  CHECK_THAT(result.err, Catch::Contains("here is left out"));
}

TEST_CASE("options may stand before the verb, after it and between selectors", "[cli]") {
  Machine machine;
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--format", "names", "hosts", "group=rpi", "host=rpi6402"},
        {"hosts", "group=rpi", "--format", "names", "host=rpi6402"},
        {"hosts", "group=rpi", "host=rpi6402", "--format=names"},
        {"hosts", "-l", "rpi:&rpi6402", "--format=names"}}) {
    const auto result = machine.cef(words);
    CHECK(result.exit_code == 0);
    CHECK(result.out == "rpi6402\n");
  }
}

TEST_CASE("a value that looks like a verb is a value", "[cli]") {
  Machine machine;
  CHECK(machine.cef({"-u", "ping", "hosts", "group=rpi", "--format", "names"}).out == "rpi6401\nrpi6402\n");
}

TEST_CASE("the command line beats the environment, which beats the config file", "[cli]") {
  Machine machine;
  const std::vector<std::string> words{"hosts", "group=rpi"};
  machine.config("format: names\nno_header: true\n");
  CHECK(machine.cef(words).out == "rpi6401\nrpi6402\n");
  CHECK(machine.cef(words, {{"CEF_FORMAT", "csv"}}).out.starts_with("rpi6401,"));
  CHECK(machine.cef({"hosts", "group=rpi", "--format", "json"}, {{"CEF_FORMAT", "csv"}}).out.starts_with("{"));
}

TEST_CASE("what a verb or a format has no use for is passed over where all of them read it", "[cli]") {
  Machine machine;
  machine.config("forks: 3\nbecome: true\nlock: nightly\ncolumns: [host]\nfold: true\n");
  const auto json = machine.cef({"hosts", "group=rpi", "--format", "json"}, {{"CEF_TIMEOUT", "3"}});
  CHECK(json.exit_code == 0);
  CHECK(json.err.empty());
  machine.config("forks: none\njournal_keep_days: many\ncolumns: [host]\n");
  CHECK(machine.cef({"hosts", "group=rpi", "--format", "csv", "--no-header"}).out == "rpi6401\nrpi6402\n");
}

TEST_CASE("a mistake in the config file is told with its place", "[cli]") {
  Machine machine;
  machine.config("forks: 10\nformt: json\n");
  const auto result = machine.cef({"hosts"});
  CHECK(result.exit_code == 5);
  CHECK_THAT(result.err, Catch::Contains("config.yml:2:1") && Catch::Contains("did you mean 'format'?"));
}

TEST_CASE("a bad value names where it came from", "[cli]") {
  Machine machine;
  CHECK_THAT(machine.cef({"ping", "group=rpi"}, {{"CEF_FORKS", "x"}}).err, Catch::Contains("CEF_FORKS: 'x'"));
  machine.config("forks: x\n");
  CHECK_THAT(machine.cef({"ping", "group=rpi"}).err, Catch::Contains("config.yml:1: 'x'"));
  std::filesystem::remove(machine.folder / "cef/config.yml");
  REQUIRE(::mkfifo((machine.folder / "cef/config.yml").c_str(), 0600) == 0);
  CHECK_THAT(machine.cef({"ping", "group=rpi"}).err, Catch::Contains("it is a pipe"));
}

TEST_CASE("help and version need no inventory", "[cli]") {
  Machine machine;
  const std::map<std::string, std::string> nowhere{{"CEF_INVENTORY", "/nonexistent"}};
  CHECK(machine.cef({"--help"}, nowhere).exit_code == 0);
  CHECK(machine.cef({"ping", "-h"}, nowhere).out.starts_with("cef ping:"));
  CHECK(machine.cef({"help"}, nowhere).out == machine.cef({"-h"}, nowhere).out);
  CHECK(machine.cef({"help", "ping"}, nowhere).out.starts_with("cef ping:"));
  CHECK(machine.cef({"help", "exit-codes"}, nowhere).out.find("130") != std::string::npos);
  CHECK(machine.cef({"version"}, nowhere).out == machine.cef({"--version"}, nowhere).out);
  CHECK(machine.cef({"-V"}, nowhere).out == machine.cef({"--version"}, nowhere).out);
  CHECK(machine.cef({"--version"}, nowhere).out.starts_with("cef "));
  CHECK_THAT(machine.cef({"--version"}, nowhere).out, Catch::Contains("libssh 0."));
}

TEST_CASE("results go to a file only when they are complete", "[cli]") {
  Machine machine;
  const auto result = machine.cef({"hosts", "--format", "names", "--output", "out.txt"});
  CHECK(result.exit_code == 0);
  CHECK(result.out.empty());
  CHECK(testing::read_file(machine.folder / "out.txt") == "rpi6401\nrpi6402\nw01\n");
  const auto failed = machine.cef({"hosts", "--output", "no/such/folder/out.txt"});
  CHECK(failed.exit_code == 1);
  CHECK_THAT(failed.err, Catch::Contains("no/such/folder/out.txt"));
}

TEST_CASE("standard input names hosts", "[cli]") {
  Machine machine;
  const auto result =
      testing::run({CEF_PROGRAM, "hosts", "-i", (machine.folder / "hosts.yml").string(), "host=-", "--format", "names"},
                   {.input = "# two\nw01\n\nrpi6401\n"});
  CHECK(result.out == "rpi6401\nw01\n");
}

}  // namespace cef::cli
