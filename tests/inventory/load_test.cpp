#include "files.hpp"
#include "growth.hpp"

#include <cef/core/file.hpp>

namespace cef::inventory {

using Names = std::vector<std::string>;

TEST_CASE("ranges of names and of connection variables advance together", "[inventory]") {
  const auto loaded = load_text(R"(
rpi:
  hosts:
    rpi[6401-6403]: {address: "edge[1-3].example.net", port: "39[001-003]", rack: "r[1-3]"}
    w[1:2]: {ansible_host: "192.0.2.[11-12]", ansible_ssh_common_args: "-J gw[1-2]"}
    x[1-2]: {address: same.example.net, key_file: "~/.ssh/[a,b]"}
    v6: {address: "[2001:db8::1]"}
)");
  const Inventory& inventory = loaded.inventory;
  CHECK(names(inventory) == Names{"rpi6401", "rpi6402", "rpi6403", "w1", "w2", "x1", "x2", "v6"});
  CHECK(inventory.host("rpi6402")->settings.address == "edge2.example.net");
  CHECK(inventory.host("rpi6403")->settings.port == 39003);
  CHECK(inventory.host("rpi6403")->vars["port"] == "39003");
  CHECK(inventory.host("rpi6403")->vars["rack"] == "r[1-3]");  // no connection variable: kept as written
  CHECK(inventory.host("w2")->settings.address == "192.0.2.12");
  CHECK(inventory.host("w2")->settings.jump == "gw2");
  CHECK(inventory.host("x2")->settings.address == "same.example.net");
  CHECK(inventory.host("x2")->settings.key_files == Names{"~/.ssh/b"});
  CHECK(inventory.host("v6")->settings.address == "2001:db8::1");
}

TEST_CASE("ranges advance in INI files as well", "[inventory]") {
  const auto loaded = load_text("[rpi]\nrpi[6401:6402] port='39[001-002]' address=edge.example.net\n", "hosts");
  CHECK(loaded.inventory.host("rpi6402")->settings.port == 39002);
}

TEST_CASE("a host knows all its groups in inventory order, without all", "[inventory]") {
  const auto loaded = load_text(
      "a: {children: {b: {children: {c: {hosts: {h1: }}}}}}\nd: {hosts: {h1: , h2: }}\n"
      "all: {hosts: {alone: }}");
  CHECK(loaded.inventory.host("h1")->groups == Names{"a", "b", "c", "d"});
  CHECK(loaded.inventory.host("h2")->groups == Names{"d"});
  CHECK(loaded.inventory.host("alone")->groups == Names{"ungrouped"});
  REQUIRE(loaded.inventory.groups().size() == 6);
  CHECK(loaded.inventory.groups()[0].name == "all");
  CHECK(loaded.inventory.groups()[1].name == "ungrouped");
  CHECK(loaded.inventory.groups()[2].children == Names{"b"});
  CHECK(loaded.inventory.members("a") == std::vector<std::size_t>{0});
  CHECK(loaded.inventory.members("all") == std::vector<std::size_t>{0, 1, 2});
  CHECK(loaded.inventory.members("ungrouped") == std::vector<std::size_t>{2});
  CHECK(loaded.inventory.members("nowhere").empty());
  CHECK(loaded.inventory.host("nobody") == nullptr);
  CHECK(loaded.inventory.group("nowhere") == nullptr);
}

TEST_CASE("a group's variables are its own and its file's, not its parents'", "[inventory]") {
  const TemporaryFolder folder;
  const auto file = folder.write("hosts.yml", "a: {vars: {x: a}, children: {b: {vars: {y: b, z: b}, hosts: {h: }}}}");
  folder.write("group_vars/b.yml", "z: file");
  const auto loaded = load({file});
  REQUIRE(loaded);
  CHECK(loaded->inventory.group("b")->vars == Value({{"y", "b"}, {"z", "file"}}));
  CHECK(loaded->inventory.group("a")->vars == Value({{"x", "a"}}));
}

TEST_CASE("tags add up where other variables replace each other", "[inventory]") {
  const TemporaryFolder folder;
  const auto file = folder.write("hosts.yml", R"(
all: {vars: {tags: [everywhere]}}
a: {vars: {tags: [arm64, x]}, hosts: {h1: {tags: [own, x]}, h2: , h3: {tags: "one, two"}, h4: {tags: []}, h5: }}
b: {vars: {tags: bee}, hosts: {h2: }}
)");
  folder.write("group_vars/b.yml", "tags: [from-file]");
  folder.write("host_vars/h5.yml", "tags: mine");
  const auto loaded = load({file});
  REQUIRE(loaded);
  const auto tags = [&](const char* host) { return loaded->inventory.host(host)->settings.tags; };
  CHECK(tags("h1") == Names{"own", "x", "arm64", "everywhere"});
  CHECK(tags("h2") == Names{"arm64", "x", "from-file", "everywhere"});
  CHECK(tags("h3") == Names{"one", "two", "arm64", "x", "everywhere"});
  CHECK(tags("h4") == Names{"arm64", "x", "everywhere"});
  CHECK(tags("h5") == Names{"mine", "arm64", "x", "everywhere"});
  CHECK(loaded->inventory.host("h1")->vars["tags"] ==
        Value({"own", "x"}));  // to playbooks it is a variable like others
}

TEST_CASE("odd files load", "[inventory]") {
  struct Case {
    const char* what;
    const char* name;
    std::string text;
    Names hosts;
  };
  const auto c = GENERATE(values<Case>({
      {"a byte order mark before YAML", "hosts.yml", "\xef\xbb\xbfg: {hosts: {h: }}", {"h"}},
      {"a byte order mark before INI", "hosts", "\xef\xbb\xbf[g]\nh\n", {"h"}},
      {"DOS line ends in YAML", "hosts.yml", "g:\r\n  hosts:\r\n    h1:\r\n    h2:\r\n", {"h1", "h2"}},
      {"DOS line ends in INI", "hosts", "[g]\r\nh1\r\nh2 a=1\r\n", {"h1", "h2"}},
      {"old Mac line ends in INI", "hosts", "[g]\rh1\rh2\r", {"h1", "h2"}},
      {"no line end at the end", "hosts", "[g]\nh1", {"h1"}},
      {"tabs in INI", "hosts", "[g]\n\th1\ta=1\n", {"h1"}},
      {"a document start and end", "hosts.yaml", "---\ng: {hosts: {h: }}\n...\n", {"h"}},
      {"a YAML directive", "hosts.yml", "%YAML 1.1\n---\ng: {hosts: {h: }}\n", {"h"}},
      {"JSON", "hosts.json", R"({"g": {"hosts": {"h": {"a": "\u00e9"}}}})", {"h"}},
      {"YAML without an extension", "hosts", "g:\n  hosts:\n    h:\n", {"h"}},
      {"JSON without an extension", "hosts", R"({"g": {"hosts": {"h": null}}})", {"h"}},
      {"INI that begins with a host", "hosts", "h a=1\n", {"h"}},
      {"INI that begins with a host and its port", "hosts", "h:22\n", {"h"}},
      {"INI by its extension", "hosts.ini", "h:22\n", {"h"}},
      {"INI by an extension nobody knows", "hosts.prod", "[g]\nh\n", {"h"}},
      {"anchors", "hosts.yml", "x: &x {hosts: {h: {a: &a 1, b: *a}}}\ny: *x", {"h"}},
      {"unicode", "hosts.yml", "büro: {hosts: {müller1: , 서울: }}", {"müller1", "서울"}},
      {"a group without hosts", "hosts.yml", "g:", {}},
  }));
  DYNAMIC_SECTION(c.what) { CHECK(names(load_text(c.text, c.name).inventory) == c.hosts); }
}

TEST_CASE("a folder is its files in the order of their names", "[inventory]") {
  const TemporaryFolder folder;
  folder.write("20-b.yml", "g: {hosts: {b: {v: 2}, both: {v: 2}}}");
  folder.write("10-a", "[g]\na\nboth v=1 w=1\n");
  folder.write("30/c.yml", "g: {hosts: {c: }}");
  folder.write("notes.md", "no inventory");
  folder.write("ansible.cfg", "[defaults]\n");
  folder.write("copy.yml~", "g: {hosts: {old: }}");
  folder.write(".hidden.yml", "g: {hosts: {hidden: }}");
  folder.write("group_vars/g.yml", "from: file");
  const auto loaded = load({folder.path()});
  REQUIRE(loaded);
  CHECK(names(loaded->inventory) == Names{"a", "both", "b", "c"});
  CHECK(loaded->inventory.host("both")->vars["v"] == 2);
  CHECK(loaded->inventory.host("both")->vars["w"] == 1);
  CHECK(loaded->inventory.host("c")->vars["from"] == "file");
}

TEST_CASE("several sources are one inventory", "[inventory]") {
  const TemporaryFolder folder;
  const auto a = folder.write("a/hosts.yml", "g: {hosts: {h1: {v: a}}}"),
             b = folder.write("b/hosts", "[g]\nh2\nh1 v=b\n");
  folder.write("a/group_vars/g.yml", "f: a\nonly_a: 1");
  folder.write("b/group_vars/g.yml", "f: b");
  const auto loaded = load({a, b});
  REQUIRE(loaded);
  CHECK(names(loaded->inventory) == Names{"h1", "h2"});
  CHECK(loaded->inventory.host("h1")->vars["v"] == "b");
  CHECK(loaded->inventory.host("h1")->vars["f"] == "b");
  CHECK(loaded->inventory.host("h2")->vars["only_a"] == 1);
}

TEST_CASE("a source with a comma that is no file is a list of hosts", "[inventory]") {
  const auto loaded = load({"n[1:3],w[01-02]:2222, gw ,"});
  if (!loaded) FAIL(show(loaded.error().front()));
  CHECK(names(loaded->inventory) == Names{"n1", "n2", "n3", "w01", "w02", "gw"});
  CHECK(loaded->inventory.host("w02")->settings.port == 2222);
  CHECK(loaded->inventory.members("ungrouped").size() == 6);
  const TemporaryFolder folder;
  CHECK(names(load({folder.write("a,b.yml", "g: {hosts: {h: }}")})->inventory) == Names{"h"});
  const auto wrong = load({"n[3-1],"});
  REQUIRE_FALSE(wrong);
  CHECK(show(wrong.error().front()) == "-i n[3-1],: 'n[3-1]': the range 3-1 runs backwards (at character 3)");
}

TEST_CASE("programs of an inventory that nobody named are not run", "[inventory]") {
  const TemporaryFolder folder;
  folder.write("hosts.sh", "#!/bin/sh\necho x > \"${0%/*}/ran\"\necho '{}'\n", true);
  folder.write("more.yml", "g: {hosts: {h: }}");
  const auto loaded = load({folder.path()}, Programs::skip);
  REQUIRE(loaded);
  CHECK(names(loaded->inventory) == Names{"h"});
  CHECK(folder.show_all(loaded->warnings) ==
        Names{"hosts.sh: is a program, which is run only when it is named with -i; it is left out"});
  CHECK_FALSE(std::filesystem::exists(folder.path() / "ran"));
}

TEST_CASE("an inventory program is asked for its list", "[inventory]") {
  const TemporaryFolder folder;
  const auto program = folder.write("hosts.sh", R"(#!/bin/sh
echo asked "$@" >>"$(dirname "$0")/calls"
[ "$1" = --list ] && echo '{"g": {"hosts": ["h1", "h2"]}, "_meta": {"hostvars": {"h1": {"port": 2201}}}}'
)",
                                    true);
  const auto loaded = load({program});
  if (!loaded) FAIL(show(loaded.error().front()));
  CHECK(loaded->inventory.host("h1")->settings.port == 2201);
  CHECK(names(loaded->inventory) == Names{"h1", "h2"});
  CHECK(*read_file(folder.path() / "calls") == "asked --list\n");
}

TEST_CASE("ten thousand hosts load in ten times what a thousand take", "[inventory]") {
  const TemporaryFolder folder;
  CHECK(testing::grows_evenly(1000, [&](int hosts) {
    std::string text = "all: {vars: {user: operator}}\n";
    for (int group = 0; group < 50; ++group) {
      text += "g" + std::to_string(group) + ":\n  vars: {tags: [t" + std::to_string(group) + "]}\n  hosts:\n";
      for (int host = 0; host < hosts / 50; ++host)
        text += "    n" + std::to_string(group * (hosts / 50) + host) +
                ": {address: 192.0.2.1, port: 22, site: s, rack: r}\n";
    }
    const auto loaded = load({folder.write("hosts.yml", text)});
    REQUIRE(loaded);
    REQUIRE(loaded->inventory.hosts().size() == static_cast<std::size_t>(hosts));
  }));
}

}  // namespace cef::inventory
