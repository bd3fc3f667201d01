#include "read_json.hpp"

#include "draft.hpp"
#include "loaders.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <functional>

namespace cef::inventory {

namespace {

// The processor's time, the least of three.
double cost(const std::function<void()>& work) {
  double least = 1e9;
  for (int i = 0; i < 3; ++i) {
    const std::clock_t start = std::clock();
    work();
    least = std::min(least, static_cast<double>(std::clock() - start));
  }
  return least;
}

double json_cost(int hosts) {
  std::string list, vars;
  for (int i = 0; i < hosts; ++i) {
    list += fmt::format("{}\"n{}\"", i ? "," : "", i);
    vars += fmt::format("{}\"n{}\":{{\"ansible_host\":\"192.0.2.1\",\"ansible_port\":22}}", i ? "," : "", i);
  }
  const std::string text = fmt::format(
      R"({{"_meta":{{"hostvars":{{{}}}}},"web":{{"hosts":[{}]}},"ungrouped":{{"hosts":[{}]}}}})", vars, list, list);
  return cost([&] {
    Problems problems;
    Draft draft(problems);
    load_dynamic(
        "hosts",
        [&](const std::vector<std::string>&) {
          return ProgramOutput{text, "", ""};
        },
        draft, problems);
    draft.reconcile();
    REQUIRE(problems.errors().empty());
    REQUIRE(draft.groups()[*draft.find_group("web")].hosts.size() == static_cast<std::size_t>(hosts));
    REQUIRE(draft.hosts().back().vars.find("ansible_port"));
    REQUIRE(draft.groups()[Draft::ungrouped].hosts.empty());
  });
}

double yaml_cost(int hosts) {
  std::string text = "web:\n  hosts:\n";
  for (int i = 0; i < hosts; ++i) text += fmt::format("    n{}: {{ansible_host: 192.0.2.1, ansible_port: 22}}\n", i);
  return cost([&] {
    Problems problems;
    Draft draft(problems);
    load_yaml(text, "hosts", draft, problems);
    draft.reconcile();
    REQUIRE(draft.hosts().size() == static_cast<std::size_t>(hosts));
  });
}

}  // namespace

TEST_CASE("a program's JSON is read as it is written", "[inventory]") {
  const auto same = GENERATE("{}", "[]", "null", "7", "-7", "1.5", "\"text\"",
                             R"({"b":1,"a":[true,false,null,{"c":{}}]})", R"([[],{},[{"x":"\u00e9"}]])");
  DYNAMIC_SECTION(same) {
    const auto value = read_json(same);
    REQUIRE(value);
    CHECK(*value == Value::parse(same));
    CHECK(value->dump() == Value::parse(same).dump());
  }
}

TEST_CASE("of a key that a program prints twice the last value counts", "[inventory]") {
  CHECK(read_json(R"({"a":1,"b":{"x":1},"a":[2],"b":3})")->dump() == R"({"a":[2],"b":3})");
}

TEST_CASE("what is not JSON is not read", "[inventory]") {
  const auto text = GENERATE("", "{", "{]", "{\"a\"}", "{\"a\":1} x", "[1,", "nul", "\"\xff\"");
  DYNAMIC_SECTION(text) { CHECK_FALSE(read_json(text)); }
}

TEST_CASE("eight times the hosts of a program take no more of the time than they do in YAML", "[inventory]") {
  const double json = json_cost(40'000) / std::max(json_cost(5'000), 1.0);
  const double yaml = yaml_cost(40'000) / std::max(yaml_cost(5'000), 1.0);
  CHECK(json < 3 * yaml);
}

}  // namespace cef::inventory
