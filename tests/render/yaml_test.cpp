#include "samples.hpp"

#include <catch2/catch.hpp>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace cef::render::yaml_tests {

namespace {

// Texts that one YAML parser or another would read as something else.
std::vector<std::string> odd_texts() {
  return {"",
          " ",
          "plain",
          "two words",
          "/srv/models",
          "true",
          "True",
          "yes",
          "NO",
          "on",
          "Off",
          "y",
          "N",
          "null",
          "NULL",
          "~",
          "Null",
          "1",
          "1.5",
          "-1",
          "+1",
          "0x1f",
          "0o17",
          "017",
          "1e3",
          "1_000",
          ".5",
          ".inf",
          "-.INF",
          ".nan",
          "12:30:45",
          "190:20:30",
          "2026-11-23",
          "2026-11-23T10:15:00Z",
          "=",
          "<<",
          "-",
          "- a",
          "--- a",
          "---",
          "...",
          "? a",
          ": a",
          "a: b",
          "a:",
          "a #b",
          "#a",
          "a,b",
          "[a]",
          "{a}",
          "&a",
          "*a",
          "!a",
          "|",
          ">",
          "%a",
          "@a",
          "`a",
          "'a'",
          "\"a\"",
          "a'b\"c",
          "back\\slash",
          " leading",
          "trailing ",
          "tab\there",
          "two\nlines",
          "two\nlines\n",
          "ends twice\n\n",
          "\nstarts empty",
          " starts indented\nthen not",
          "a\n  b\n c\n",
          "a\n\n\nb\n",
          "\n",
          "\n\n",
          "a\n ",
          "a \nb",
          "# not a comment\nb\n",
          "- x\n- y\n",
          "a\r\nb",
          "\x1b[1m",
          "\x7f",
          "\u0085",
          "a\u2028b\nc",
          "\u2029",
          "\uFEFFa",
          "a\uFEFF\nb",
          "서버\n강남\n",
          "🚀",
          "\u202Eabc",
          "\u00A0",
          "e\u0301",
          "a\tb\nc",
          "--- \na\n",
          "...\nb\n",
          "%TAG\nb",
          std::string("\0", 1),
          std::string(3000, 'x'),
          std::string(300, 'x') + " y\nz"};
}

Report odd_report() {
  Value data;
  int i = 0;
  for (const std::string& text : odd_texts()) {
    data[fmt::format("k{}", i++)] = text;
    data["list"].push_back(text);
    data["in lists"].push_back(Value::array({text, text}));
    if (text.size() < 100) data["keys"][text] = text;
  }
  data["numbers"] = {0, -1, 1.5, 1e22, -1.5e-7, 1e-5, 18446744073709551615u, true, false, nullptr};
  data["empty"] = {{"list", Value::array()}, {"map", Value::object()}};
  data["nested"] = Value::array({Value::array({Value::array({1}), {{"a", Value::array({{{"b", 1}}})}}})});
  return report_of({answer("rpi6401", data), no_answer("off", Code::connect_timeout, "off: no answer: 10.0.3.5 #22")});
}

// Scalars stay texts: what type they have is the other test's matter.
Value texts_of(const YAML::Node& node) {
  if (node.IsMap()) {
    Value map = Value::object();
    for (const auto& entry : node) map[entry.first.Scalar()] = texts_of(entry.second);
    return map;
  }
  if (node.IsSequence()) {
    Value list = Value::array();
    for (const auto& entry : node) list.push_back(texts_of(entry));
    return list;
  }
  return node.IsNull() ? Value() : Value(node.Scalar());
}

}  // namespace

TEST_CASE("yaml reads back as the texts that were written", "[render]") {
  const std::string yaml = text_of(Format::yaml, ping_view(), odd_report());
  const Value read = texts_of(YAML::Load(yaml));
  const Value written = to_json(odd_report());
  const Value& data = written["results"][0]["data"];
  for (const auto& [key, value] : data.items()) {
    if (key == "numbers" || key == "empty" || key == "nested") continue;
    INFO(key << ": " << value);
    CHECK(read["results"][0]["data"][key] == value);
  }
  CHECK(read["results"][1]["host"] == "off");
}

TEST_CASE("yaml is the json document to a parser of version 1.1", "[render]") {
  if (std::system("python3 -c 'import yaml' 2>/dev/null") != 0) {
    WARN("python3 has no yaml module: not tested");
    return;
  }
  std::string folder = (std::filesystem::temp_directory_path() / "cef-yaml-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()));
  std::ofstream(folder + "/a.yaml") << text_of(Format::yaml, ping_view(), odd_report());
  std::ofstream(folder + "/a.json") << text_of(Format::json, ping_view(), odd_report());
  std::ofstream(folder + "/same.py") << R"(
import json, sys, yaml
folder = sys.argv[1]
y = yaml.safe_load(open(folder + "/a.yaml", encoding="utf-8"))
j = json.load(open(folder + "/a.json", encoding="utf-8"))
def compare(a, b, path):
    if type(a) is not type(b): print(path, repr(a), repr(b)); return False
    if isinstance(a, dict): return a.keys() == b.keys() and all([compare(a[k], b[k], path + [k]) for k in a])
    if isinstance(a, list): return len(a) == len(b) and all([compare(x, z, path + [i]) for i, (x, z) in enumerate(zip(a, b))])
    if a != b: print(path, repr(a), repr(b))
    return a == b
sys.exit(0 if compare(y, j, []) else 1)
)";
  CHECK(std::system(fmt::format("python3 {0}/same.py {0}", folder).c_str()) == 0);
  std::filesystem::remove_all(folder);
}

TEST_CASE("yaml is written for people", "[render]") {
  const Report report = report_of({printed("rpi6401", "two\nlines\n", "")}, "exec");
  CHECK(text_of(Format::yaml, exec_view(), report) == R"(schema: cef/1
results:
  - host: rpi6401
    groups:
      - rpi
    status: ok
    duration_ms: 143.2
    attempts: 1
    data:
      rc: 0
      stdout: |
        two
        lines
      stderr: ""
run: "20261123T101500Z-4f2a"
verb: exec
started: "2026-11-23T10:15:00Z"
duration_ms: 2312.0
summary:
  hosts: 1
  ok: 1
  changed: 0
  failed: 0
  unreachable: 0
  skipped: 0
)");
  CHECK(text_of(Format::yaml, ping_view(), report_of({})).starts_with("schema: cef/1\nresults: []\nrun: "));
}

}  // namespace cef::render::yaml_tests
