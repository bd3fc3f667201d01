#include "files.hpp"

#include <cef/inventory/selector.hpp>

namespace cef::inventory {

namespace {

using Names = std::vector<std::string>;

constexpr const char* lab = R"(
rpi:
  vars: {tags: [arm64, seongnam]}
  hosts: {rpi6401: , rpi6402: {tags: [camera]}, rpi6403: , rpi6471: {address: 192.0.2.71}}
server:
  vars: {tags: [gpu]}
  hosts: {w01: {address: 192.0.2.1, tags: [arm64]}, p01: }
site: {children: {rpi: }, hosts: {gate: }}
empty:
)";

Result<std::string> no_input() { return Unexpected(Error{Code::io_failed, "standard input was read", ""}); }

// The words of a command line, options `-l PATTERN` among them.
Result<Names> chosen(const Inventory& inventory, const Names& words) {
  std::vector<Selector> selectors;
  std::vector<std::string> limits;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "-l") {
      limits.push_back(words[++i]);
      continue;
    }
    auto selector = parse_selector(words[i], no_input);
    if (!selector) return Unexpected(selector.error());
    selectors.push_back(std::move(*selector));
  }
  const auto indices = select(inventory, selectors, {.limits = std::move(limits)});
  if (!indices) return Unexpected(indices.error());
  Names names;
  for (const std::size_t i : *indices) names.push_back(inventory.hosts()[i].name);
  return names;
}

}  // namespace

TEST_CASE("selectors unite the values of a key, intersect keys, and subtract last", "[inventory]") {
  static const Inventory inventory = load_text(lab).inventory;
  struct Case {
    Names words;
    Names hosts;
  };
  const auto c = GENERATE(values<Case>({
      {{"group=rpi"}, {"rpi6401", "rpi6402", "rpi6403", "rpi6471"}},
      {{"group=site"}, {"rpi6401", "rpi6402", "rpi6403", "rpi6471", "gate"}},  // child groups count
      {{"group=all"}, {"rpi6401", "rpi6402", "rpi6403", "rpi6471", "w01", "p01", "gate"}},
      {{"group=server,rpi"}, {"rpi6401", "rpi6402", "rpi6403", "rpi6471", "w01", "p01"}},  // inventory order
      {{"group=server", "group=rpi"}, {"rpi6401", "rpi6402", "rpi6403", "rpi6471", "w01", "p01"}},
      {{"group=s*"}, {"rpi6401", "rpi6402", "rpi6403", "rpi6471", "w01", "p01", "gate"}},
      {{"group=rpi,empty"}, {"rpi6401", "rpi6402", "rpi6403", "rpi6471"}},
      {{"host=w01"}, {"w01"}},
      // nodeset's operators, from left to right
      {{"host=rpi[6401-6403]!rpi6402"}, {"rpi6401", "rpi6403"}},
      {{"host=rpi*!rpi[6402-6403]"}, {"rpi6401", "rpi6471"}},
      {{"host=rpi[6401-6402]&rpi[6402-6403]"}, {"rpi6402"}},
      {{"host=rpi[6401-6402]^rpi[6402-6403]"}, {"rpi6401", "rpi6403"}},
      {{"host=rpi[6401-6403],w01!rpi6401,p01"}, {"rpi6402", "rpi6403", "w01", "p01"}},
      {{"host=rpi[6401-6403]!rpi6401&rpi[6401-6402]"}, {"rpi6402"}},
      {{"host=w01", "host=w01!w01,p01"}, {"w01", "p01"}},  // each selector by itself
      {{"host=w01,rpi6401"}, {"rpi6401", "w01"}},
      {{"host=w01", "host=rpi6401"}, {"rpi6401", "w01"}},
      {{"host=w01,w01"}, {"w01"}},
      {{"host=rpi64*"}, {"rpi6401", "rpi6402", "rpi6403", "rpi6471"}},
      {{"host=?01"}, {"w01", "p01"}},
      {{"host=rpi[6401-6402,6471]"}, {"rpi6401", "rpi6402", "rpi6471"}},
      {{"host=rpi[6401:6402]"}, {"rpi6401", "rpi6402"}},
      {{"host=[p,w]01"}, {"w01", "p01"}},
      {{"host=rpi[6401-6402],w01"}, {"rpi6401", "rpi6402", "w01"}},
      {{"host=rpi64[01-02,71]*"}, {"rpi6401", "rpi6402", "rpi6471"}},
      {{"tag=arm64"}, {"rpi6401", "rpi6402", "rpi6403", "rpi6471", "w01"}},
      {{"tag=camera"}, {"rpi6402"}},
      {{"tag=camera,gpu"}, {"rpi6402", "w01", "p01"}},
      {{"tag=c*"}, {"rpi6402"}},
      {{"tag=arm64", "tag=gpu"}, {"rpi6401", "rpi6402", "rpi6403", "rpi6471", "w01", "p01"}},
      {{"tag=arm64", "group=server"}, {"w01"}},
      {{"group=rpi", "host=rpi640*", "tag=seongnam"}, {"rpi6401", "rpi6402", "rpi6403"}},
      {{"group=rpi", "host!=rpi6402"}, {"rpi6401", "rpi6403", "rpi6471"}},
      {{"host!=rpi6402", "group=rpi"}, {"rpi6401", "rpi6403", "rpi6471"}},
      {{"group!=rpi"}, {"w01", "p01", "gate"}},  // of all
      {{"group!=rpi", "host!=gate"}, {"w01", "p01"}},
      {{"tag!=camera", "group=rpi"}, {"rpi6401", "rpi6403", "rpi6471"}},
      {{"group!=rpi,server"}, {"gate"}},
      {{"host=w01", "tag!=camera"}, {"w01"}},
      {{"host!=rpi[6401-6403]", "group=rpi"}, {"rpi6471"}},
      {{"group=rpi", "-l", "rpi6401:rpi6402"}, {"rpi6401", "rpi6402"}},
      {{"-l", "rpi:!rpi6401"}, {"rpi6402", "rpi6403", "rpi6471"}},
      {{"-l", "rpi", "-l", "rpi6401,w01"}, {"rpi6401"}},
      {{"tag=arm64", "-l", "server"}, {"w01"}},
  }));
  DYNAMIC_SECTION(c.words.front() << " " << c.words.back()) {
    const auto hosts = chosen(inventory, c.words);
    if (!hosts) FAIL(hosts.error().message);
    CHECK(*hosts == c.hosts);
  }
}

TEST_CASE("a selection that cannot be made names what is near", "[inventory]") {
  static const Inventory inventory = load_text(lab).inventory;
  struct Case {
    Names words;
    Code code;
    const char* message;
  };
  const auto c = GENERATE(values<Case>({
      {{},
       Code::usage,
       "no hosts selected: say which, by a group, a host or a tag (groups: all 7, rpi 4, server 2, site 5, empty 0)"},
      {{"group=rip"}, Code::nothing_matched, "group 'rip' is not in the inventory: did you mean 'rpi'?"},
      {{"group=RPI"}, Code::nothing_matched, "group 'RPI' is not in the inventory: did you mean 'rpi'?"},
      {{"group=nowhere"},
       Code::nothing_matched,
       "group 'nowhere' is not in the inventory (groups: all 7, rpi 4, server 2, site 5, empty 0)"},
      {{"group=w01"}, Code::nothing_matched, "group 'w01' is not in the inventory: it is a host, write host=w01"},
      {{"group=x*"}, Code::nothing_matched, "group=x* matches nothing"},
      {{"group=empty"}, Code::nothing_matched, "no host matches group=empty"},
      {{"group=rpi,rip"}, Code::nothing_matched, "group 'rip' is not in the inventory: did you mean 'rpi'?"},
      {{"group!=rip"}, Code::nothing_matched, "group 'rip' is not in the inventory: did you mean 'rpi'?"},
      {{"host=rpi6404"}, Code::nothing_matched, "host 'rpi6404' is not in the inventory: did you mean 'rpi6401'?"},
      {{"host=rpi[6401-6409]"},
       Code::nothing_matched,
       "hosts 'rpi[6404-6409]' are not in the inventory: did you mean 'rpi6401'?"},
      {{"host=192.0.2.71"},
       Code::nothing_matched,
       "host '192.0.2.71' is not in the inventory: it is the address of rpi6471, write host=rpi6471"},
      {{"host=rpi"}, Code::nothing_matched, "host 'rpi' is not in the inventory: it is a group, write group=rpi"},
      {{"host=zzzzzzz"}, Code::nothing_matched, "host 'zzzzzzz' is not in the inventory"},
      {{"host=x*"}, Code::nothing_matched, "host=x* matches nothing"},
      {{"host!=w02", "group=server"}, Code::nothing_matched, "host 'w02' is not in the inventory: did you mean 'w01'?"},
      {{"tag=arm46"}, Code::nothing_matched, "no host has the tag 'arm46': did you mean 'arm64'?"},
      {{"tag=nothing"}, Code::nothing_matched, "no host has the tag 'nothing' (tags: arm64, camera, gpu, seongnam)"},
      {{"tag=server"}, Code::nothing_matched, "no host has the tag 'server': it is a group, write group=server"},
      {{"tag=w01"}, Code::nothing_matched, "no host has the tag 'w01': it is a host, write host=w01"},
      {{"group=gpu"}, Code::nothing_matched, "group 'gpu' is not in the inventory: it is a tag, write tag=gpu"},
      {{"host=gpu"}, Code::nothing_matched, "host 'gpu' is not in the inventory: it is a tag, write tag=gpu"},
      {{"group=all:!rpi"},
       Code::nothing_matched,
       "group 'all:!rpi' is not in the inventory: that is a pattern, write -l 'all:!rpi'"},
      {{"group=rpi", "host=w01"}, Code::nothing_matched, "no host matches group=rpi host=w01"},
      {{"group=rpi", "group!=rpi"}, Code::nothing_matched, "no host matches group=rpi group!=rpi"},
      {{"group=rpi", "-l", "server"}, Code::nothing_matched, "no host matches group=rpi --limit 'server'"},
      {{"-l", "sever"}, Code::nothing_matched, "--limit: 'sever' matches no group and no host: did you mean 'server'?"},
      {{"grop=rpi"}, Code::usage, "'grop=' is no selector: did you mean 'group='?"},
      {{"grop!=rpi"}, Code::usage, "'grop!=' is no selector: did you mean 'group!='?"},
      {{"tags=gpu"}, Code::usage, "'tags=' is no selector: did you mean 'tag='?"},
      {{"HOST=w01"}, Code::usage, "'HOST=' is no selector: did you mean 'host='?"},
      {{"colour=red"}, Code::usage, "'colour=' is no selector: hosts are selected with group=, host= and tag="},
      {{"rpi"}, Code::usage, "'rpi' is no selector: write group=, host= or tag="},
      {{"host="}, Code::usage, "'host=' has an empty value"},
      {{"host!="}, Code::usage, "'host!=' has an empty value"},
      {{"host=a,"}, Code::usage, "'host=a,' has an empty value"},
      {{"host=,a"}, Code::usage, "'host=,a' has an empty value"},
      {{"host=rpi[1-"}, Code::usage, "'rpi[1-': '[' without ']' (at character 4)"},
      {{"host=rpi[]"}, Code::usage, "'rpi[]': empty brackets (at character 5)"},
      {{"host=!w01"}, Code::usage, "'!w01': !, & and ^ stand between two host sets"},
      {{"host=w01&"}, Code::usage, "'w01&': !, & and ^ stand between two host sets"},
      {{"host=rpi*!nosuch"}, Code::nothing_matched, "host 'nosuch' is not in the inventory"},
      {{"host=rpi[9-1]"}, Code::usage, "'rpi[9-1]': the range 9-1 runs backwards (at character 5)"},
      {{"host=n[1-99999999]"}, Code::usage, "'n[1-99999999]': more than 1000000 names (at character 2)"},
      {{"host=@/nowhere/hosts"},
       Code::usage,
       "host=@/nowhere/hosts: cannot read /nowhere/hosts: No such file or directory"},
      {{"host=-"}, Code::io_failed, "standard input was read"},
  }));
  DYNAMIC_SECTION(c.message) {
    const auto hosts = chosen(inventory, c.words);
    REQUIRE_FALSE(hosts);
    CHECK(hosts.error().code == c.code);
    CHECK(hosts.error().message == c.message);
  }
}

TEST_CASE("bare words are read as one --limit would read them, and tags count where nothing else does", "[inventory]") {
  static const Inventory inventory = load_text(lab).inventory;
  struct Case {
    Names words, without;
    Names hosts;
  };
  const auto c = GENERATE(values<Case>({
      {{"rpi"}, {}, {"rpi6401", "rpi6402", "rpi6403", "rpi6471"}},
      {{"w01"}, {}, {"w01"}},
      {{"server", "rpi6401"}, {}, {"rpi6401", "w01", "p01"}},
      {{"all"}, {"site"}, {"w01", "p01"}},
      {{"*"}, {"rpi*", "gate"}, {"w01", "p01"}},
      {{"rpi[6401-6402,6471]"}, {}, {"rpi6401", "rpi6402", "rpi6471"}},
      {{"rpi640*"}, {"rpi[6402-6403]"}, {"rpi6401"}},
      {{"gpu"}, {}, {"w01", "p01"}},
      {{"camera", "w01"}, {}, {"rpi6402", "w01"}},
      {{"rpi:!rpi6401", "w01"}, {}, {"rpi6402", "rpi6403", "rpi6471", "w01"}},
      {{"rpi", "!rpi6401"}, {}, {"rpi6402", "rpi6403", "rpi6471"}},
      {{"rpi:&camera"}, {}, {"rpi6402"}},
      {{"rpi"}, {"camera"}, {"rpi6401", "rpi6403", "rpi6471"}},
      {{"rpi[0]"}, {}, {"rpi6401"}},
  }));
  DYNAMIC_SECTION(c.words.front() << " without " << (c.without.empty() ? "" : c.without.front())) {
    const auto indices = select(inventory, {}, {.words = c.words, .without = c.without});
    if (!indices) FAIL(indices.error().message);
    Names names;
    for (const std::size_t i : *indices) names.push_back(inventory.hosts()[i].name);
    CHECK(names == c.hosts);
  }
}

TEST_CASE("bare words meet selectors where both hold", "[inventory]") {
  static const Inventory inventory = load_text(lab).inventory;
  const auto both = select(inventory, {{Selector::Key::tag, false, {"arm64"}}}, {.words = {"server"}});
  REQUIRE(both);
  REQUIRE(both->size() == 1);
  CHECK(inventory.hosts()[both->front()].name == "w01");
}

TEST_CASE("a bare word that says nothing, or two things, is told", "[inventory]") {
  static const Inventory inventory = load_text(
                                         "lab: {hosts: {n1: {tags: [gpu], address: 192.0.2.9}}}\n"
                                         "n1: {hosts: {n2: }}\n")
                                         .inventory;
  struct Case {
    Choice choice;
    Code code;
    const char *message, *hint;
  };
  const auto c = GENERATE(values<Case>({
      {{.words = {"lbb"}}, Code::nothing_matched, "no group, host or tag is called 'lbb': did you mean 'lab'?", ""},
      {{.words = {"uptime"}}, Code::nothing_matched, "no group, host or tag is called 'uptime'", "comes after --"},
      {{.words = {"192.0.2.9"}}, Code::nothing_matched, "'192.0.2.9' is the address of n1: write n1", ""},
      {{.words = {"n1"}}, Code::usage, "'n1' is a group and a host", "write group=n1 or host=n1"},
      {{.words = {"lab:&n1"}}, Code::usage, "'n1' is a group and a host", "write group=n1 or host=n1"},
      {{.words = {"@lab"}}, Code::usage, "@lab: cannot read lab", "for the group write lab"},
      {{.words = {"gpu"}, .without = {"gpu"}}, Code::nothing_matched, "no host matches gpu --exclude 'gpu'", ""},
      {{.words = {"lab"}, .without = {"n3"}}, Code::nothing_matched, "--exclude: 'n3' matches no group", ""},
      {{.without = {"n2"}}, Code::usage, "no hosts selected", ""},
  }));
  DYNAMIC_SECTION(c.message) {
    const auto hosts = select(inventory, {}, c.choice);
    REQUIRE_FALSE(hosts);
    CHECK(hosts.error().code == c.code);
    CHECK_THAT(hosts.error().message, Catch::Contains(c.message));
    CHECK_THAT(hosts.error().hint, Catch::Contains(c.hint));
  }
}

TEST_CASE("values may come from a file or from standard input", "[inventory]") {
  const Inventory inventory = load_text(lab).inventory;
  const TemporaryFolder folder;
  const auto file =
      folder.write("hosts", "\xef\xbb\xbf# yesterday's failures\r\n\r\n  rpi6401  \r\nrpi[6402-6403]\n#w01\np*")
          .string();
  const auto from_file = parse_selector("host=@" + file + ",w01", no_input);
  REQUIRE(from_file);
  CHECK(from_file->values == Names{"rpi6401", "rpi[6402-6403]", "p*", "w01"});
  CHECK(select(inventory, {*from_file}, {}).value_or(std::vector<std::size_t>()).size() == 5);

  const auto from_input = parse_selector("host!=-", [] { return Result<std::string>("w01\np01\n"); });
  REQUIRE(from_input);
  CHECK(from_input->exclude);
  CHECK(from_input->values == Names{"w01", "p01"});

  // `cef ... --format names | cef ... host=-` after a run without results: nothing, not everything.
  const auto nothing = parse_selector("host=-", [] { return Result<std::string>("\n# none\n"); });
  REQUIRE(nothing);
  const auto hosts = select(inventory, {*nothing}, {});
  REQUIRE_FALSE(hosts);
  CHECK(hosts.error().code == Code::nothing_matched);
  CHECK(hosts.error().message == "host= was given an empty list");

  const auto broken = parse_selector("host=-", [] { return Result<std::string>("w[\n"); });
  CHECK_FALSE(broken);
}

TEST_CASE("a word is a selector when it is a name, = or !=, and anything", "[inventory]") {
  for (const char* word : {"group=rpi", "host!=x", "tag=", "colour=red", "a-b_c1=2"}) CHECK(is_selector(word));
  for (const char* word : {"", "ping", "=x", "!=x", "1=2", "a b=c", "--user=x", "a/b=c", "uptime", "a!b=c"})
    CHECK_FALSE(is_selector(word));
}

}  // namespace cef::inventory
