#include "limit.hpp"

#include "files.hpp"

#include <cef/core/file.hpp>

namespace cef::inventory {

namespace {

constexpr const char* fleet = R"(
rpi: {hosts: {rpi6401: , rpi6402: , rpi6403: , rpi6471: }}
server: {hosts: {w01: , p01: , "2001:db8::1": }}
gpu: {hosts: {w01: , rpi6403: }}
site: {children: {rpi: , server: }, hosts: {gate: }}
empty:
)";

std::vector<std::string> matched(const Inventory& inventory, const std::string& limit) {
  const auto indices = match_limit(inventory, limit);
  if (!indices) return {indices.error().message};
  std::vector<std::string> names;
  for (const std::size_t i : *indices) names.push_back(inventory.hosts()[i].name);
  return names;
}

}  // namespace

// Each of these was compared with `ansible -i FLEET all --list-hosts --limit PATTERN`, but for host sets.
TEST_CASE("limits choose what Ansible's do", "[inventory]") {
  static const Inventory inventory = load_text(fleet).inventory;
  struct Case {
    const char* limit;
    std::vector<std::string> hosts;
  };
  const auto c = GENERATE(values<Case>({
      {"all", {"rpi6401", "rpi6402", "rpi6403", "rpi6471", "w01", "p01", "2001:db8::1", "gate"}},
      {"*", {"rpi6401", "rpi6402", "rpi6403", "rpi6471", "w01", "p01", "2001:db8::1", "gate"}},
      {"rpi", {"rpi6401", "rpi6402", "rpi6403", "rpi6471"}},
      {"rpi6401", {"rpi6401"}},
      {"w01,rpi6401", {"rpi6401", "w01"}},
      {"w01:rpi6401", {"rpi6401", "w01"}},
      {" w01 , rpi6401 ", {"rpi6401", "w01"}},
      {"w01,,rpi6401,", {"rpi6401", "w01"}},
      {"rpi:&gpu", {"rpi6403"}},
      {"rpi,&gpu", {"rpi6403"}},
      {"&gpu:rpi", {"rpi6403"}},
      {"&gpu", {"rpi6403", "w01"}},
      {"rpi:!gpu", {"rpi6401", "rpi6402", "rpi6471"}},
      {"!gpu:rpi", {"rpi6401", "rpi6402", "rpi6471"}},  // the order of patterns does not count
      {"!rpi", {"w01", "p01", "2001:db8::1", "gate"}},
      {"rpi:server:&gpu:!w01", {"rpi6403"}},
      {"!w01:&gpu:server:rpi", {"rpi6403"}},
      {"gpu:!rpi6403:rpi6403", {"w01"}},  // taken away last
      {"site", {"rpi6401", "rpi6402", "rpi6403", "rpi6471", "w01", "p01", "2001:db8::1", "gate"}},
      {"rpi64*", {"rpi6401", "rpi6402", "rpi6403", "rpi6471"}},
      {"?01", {"w01", "p01"}},
      {"[wp]01", {"w01", "p01"}},
      {"[!w]01", {"p01"}},
      {"rpi640?:w*", {"rpi6401", "rpi6402", "rpi6403", "w01"}},
      {"g*", {"rpi6403", "w01", "gate"}},  // the group gpu and the host gate
      {"~rpi64(01|71)", {"rpi6401", "rpi6471"}},
      {"~.*1$", {"rpi6401", "rpi6471", "w01", "p01", "2001:db8::1"}},
      {"~(?i)RPI6401", {"rpi6401"}},
      {"~g.*:!w01", {"rpi6403", "gate"}},
      {"rpi[0]", {"rpi6401"}},
      {"rpi[-1]", {"rpi6471"}},
      {"rpi[-2]", {"rpi6403"}},
      {"rpi[0:1]", {"rpi6401", "rpi6402"}},
      {"rpi[0:2]", {"rpi6401", "rpi6402", "rpi6403"}},
      {"rpi[0-1]", {"rpi6401", "rpi6402"}},
      {"rpi[1:]", {"rpi6402", "rpi6403", "rpi6471"}},
      {"rpi[2:99]", {"rpi6403", "rpi6471"}},
      {"rpi[0:0]", {"rpi6401"}},
      {"rpi[1:0]", {"rpi6402"}},  // Ansible takes an end of 0 for none
      {"rpi[0],server[0]", {"rpi6401", "w01"}},
      {"site[0]", {"gate"}},  // a group's own hosts come before its children's
      {"rpi*[0]", {"rpi6401"}},
      {"2001:db8::1", {"2001:db8::1"}},
      {"2001:db8::1,w01", {"w01", "2001:db8::1"}},
      {"rpi[6401-6402]", {"rpi6401", "rpi6402"}},  // host sets, where Ansible's reading gives nothing
      {"rpi[6401:6402]", {"rpi6401", "rpi6402"}},
      {"rpi[6401-6402,6471]", {"rpi6401", "rpi6402", "rpi6471"}},
      {"rpi[6401-6402]:!rpi6401", {"rpi6402"}},
      {"empty", {}},
      {"rpi:empty", {"rpi6401", "rpi6402", "rpi6403", "rpi6471"}},
  }));
  DYNAMIC_SECTION(c.limit) { CHECK(matched(inventory, c.limit) == c.hosts); }
}

TEST_CASE("a limit that matches nothing says so", "[inventory]") {
  static const Inventory inventory = load_text(fleet).inventory;
  struct Case {
    const char* limit;
    Code code;
    const char* message;
  };
  const auto c = GENERATE(values<Case>({
      {"rip", Code::nothing_matched, "--limit: 'rip' matches no group and no host: did you mean 'rpi'?"},
      {"rpi:sever", Code::nothing_matched, "--limit: 'sever' matches no group and no host: did you mean 'server'?"},
      {"rpi:!w02", Code::nothing_matched, "--limit: 'w02' matches no group and no host: did you mean 'w01'?"},
      {"rpi:&cpu", Code::nothing_matched, "--limit: 'cpu' matches no group and no host: did you mean 'gpu'?"},
      {"~01", Code::nothing_matched,
       "--limit: '~01' matches no group and no host: did you mean 'w01'?"},  // from the start of a name
      {"nothing*", Code::nothing_matched, "--limit: 'nothing*' matches no group and no host"},
      {"rpi[9]", Code::nothing_matched, "--limit: 'rpi[9]' picks no host"},
      {"rpi[-9]", Code::nothing_matched, "--limit: 'rpi[-9]' picks no host"},
      {"rpi[3:1]", Code::nothing_matched, "--limit: 'rpi[3:1]' picks no host"},
      {"rpi[6401-6409]", Code::nothing_matched, "--limit: 'rpi[6401-6409]' picks no host"},
      {"rpi:22", Code::nothing_matched, "--limit: 'rpi:22' matches no group and no host"},
      {"", Code::nothing_matched, "--limit '' holds no pattern"},
      {" , ", Code::nothing_matched, "--limit ' , ' holds no pattern"},
      {"rpi,!", Code::usage, "--limit: '&' and '!' need a pattern after them"},
      {"@/nowhere/limit", Code::usage,
       "--limit @/nowhere/limit: cannot read /nowhere/limit: No such file or directory"},
  }));
  DYNAMIC_SECTION(c.limit) {
    const auto hosts = match_limit(inventory, c.limit);
    REQUIRE_FALSE(hosts);
    CHECK(hosts.error().code == c.code);
    CHECK(hosts.error().message == c.message);
  }
  const auto regex = match_limit(inventory, "~rpi(");
  REQUIRE_FALSE(regex);
  CHECK(regex.error().code == Code::usage);
  CHECK_FALSE(match_limit(inventory, "~(r)\\1"));
  // Each of these takes a matcher that goes back on its steps longer than anybody waits.
  for (const char* slow : {"~r****i****j*********pi65> j", "~(([a-z]*[a-z0-9]*)*)*!"})
    CHECK(match_limit(inventory, slow).error().code == Code::nothing_matched);
}

TEST_CASE("a limit may come from a file", "[inventory]") {
  const Inventory inventory = load_text(fleet).inventory;
  const TemporaryFolder folder;
  const std::string file = "@" + folder.write("limit", "# failed last time\nrpi6401\r\n\n  w01 \n!p01\n").string();
  CHECK(matched(inventory, file) == std::vector<std::string>{"rpi6401", "w01"});
  CHECK(matched(inventory, file + ",gate") == std::vector<std::string>{"rpi6401", "w01", "gate"});
  // Ansible takes an empty file for no limit at all, and works on every host.
  const auto empty = match_limit(inventory, "@" + folder.write("empty", "\n").string());
  REQUIRE_FALSE(empty);
  CHECK(empty.error().code == Code::nothing_matched);
}

}  // namespace cef::inventory
