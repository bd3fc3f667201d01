// A World for tests: variables from JSON, templates by name, lookups and filters that say what they were asked.
#pragma once

#include <cef/expr/expr.hpp>

#include <map>

namespace cef::expr {

class TestWorld : public World {
 public:
  Value variables = Value::object();
  std::map<std::string, std::string, std::less<>> templates;
  bool templated = false;          // all numbers came out of templates
  std::vector<std::string> asked;  // `lookup env(["HOME"])`

  TestWorld() = default;
  explicit TestWorld(Value all) : variables(std::move(all)) {}

  std::optional<Variable> variable(std::string_view name) override {
    const auto found = variables.find(std::string(name));
    if (found == variables.end()) return std::nullopt;
    if (*found == "this refers to itself") throw Trouble("the variable refers to itself");
    return Variable{&*found, templated};
  }

  std::optional<Value> call(const Request& request) override {
    const char* kinds[] = {"lookup", "filter", "test"};
    asked.push_back(std::string(kinds[static_cast<int>(request.kind)]) + " " + std::string(request.name) +
                    Value(request.positional).dump());
    if (request.name == "env") return Value{"/home/" + request.positional.at(0).get<std::string>()};
    if (request.name == "file") throw Trouble("file not found: " + request.positional.at(0).get<std::string>());
    if (request.name == "lines") return Value{"a", "b"};
    if (request.name == "realpath") return "/real" + request.positional.at(0).get<std::string>();
    if (request.name == "exists") return request.positional.at(0) == "/etc/hosts";
    return std::nullopt;
  }

  std::optional<std::string> source(std::string_view name) override {
    const auto found = templates.find(name);
    return found == templates.end() ? std::nullopt : std::optional<std::string>(found->second);
  }

  // 2026-11-26 10:00:00 UTC
  std::chrono::system_clock::time_point now() override {
    return std::chrono::system_clock::time_point(std::chrono::seconds(1'795'687'200));
  }
  std::uint64_t random() override { return next_random++ * 0x9e3779b97f4a7c15u; }

  std::uint64_t next_random = 1;
};

}  // namespace cef::expr
