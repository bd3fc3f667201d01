#include "loaders.hpp"
#include "read_json.hpp"

#include <cef/core/duration.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>

namespace cef::inventory {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds limit{60};  // of each call
constexpr std::size_t limit_bytes = 256U << 20U;
constexpr std::size_t deepest = 500;  // copying and printing a value takes the stack by its depth

// How many brackets are open at once, at most.
std::size_t depth_of(std::string_view json) {
  std::size_t depth = 0, most = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text && c == '\\') ++i;
    if (c == '"') in_text = !in_text;
    if (in_text) continue;
    if (c == '[' || c == '{') most = std::max(most, ++depth);
    if ((c == ']' || c == '}') && depth > 0) --depth;
  }
  return most;
}

class DynamicInventory {
 public:
  DynamicInventory(const std::string& file, const Program& program, Draft& draft, Problems& problems)
      : program_(program), place_(problems.in(file)), draft_(draft), problems_(problems) {}

  void read() {
    const auto list = ask({"--list"});
    if (!list) return;
    const Value* host_vars = nullptr;
    for (const auto& [name, group] : list->items())
      if (name != "_meta")
        read_group(name, group);
      else if (group.is_object() && group.contains("hostvars"))
        host_vars = &group["hostvars"];
    if (!host_vars || host_vars->is_null()) {
      for (const Index host : hosts_)
        if (!ask_about(host)) return;  // the others would fail in the same way
      return;
    }
    if (!host_vars->is_object()) return error("'_meta' has 'hostvars' that are no object");
    std::unordered_map<std::string_view, const Value*> by_name;
    for (const auto& [name, vars] : host_vars->get_ref<const Value::object_t&>()) by_name.emplace(name, &vars);
    for (const Index host : hosts_)
      if (const auto vars = by_name.find(draft_.hosts()[host].name); vars != by_name.end())
        set_vars(host, *vars->second);
  }

 private:
  void error(const std::string& message) { problems_.error(place_, message); }

  // The program's answer; what it wrote to standard error belongs to the message when there is none.
  std::optional<Value> ask(const std::vector<std::string>& arguments) {
    ProgramOutput output = program_(arguments);
    const std::string call = fmt::format("{}", fmt::join(arguments, " "));
    const std::string said = last_lines(output.err);
    if (!output.failure.empty()) {
      error(fmt::format("the inventory program {} ({}){}", output.failure, call, said));
      return std::nullopt;
    }
    if (arguments.front() == "--host" && output.out.find_first_not_of(" \t\r\n") == std::string::npos)
      return Value::object();
    if (depth_of(output.out) > deepest) {
      error(fmt::format("the inventory program's answer is nested more than {} levels deep ({})", deepest, call));
      return std::nullopt;
    }
    auto answer = read_json(output.out);
    if (!answer || !answer->is_object()) {
      error(fmt::format("the inventory program must print a JSON object ({}){}", call, said));
      return std::nullopt;
    }
    return answer;
  }

  static std::string last_lines(std::string text) {
    constexpr std::size_t most = 1000;
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
    if (text.size() > most) text.erase(0, text.size() - most);
    return text.empty() ? "" : ": " + text;
  }

  // `{"hosts": [...], "vars": {...}, "children": [...]}`, or a bare list of hosts, or the variables of a host that has
  // the group's name.
  void read_group(const std::string& name, const Value& body) {
    const Index group = draft_.add_group(name);
    if (!body.is_object()) return read_hosts(group, body);
    if (!body.contains("hosts") && !body.contains("vars") && !body.contains("children")) {
      read_hosts(group, Value::array({name}));
      return read_vars(group, body);
    }
    if (body.contains("hosts")) read_hosts(group, body["hosts"]);
    if (body.contains("vars")) read_vars(group, body["vars"]);
    if (!body.contains("children")) return;
    for (const Value& child : body["children"]) {
      if (child.is_string() && !child.get_ref<const std::string&>().empty())
        draft_.add_child(group, draft_.add_group(child.get<std::string>()), place_);
      else
        error(fmt::format("group '{}' has a child that is no name: {}", name, child.dump()));
    }
  }

  void read_hosts(Index group, const Value& names) {
    if (!names.is_array())
      return error(fmt::format("the hosts of group '{}' are no list", draft_.groups()[group].name));
    for (const Value& name : names) {
      if (!name.is_string() || name.get_ref<const std::string&>().empty()) {
        error(fmt::format("group '{}' has a host that is no name: {}", draft_.groups()[group].name, name.dump()));
        continue;
      }
      const Index host = draft_.add_host(name.get<std::string>(), place_);
      draft_.add_member(group, host);
      if (seen_.insert(host).second) hosts_.push_back(host);
    }
  }

  void read_vars(Index group, const Value& vars) {
    if (!vars.is_object())
      return error(fmt::format("the variables of group '{}' are no object", draft_.groups()[group].name));
    for (const auto& [name, value] : vars.items()) draft_.set_group_variable(group, name, value, place_);
  }

  void set_vars(Index host, const Value& vars) {
    if (!vars.is_object())
      return error(fmt::format("the variables of host '{}' are no object", draft_.hosts()[host].name));
    for (const auto& [name, value] : vars.items()) draft_.set_host_variable(host, name, value, place_);
  }

  bool ask_about(Index host) {
    const auto vars = ask({"--host", draft_.hosts()[host].name});
    if (vars) set_vars(host, *vars);
    return vars.has_value();
  }

  const Program& program_;
  Place place_;
  Draft& draft_;
  Problems& problems_;
  std::vector<Index> hosts_;
  std::set<Index> seen_;
};

}  // namespace

void load_dynamic(const fs::path& file, Draft& draft, Problems& problems) {
  const Program program = [path = fs::absolute(file).string()](const std::vector<std::string>& arguments) {
    std::vector<std::string> command{path};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const ProgramCall call{.command = std::move(command), .limit = limit, .limit_bytes = limit_bytes};
    return run_program(call);
  };
  load_dynamic(file.string(), program, draft, problems);
}

void load_dynamic(const std::string& file, const Program& program, Draft& draft, Problems& problems) {
  DynamicInventory(file, program, draft, problems).read();
}

}  // namespace cef::inventory
