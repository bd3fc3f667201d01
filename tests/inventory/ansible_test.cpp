// What ansible-inventory prints for the same files, and what we print: the captures in tests/fixtures/inventory/, and
// the program itself where it is installed.

#include "files.hpp"

#include <cef/core/file.hpp>
#include <cef/inventory/names.hpp>

#include <cstdio>
#include <set>

namespace cef::inventory {

namespace {

namespace fs = std::filesystem;

const fs::path fixtures = fs::path(CEF_FIXTURES) / "inventory";

std::vector<std::string> cases() {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(fixtures))
    if (entry.is_directory()) names.insert(entry.path().filename().string());
  return {names.begin(), names.end()};
}

// Entries whose names begin with `hosts`, in order, as capture.sh takes them.
std::vector<fs::path> sources_of(const fs::path& folder) {
  std::set<fs::path> sources;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().starts_with("hosts")) sources.insert(entry.path());
  return {sources.begin(), sources.end()};
}

std::string output_of(const std::string& command) {
  std::string output;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe);
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, n);
  ::pclose(pipe);
  return output;
}

void compare(const std::string& list, const std::string& drawn, const fs::path& folder) {
  const auto loaded = load(sources_of(folder));
  if (!loaded) FAIL(show(loaded.error().front()));
  CHECK(nlohmann::json::parse(list_json(loaded->inventory).dump()) == nlohmann::json::parse(list));
  CHECK(graph(loaded->inventory) == drawn);
}

// What load_names() finds, beside load().
void compare_names(const std::vector<fs::path>& sources) {
  const auto loaded = load(sources, Programs::skip);
  const auto names = load_names(sources);
  REQUIRE(names.has_value() == bool(loaded));
  if (!loaded) return;
  const Inventory& inventory = loaded->inventory;
  std::vector<std::string> hosts;
  std::set<std::string> tags;
  for (const Host& host : inventory.hosts()) {
    hosts.push_back(host.name);
    tags.insert(host.settings.tags.begin(), host.settings.tags.end());
  }
  CHECK(names->hosts == hosts);
  CHECK(names->tags == std::vector<std::string>(tags.begin(), tags.end()));
  REQUIRE(names->groups.size() == inventory.groups().size());
  for (std::size_t i = 0; i < names->groups.size(); ++i) {
    const NameList::Group& group = names->groups[i];
    CHECK(group.name == inventory.groups()[i].name);
    std::vector<std::string> members;
    for (const std::size_t member : inventory.members(group.name)) members.push_back(hosts[member]);
    CHECK(group.hosts == members);
  }
}

}  // namespace

TEST_CASE("the list and the graph are what Ansible prints for the same files", "[inventory]") {
  const auto names = cases();
  CHECK(names.size() >= 20);
  for (const std::string& name : names) DYNAMIC_SECTION(name) {
      const auto list = read_file(fixtures / name / "list.json"), drawn = read_file(fixtures / name / "graph.txt");
      REQUIRE(list);
      REQUIRE(drawn);
      compare(*list, *drawn, fixtures / name);
    }
}

TEST_CASE("the installed ansible-inventory still agrees", "[inventory][.ansible]") {
  if (output_of("command -v ansible-inventory").empty()) {
    WARN("SKIPPED: ansible-inventory is not installed here, only its captured output was compared");
    return;
  }
  for (const std::string& name : cases()) DYNAMIC_SECTION(name) {
      std::string command = "LC_ALL=C.UTF-8 ansible-inventory";
      for (const fs::path& source : sources_of(fixtures / name)) command += " -i '" + source.string() + "'";
      compare(output_of(command + " --list 2>/dev/null"), output_of(command + " --graph 2>/dev/null"), fixtures / name);
    }
}

TEST_CASE("the names alone are those of the inventory", "[inventory]") {
  for (const std::string& name : cases()) DYNAMIC_SECTION(name) compare_names(sources_of(fixtures / name));
}

TEST_CASE("the names alone are those of the inventory, whatever variables its hosts have", "[inventory]") {
  const char* text = GENERATE(as<const char*>(),  //
                              "g: {vars: {tags: [t]}, hosts: {a: {x: 1, tags: [u, t]}, b: {y: [1]}}}",
                              "g: {vars: {tags: [t]}, hosts: {a: {ansible_user: x, tags: [u]}, b: {cef_tags: [v]}}}",
                              "g: {vars: {tags: [t], ansible_port: 1}, hosts: {'a:22': {tags: [u]}, b: {}}}",
                              "g: {hosts: {'a:22': {tags: [u]}}}",
                              "g: {hosts: {a: {tags: [u]}}}\nh: {hosts: {a: {tags: [v], ansible_host: b}}}",
                              "g: {hosts: {'a[1-3]': {address: 'b[1-2]'}}}",      // an error
                              "g: {hosts: {a: {ansible_host: 'b[1-2]'}}}",        // another
                              "g: {hosts: {a: {address: 'b[1-2]', tags: [u]}}}",  // none
                              "g: {hosts: {'a[1-3]': {prot: 22, tags: {k: v}}, 5: {}}}",
                              "g: {hosts: {a: {tags: no}, b: {tags: '{{ x }}'}, c: {<<: {tags: [m]}, z: 1}}}",
                              "g: {hosts: {a: {x: 1, x: 2, tags: [q], tags: [r]}, b: [1]}}");
  DYNAMIC_SECTION(text) {
    const TemporaryFolder files;
    compare_names({files.write("hosts.yml", text)});
  }
}

TEST_CASE("the list's keys are sorted as Ansible sorts them", "[inventory]") {
  const auto loaded = load_text("b: {hosts: {z: {y: 1, x: {q: 1, p: 2}}, a: {k: 1}}}");
  CHECK(list_json(loaded.inventory).dump() == R"({"_meta":{"hostvars":{"a":{"k":1},"z":{"x":{"p":2,"q":1},"y":1}}},)"
                                              R"("all":{"children":["ungrouped","b"]},"b":{"hosts":["z","a"]}})");
}

TEST_CASE("a graph can start at any group", "[inventory]") {
  const auto loaded = load_text("a: {children: {b: {hosts: {h1: }}}, hosts: {h2: }}");
  CHECK(graph(loaded.inventory, "a") == "@a:\n  |--@b:\n  |  |--h1\n  |--h2\n");
  CHECK(graph(loaded.inventory, "b") == "@b:\n  |--h1\n");
  CHECK(graph(loaded.inventory, "nowhere").empty());
}

}  // namespace cef::inventory
