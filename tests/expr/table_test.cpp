// The expressions, conditions and templates in tests/fixtures/expr: our results, what Ansible's were when they were
// captured, and what those of the installed Ansible are.

#include "world.hpp"

#include <cef/core/file.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace cef::expr {

namespace {

namespace fs = std::filesystem;

const fs::path folder = fs::path(CEF_FIXTURES) / "expr";

std::string text_of(const fs::path& path) {
  auto text = read_file(path);
  REQUIRE(text);
  return *text;
}

std::vector<fs::path> files_in(const fs::path& where, bool (*wanted)(const std::string&)) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(where))
    if (entry.is_regular_file() && wanted(entry.path().filename().string())) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

TestWorld world() {
  TestWorld made(Value::parse(text_of(folder / "variables.json")));
  for (const fs::path& path : files_in(folder / "templates", [](const std::string&) { return true; }))
    made.templates[path.filename().string()] = text_of(path);
  return made;
}

/// `{"of": ..., "value": ...}` or with an `error`, as oracle.py prints them.
template <class Parsed>
Value outcome(const std::string& of, const Parsed& result) {
  Value made{{"of", of}};
  if (result)
    made["value"] = *result;
  else
    made["error"] = show(result.error());
  return made;
}

Value of_expression(const std::string& line, TestWorld& variables) {
  const auto parsed = Template::parse("{{ " + line + " }}");
  return parsed ? outcome(line, parsed->evaluate(variables))
                : outcome(line, Result<Value, Problem>(Unexpected(parsed.error())));
}

Value of_condition(const std::string& line, TestWorld& variables) {
  const auto parsed = Condition::parse(line);
  return parsed ? outcome(line, parsed->holds(variables))
                : outcome(line, Result<bool, Problem>(Unexpected(parsed.error())));
}

Value of_template(const fs::path& path, TestWorld& variables) {
  const std::string name = path.filename().string();
  const auto parsed = Template::parse(text_of(path), Syntax::file());
  return parsed ? outcome(name, parsed->render(variables))
                : outcome(name, Result<bool, Problem>(Unexpected(parsed.error())));
}

// In the order of oracle.py: expressions and conditions by their files, then templates.
std::vector<Value> ours() {
  TestWorld variables = world();
  std::vector<Value> all;
  for (const fs::path& path : files_in(folder, [](const std::string& name) { return name.ends_with(".txt"); })) {
    std::istringstream lines(text_of(path));
    const bool conditions = path.filename().string().starts_with("conditions");
    for (std::string line; std::getline(lines, line);) {
      if (line.find_first_not_of(" \t") == std::string::npos || line.starts_with("#")) continue;
      all.push_back(conditions ? of_condition(line, variables) : of_expression(line, variables));
    }
  }
  for (const fs::path& path :
       files_in(folder / "templates", [](const std::string& name) { return !name.starts_with("_"); }))
    all.push_back(of_template(path, variables));
  return all;
}

// Equal in type and order of keys; floats but for the last digits, which depend on the machine's library.
bool same(const Value& a, const Value& b) {
  if (a.is_number_float() && b.is_number_float()) {
    const double x = a.get<double>(), y = b.get<double>();
    return x == y || std::fabs(x - y) <= 1e-12 * std::fabs(x);
  }
  if (a.is_number_integer() && b.is_number_integer()) return a == b;
  if (a.type() != b.type() || a.size() != b.size()) return false;
  if (!a.is_structured()) return a == b;
  auto x = a.items().begin();
  for (const auto& y : b.items()) {
    if (x.key() != y.key() || !same(x.value(), y.value())) return false;
    ++x;
  }
  return true;
}

void compare(const Value& theirs) {
  const auto results = ours();
  REQUIRE(results.size() == theirs.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    INFO(theirs[i].dump() << "\n" << results[i].dump(-1, ' ', false, Value::error_handler_t::replace));
    REQUIRE(results[i]["of"] == theirs[i]["of"]);
    CHECK(results[i].contains("error") == theirs[i].contains("error"));
    if (results[i].contains("value") && theirs[i].contains("value"))
      CHECK(same(results[i]["value"], theirs[i]["value"]));
  }
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

}  // namespace

TEST_CASE("expressions, conditions and templates give what Ansible gives", "[expr][table]") {
  ::setenv("TZ", "UTC", 1);
  const auto captured = Value::parse(text_of(folder / "expected.json"));
  CHECK(captured.size() >= 1100);
  compare(captured);
}

TEST_CASE("the installed Ansible still agrees with expressions and templates", "[expr][.ansible]") {
  ::setenv("TZ", "UTC", 1);
  if (std::system("/usr/bin/python3 -c 'import ansible.template' 2>/dev/null") != 0) {
    WARN("SKIPPED: ansible-core is not installed here, only its captured results were compared");
    return;
  }
  const std::string oracle = std::string(CEF_SOURCE) + "/tests/expr/oracle.py";
  compare(Value::parse(output_of("/usr/bin/python3 '" + oracle + "' '" + folder.string() + "' 2>/dev/null")));
}

}  // namespace cef::expr
