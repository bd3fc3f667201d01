// Beside the programs themselves, on made inputs, where they are installed: ClusterShell's nodeset and
// ansible-inventory. (ssh has its own in ssh_config_test.cpp.) Each is asked once for all inputs, which a seed makes
// the same every time.
#include "files.hpp"

#include <cef/core/file.hpp>
#include <cef/inventory/host_set.hpp>
#include <cef/inventory/selector.hpp>

#include <cstdio>
#include <random>
#include <set>
#include <sstream>

namespace cef::inventory {

namespace {

using Names = std::vector<std::string>;

std::string answer_of(const std::string& command) {
  std::string output;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe);
  char buffer[65536];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, n);
  ::pclose(pipe);
  return output;
}

// Debian's python has their modules; another one in PATH may not.
std::string peer(const std::string& script) {
  return "/usr/bin/python3 " CEF_SOURCE "/tests/inventory/peers/" + script;
}

bool has_module(const std::string& module) {
  if (answer_of("/usr/bin/python3 -c 'import " + module + "; print(1)' 2>/dev/null") == "1\n") return true;
  WARN("SKIPPED: python3 has no " + module + " here: scripts/deps --test");
  return false;
}

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  int upto(int most) { return std::uniform_int_distribution(0, most)(random_); }
  bool one_in(int n) { return upto(n - 1) == 0; }
  template <class T>
  const T& of(const std::vector<T>& list) {
    return list[static_cast<std::size_t>(upto(static_cast<int>(list.size()) - 1))];
  }

 private:
  std::mt19937 random_;
};

// What lies between commas outside brackets, sorted.
Names parts_of(std::string_view text) {
  Names parts{""};
  bool inside = false;
  for (const char c : text) {
    if (c == '[') inside = true;
    if (c == ']') inside = false;
    if (c == ',' && !inside)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  std::sort(parts.begin(), parts.end());
  return parts;
}

std::string number(int value, int width) {
  std::string text = std::to_string(value);
  return std::string(text.size() < static_cast<std::size_t>(width) ? static_cast<std::size_t>(width) - text.size() : 0,
                     '0') +
         text;
}

// One to three items, all of them from 0 to `most`.
std::string bracket(Dice& dice, int most, int width) {
  std::string items;
  for (int i = dice.upto(2); i >= 0; --i) {
    const int first = dice.upto(most), last = first + dice.upto(most - first);
    items += (items.empty() ? "" : ",") + number(first, width);
    if (last > first)
      items += "-" + number(last, width) + (dice.one_in(3) ? "/" + std::to_string(1 + dice.upto(3)) : "");
  }
  return "[" + items + "]";
}

std::string term(Dice& dice) {
  switch (dice.upto(4)) {
    case 0:
      return "n" + bracket(dice, 20, 0);
    case 1:
      return "n" + bracket(dice, 20, 2);
    case 2:
      return "r" + bracket(dice, 4, 0) + "c" + bracket(dice, 5, 2);
    case 3:
      return "n" + std::to_string(dice.upto(20));
    default:
      return "r" + std::to_string(dice.upto(4)) + "c" + bracket(dice, 5, 2);
  }
}

std::string expression(Dice& dice) {
  std::string text = term(dice);
  for (int more = dice.upto(4); more > 0; --more) text += dice.of<char>({',', '!', '&', '^'}) + term(dice);
  return text;
}

Names chosen(const Inventory& inventory, const std::string& set) {
  const auto selector = parse_selector("host=" + set, [] { return std::string(); });
  REQUIRE(selector);
  const auto hosts = select(inventory, {*selector}, {});
  Names names;
  if (!hosts) {
    CHECK(hosts.error().message.starts_with("no host matches"));
    return names;
  }
  for (const std::size_t i : *hosts) names.push_back(inventory.hosts()[i].name);
  std::sort(names.begin(), names.end());
  return names;
}

Names some_names(Dice& dice) {
  std::set<std::string> names;
  const int dimensions = 1 + dice.upto(2), most = 1 + dice.upto(11), width = dice.upto(2);
  for (int count = 1 + dice.upto(40); count > 0; --count) {
    std::string name = "n";
    for (int i = 0; i < dimensions; ++i)
      name += number(dice.upto(most), dice.one_in(8) ? width + 1 : width) + (i + 1 < dimensions ? "x" : "");
    names.insert(name);
  }
  return {names.begin(), names.end()};
}

std::string value(Dice& dice) {
  return dice.of<std::string>({"5", "yes", "text", "'quoted: text'", "[1, two]", "{k: v, n: {m: 1}}", "1.5", "0644",
                               "null", "'{{ other }}'", "2026-01-02", "\"\\u00e9\""});
}

std::string variables(Dice& dice, int most) {
  std::string text;
  std::set<int> used;
  for (int count = dice.upto(most); count > 0; --count)
    if (const int name = dice.upto(6); used.insert(name).second)
      text += (text.empty() ? "" : ", ") + ("v" + std::to_string(name)) + ": " + value(dice);
  return "{" + text + "}";
}

std::string some_hosts(Dice& dice) {
  std::string text;
  std::set<std::string> used;
  for (int count = dice.upto(4); count > 0; --count) {
    const std::string name =
        dice.one_in(4) ? "h[1:" + std::to_string(2 + dice.upto(3)) + "]" : "h" + std::to_string(dice.upto(9));
    if (used.insert(name).second) text += (text.empty() ? "" : ", ") + ("'" + name + "': ") + variables(dice, 3);
  }
  return "{" + text + "}";
}

// Groups may be children of those before them only, so that there is no loop.
std::string some_yaml(Dice& dice) {
  std::string text = "all: {vars: " + variables(dice, 3) + ", hosts: " + some_hosts(dice) + "}\n";
  const int groups = 1 + dice.upto(5);
  for (int i = 0; i < groups; ++i) {
    text += "g" + std::to_string(i) + ":\n  vars: " + variables(dice, 4) + "\n  hosts: " + some_hosts(dice) + "\n";
    std::string children;
    for (int child = i + 1; child < groups; ++child)
      if (dice.one_in(3)) children += "    g" + std::to_string(child) + ":\n";
    if (!children.empty()) text += "  children:\n" + children;
  }
  return text;
}

std::string some_ini(Dice& dice) {
  std::string text = "lone v0=1\n";
  const auto words = [&dice] {
    std::string line;
    for (int count = dice.upto(3); count > 0; --count)
      line += " v" + std::to_string(dice.upto(6)) + "=" +
              dice.of<std::string>({"5", "True", "text", "'a b'", "\"[1, 2]\"", "0644", "1.5", "a=b", "None"});
    return line;
  };
  const int groups = 1 + dice.upto(4);
  for (int i = 0; i < groups; ++i) {
    text += "[g" + std::to_string(i) + "]\n";
    for (int count = dice.upto(4); count > 0; --count)
      text +=
          (dice.one_in(4) ? "h[01:0" + std::to_string(2 + dice.upto(5)) + "]" : "h" + std::to_string(dice.upto(9))) +
          (dice.one_in(6) ? ":2222" : "") + words() + "\n";
    if (dice.one_in(2)) text += "[g" + std::to_string(i) + ":vars]\nv1 = some text # kept\nv2=[1, 'x']\n";
    if (i > 0 && dice.one_in(2))
      text += "[g" + std::to_string(dice.upto(i - 1)) + ":children]\ng" + std::to_string(i) + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a thousand sets and three hundred lists of names are what nodeset makes of them", "[inventory][.peers]") {
  if (!has_module("ClusterShell")) return;
  Dice dice(20261126);
  nlohmann::json asked{{"sets", nlohmann::json::array()}, {"folds", nlohmann::json::array()}};
  for (int i = 0; i < 1000; ++i) asked["sets"].push_back(expression(dice));
  for (int i = 0; i < 300; ++i) asked["folds"].push_back(some_names(dice));
  const TemporaryFolder folder;
  const auto file = folder.write("asked.json", asked.dump());
  const auto answer = nlohmann::json::parse(answer_of(peer("nodeset.py") + " <" + file.string()), nullptr, false);
  REQUIRE(answer.is_object());

  const auto loaded =
      load_text("g: {hosts: {'n[0-20]': , 'n[00-09]': , 'r[0-4]c[00-05]': }}");  // all that can be named
  for (std::size_t i = 0; i < asked["sets"].size(); ++i) {
    const auto set = asked["sets"][i].get<std::string>();
    INFO(set);
    CHECK(chosen(loaded.inventory, set) == answer["sets"][i].get<Names>());
  }
  for (std::size_t i = 0; i < asked["folds"].size(); ++i) {
    const auto names = asked["folds"][i].get<Names>();
    INFO(asked["folds"][i].dump());
    CHECK(parts_of(fold(names)) == parts_of(answer["folds"][i].get<std::string>()));
  }
}

TEST_CASE("two hundred inventories are listed as Ansible lists them", "[inventory][.peers]") {
  if (!has_module("ansible")) return;
  Dice dice(20261126);
  const TemporaryFolder folder;
  Names files;
  for (int i = 0; i < 200; ++i) {
    const std::string place = std::to_string(i) + "/";
    files.push_back((dice.one_in(2) ? folder.write(place + "hosts.yml", some_yaml(dice))
                                    : folder.write(place + "hosts", some_ini(dice)))
                        .string());
    for (int count = dice.upto(2); count > 0; --count)
      folder.write(place + "group_vars/" + dice.of<std::string>({"all.yml", "g0", "g1.yaml", "g2/x.yml"}),
                   variables(dice, 4) + "\n");
    if (dice.one_in(2))
      folder.write(place + "host_vars/h" + std::to_string(dice.upto(9)) + ".yml", variables(dice, 4) + "\n");
  }
  std::string command = "LC_ALL=C.UTF-8 HOME=" + folder.path().string() + " " + peer("ansible_inventory.py");
  for (const std::string& file : files) command += " " + file;
  std::istringstream lines(answer_of(command + " 2>/dev/null"));
  for (const std::string& file : files) {
    std::string line;
    REQUIRE(std::getline(lines, line));
    INFO(*read_file(file));
    const auto loaded = load({file});
    if (!loaded) FAIL(show(loaded.error().front()));
    CHECK(nlohmann::json::parse(list_json(loaded->inventory).dump()) == nlohmann::json::parse(line));
  }
}

}  // namespace cef::inventory
