// What is read without yaml-cpp gives the same events as yaml-cpp, at the same places, or none at all.
#include <catch2/catch.hpp>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <quick.hpp>
#include <random>
#include <sstream>

namespace cef::yaml {

namespace quick_test {
namespace {

class Log : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { line("null", mark, ""); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { line("alias", mark, ""); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& text) override {
    line("scalar " + tag, mark, text);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    line("list " + tag, mark, "");
  }
  void OnSequenceEnd() override { said += "]\n"; }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override {
    line("map " + tag, mark, "");
  }
  void OnMapEnd() override { said += "}\n"; }

  std::string said;

 private:
  void line(const std::string& what, const YAML::Mark& mark, const std::string& text) {
    said += what + " " + std::to_string(mark.line) + ":" + std::to_string(mark.column) + " " + text + "\n";
  }
};

std::optional<std::string> quickly(const std::string& text) {
  Log log;
  if (read_quickly(text, log)) return log.said;
  CHECK(log.said.empty());
  return std::nullopt;
}

std::string slowly(const std::string& text) {
  Log log;
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    parser.HandleNextDocument(log);
    if (Log second; parser.HandleNextDocument(second)) log.said += "a second document\n" + second.said;
  } catch (const YAML::Exception& e) {
    log.said += e.what();
  }
  return log.said;
}

constexpr auto ordinary = R"(---
# The fleet, with 한글 in a comment.
all:
  vars: { user: jpark, key_file: ~/.ssh/edge_ed25519, port: 22 }
rpi:
  vars:
    tags: [arm64, site-seongnam]   # two
    assert:
      - temp.cpu_celsius<80
      - "disk.used_pct[/boot]<90"
    ntp_servers:
    - ntp1.example.net
    - 'ntp2.example.net'
  hosts:
    rpi[6401-6406]: { address: edge.example.net, port: "39[001-006]", nested: { a: [1, 2], b: {} } }
    rpi6471:
      address: 192.0.2.71
      empty:
      url: http://example.net:80/x?y=1#z
      time: 12:30
      "quoted key": 'it is # not a comment'
    w01:
    w02: ~

server:
  children:
    gpu:
      hosts: { w03: {}, w04: {port: 2222} }
  vars: {}
)";

}  // namespace
}  // namespace quick_test

using namespace quick_test;

TEST_CASE("an ordinary inventory is read quickly, as yaml-cpp reads it", "[yaml]") {
  const auto quick = quickly(ordinary);
  REQUIRE(quick);
  CHECK(*quick == slowly(ordinary));
}

TEST_CASE("what is not ordinary is left to yaml-cpp", "[yaml]") {
  const auto* text =
      GENERATE("", "\n", "a", "- a", "a: |\n  b\n", "a: &x b\n", "a: *x\n", "a: !vault b\n", "a: \"\\n\"\n",
               "a: 'it''s'\n", "a:\tb\n", "a: b\n  c\n", "a: b: c\n", "a: {b: c,\n d: e}\n", "a: {b: }\n", "a: {b}\n",
               "a: [b: c]\n", "a: b\n---\nc: d\n", "a: b\n...\n", "%YAML 1.1\n---\na: b\n", "a: b\r\n", "? a\n: b\n",
               "a : b\n", "a: - b\n", "a: b\n   c: d\n", "  a: b\n c: d\n", "\xc3\xa4: b\n", "a: \xc3\xa4\n",
               "a: 'b' c\n", "a: [b] c\n", "a: [b]#c\n", "a: `b\n", "a: @b\n", "a: %b\n", "<<: b\n", "a:\n  - b: c\n",
               "a:\n  - - b\n", "a:\n -\n", "a: [b, [c, d]", "a: 'b");
  INFO(text);
  CHECK_FALSE(quickly(text));
}

TEST_CASE("every YAML file of the fixtures is read alike", "[yaml]") {
  std::size_t read = 0;
  for (const char* folder : {"/tests/fixtures", "/inventory", "/playbooks"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(CEF_SOURCE) + folder)) {
      const auto ending = entry.path().extension();
      if (!entry.is_regular_file() || (ending != ".yml" && ending != ".yaml")) continue;
      INFO(entry.path());
      std::ifstream file(entry.path());
      std::stringstream text;
      text << file.rdbuf();
      const auto quick = quickly(text.str());
      if (!quick) continue;
      ++read;
      CHECK(*quick == slowly(text.str()));
    }
  CHECK(read > 20);
}

TEST_CASE("what becomes of an ordinary inventory by small changes is read alike, or left to yaml-cpp", "[yaml]") {
  std::mt19937 random(1);  // NOLINT: the same each time
  const auto pick = [&](std::size_t size) { return std::uniform_int_distribution<std::size_t>(0, size - 1)(random); };
  constexpr std::array pieces{" ",  "  ", "\n", ":", ": ", "#", " #",  "- ",       "-",     "'",     "\"",       "{",
                              "}",  "[",  "]",  ",", "a",  "~", "?",   "null",     "---\n", "...\n", "\n\n",     "!",
                              "&a", "*a", "|",  ">", "\\", "%", "a: ", "\n  b: c", "b\n",   "\t",    "\xc3\xa4", "<<"};
  std::size_t read = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = ordinary;
    const std::size_t begin = pick(text.size() / 2);
    if (pick(3) == 0) text = text.substr(text.find('\n', begin) + 1, pick(300));
    for (std::size_t changes = 1 + pick(3); changes > 0 && !text.empty(); --changes) {
      const std::size_t at = pick(text.size());
      switch (pick(3)) {
        case 0:
          text.erase(at, 1 + pick(3));
          break;
        case 1:
          text.insert(at, pieces[pick(pieces.size())]);
          break;
        default:
          text.replace(at, 1, pieces[pick(pieces.size())]);
      }
    }
    const auto quick = quickly(text);
    if (!quick) continue;
    ++read;
    const std::string slow = slowly(text);
    if (*quick == slow) continue;
    INFO(text);
    REQUIRE(*quick == slow);
  }
  CHECK(read > 2000);
}

}  // namespace cef::yaml
