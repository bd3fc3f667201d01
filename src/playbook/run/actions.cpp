#include "run/actions.hpp"

#include "load/loader.hpp"
#include "load/modules.hpp"
#include "load/search.hpp"
#include "run/argument_spec.hpp"

#include <cef/core/file.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

namespace cef::playbook {

namespace {

std::string text_at(const Value& raw, const char* name, std::string otherwise = {}) {
  const auto found = raw.find(name);
  return found == raw.end() || found->is_null() ? otherwise : as_text(*found);
}

// `a,b` or a list.
std::vector<std::string> list_at(const Value& raw, const char* name) {
  std::vector<std::string> list;
  const auto found = raw.find(name);
  if (found == raw.end() || found->is_null()) return list;
  const Value values = found->is_array() ? *found : Value::array({*found});
  for (const Value& each : values) {
    const std::string text = as_text(each);
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find(',', begin), text.size());
      if (const auto word = trim(std::string_view(text).substr(begin, end - begin)); !word.empty())
        list.emplace_back(word);
      begin = end + 1;
    }
  }
  return list;
}

// No template is made of what is final, whatever it looks like.
Value finished(const Value& value) {
  if (value.is_string())
    return expr::has_marks(value.get_ref<const std::string&>()) ? Value{{expr::unsafe_mark, value}} : value;
  if (!value.is_structured()) return value;
  Value all = value.is_array() ? Value::array() : Value::object();
  for (const auto& [key, item] : value.items())
    if (value.is_array())
      all.push_back(finished(item));
    else
      all[key] = finished(item);
  return all;
}

// `web1:2222` is a name and a port; an IPv6 address has them only in brackets.
std::pair<std::string, std::optional<std::int64_t>> split_port(const std::string& name) {
  const auto colon = name.rfind(':');
  const std::string digits = colon == std::string::npos ? "" : name.substr(colon + 1);
  if (digits.empty() || digits.size() > 5 || digits.find_first_not_of("0123456789") != std::string::npos)
    return {name, {}};
  std::string host = name.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string::npos)
    return {name, {}};
  return {host, std::stoll(digits)};
}

// What `set_fact: a=yes` means.
Value as_fact(const Value& value) {
  if (!value.is_string()) return value;
  const std::string word = lower(value.get<std::string>());
  if (word == "yes" || word == "true") return true;
  if (word == "no" || word == "false") return false;
  return value;
}

}  // namespace

asio::awaitable<TaskResult> OwnActions::run(Value raw) {
  const std::string& name = run_.task_.action;
  TaskResult result;
  if (name == "debug")
    result = co_await debug(raw);
  else if (name == "assert")
    result = co_await assert_that(raw);
  else if (name == "template")
    result = co_await template_file(std::move(raw));
  else if (name == "wait_for_connection")
    result = co_await wait_for_connection(raw);
  else if (name == "pause")
    result = co_await pause(raw);
  else if (name == "async_status")
    result = co_await async_status(raw);
  else if (name == "setup" || name == "gather_facts")
    result = co_await gather(std::move(raw));
  else if (name == "set_fact")
    result = set_fact(raw);
  else if (name == "fail")
    result = fail(raw);
  else if (name == "include_vars")
    result = include_vars(raw);
  else if (is_include(name))
    result = include(raw);
  else if (name == "add_host")
    result = add_host(raw);
  else if (name == "group_by")
    result = group_by(raw);
  else if (name == "validate_argument_spec")
    result = co_await validate_argument_spec(raw);
  else if (name == "ping")
    result.value["ping"] = text_at(raw, "data", "pong");
  co_return result;
}

asio::awaitable<TaskResult> OwnActions::debug(const Value& raw) {
  TaskResult result;
  if (const auto verbosity = raw.find("verbosity"); verbosity != raw.end())
    if (as_number(*verbosity, "verbosity") > world_.state().options().verbosity) {
      result.skipped = true;
      result.value["skipped_reason"] = "Verbosity threshold not met.";
      co_return result;
    }
  if (!raw.contains("var")) {
    result.value["msg"] = raw.contains("msg") ? raw["msg"] : Value("Hello world!");
    co_return result;
  }
  const Value& what = raw["var"];
  if (!what.is_string()) {
    result.value[what.dump()] = what;
    co_return result;
  }
  const std::string name = what.get<std::string>();
  const auto tree = expr::Tree::parse("{{ " + name + " }}");
  if (!tree) fail_task(fmt::format("var: {}", expr::show(tree.error())));
  std::string why;
  try {
    result.value[name] = co_await evaluator_.value(*tree);
  } catch (const Failure& failure) {
    why = as_text(failure.result.value["msg"]);
    if (failure.result.unreachable || why.find("undefined") == std::string::npos) throw;
  }
  if (!why.empty()) result.value[name] = "VARIABLE IS NOT DEFINED!";
  co_return result;
}

TaskResult OwnActions::set_fact(const Value& raw) {
  TaskResult result;
  Value facts = Value::object();
  for (const auto& [name, value] : raw.items()) {
    if (name == "cacheable") continue;
    if (!is_variable_name(name)) fail_task(fmt::format("'{}' is no name for a variable", name));
    facts[name] = as_fact(value);
  }
  if (facts.empty()) fail_task("set_fact sets nothing: give it name=value");
  for (const auto& [name, value] : facts.items())
    run_.facts_of_->set.insert_or_assign(name, Known{value, !run_.task_.args.constant()});
  // Else they are variables alone.
  if (const auto both = raw.find("cacheable"); both != raw.end() && is_true(*both)) Facts::take(*run_.facts_of_, facts);
  world_.forget();
  result.value["ansible_facts"] = std::move(facts);
  return result;
}

TaskResult OwnActions::fail(const Value& raw) {
  return failed_with(text_at(raw, "msg", "Failed as requested from task"));
}

asio::awaitable<TaskResult> OwnActions::assert_that(const Value& raw) {
  if (!raw.contains("that")) fail_task("assert wants `that`, a condition or a list of them");
  const Value& that = raw["that"];
  const Value list = that.is_array() ? that : Value::array({that});
  TaskResult result;
  for (const Value& each : list) {
    bool holds = false;
    if (each.is_string()) {
      auto test = expr::Condition::parse(each.get<std::string>());
      if (!test) fail_task(fmt::format("the assertion '{}': {}", as_text(each), expr::show(test.error())));
      const Condition condition{std::move(*test), each.get<std::string>(), run_.task_.place};
      holds = co_await evaluator_.holds(condition);
    } else {
      holds = is_true(each);
    }
    if (holds) continue;
    result.failed = true;
    result.value["assertion"] = each;
    result.value["evaluated_to"] = false;
    result.value["msg"] = raw.contains("fail_msg") ? raw["fail_msg"]
                          : raw.contains("msg")    ? raw["msg"]
                                                   : Value("Assertion failed");
    co_return result;
  }
  result.value["msg"] = raw.contains("success_msg") ? raw["success_msg"] : Value("All assertions passed");
  co_return result;
}

TaskResult OwnActions::include_vars(const Value& raw) {
  TaskResult result;
  const Frame& frame = *run_.task_.frame;
  const fs::path folder = world_.state().play->folder;
  std::vector<fs::path> files;
  std::string dir = text_at(raw, "dir");
  std::error_code ignored;
  if (!dir.empty()) {
    const auto found = find_file(frame, folder, "vars", dir);
    if (!found)
      fail_task(fmt::format("there is no folder {}; {}", dir, looked_in(search_folders(frame, folder, "vars"))));
    std::set<fs::path> sorted;
    for (const auto& entry : fs::recursive_directory_iterator(*found, ignored)) {
      const std::string ending = entry.path().extension().string();
      if (entry.is_regular_file(ignored) && (ending == ".yml" || ending == ".yaml" || ending == ".json"))
        sorted.insert(entry.path());
    }
    files.assign(sorted.begin(), sorted.end());
  } else {
    std::string name = text_at(raw, "file", text_at(raw, "_raw_params"));
    if (name.empty()) fail_task("include_vars wants a file");
    const auto found = find_file(frame, folder, "vars", name);
    if (!found)
      fail_task(fmt::format("there is no file {}; {}", name, looked_in(search_folders(frame, folder, "vars"))));
    files.push_back(*found);
  }
  const std::string under = text_at(raw, "name");
  Value all = Value::object(), names = Value::array();
  for (const fs::path& file : files) {
    auto values = world_.state().loader().read_variables(file);
    if (!values) fail_task(values.error());
    for (const auto& [name, value] : values->items()) all[name] = value;
    names.push_back(fs::absolute(file).lexically_normal().string());
  }
  const Place place = run_.task_.place;
  if (!under.empty()) {
    run_.facts_of_->included.insert_or_assign(under, Written(all, place));
  } else {
    for (const auto& [name, value] : all.items())
      run_.facts_of_->included.insert_or_assign(name, Written(value, place));
  }
  world_.forget();
  result.value["ansible_included_var_files"] = std::move(names);
  return result;
}

// What is found is brought in by the scheduler, for all hosts that want the same at once.
TaskResult OwnActions::include(const Value& raw) {
  TaskResult result;
  Wish wish;
  if (run_.task_.loop) {
    const Loop& loop = *run_.task_.loop;
    for (const std::string& name : {loop.variable, loop.index})
      if (!name.empty())
        if (const auto value = world_.variable(name); value && value->value) {
          wish.params.insert_or_assign(name, Written(finished(*value->value), run_.task_.place));
        }
  }
  if (run_.task_.action == "include_role") {
    wish.is_role = true;
    wish.file = text_at(raw, "name", text_at(raw, "role"));
    if (wish.file.empty()) fail_task("include_role names no role");
    wish.arguments = raw;
    result.value["include_role"] = wish.file;
  } else {
    const std::string name = text_at(raw, "file", text_at(raw, "_raw_params"));
    if (name.empty()) fail_task("include_tasks names no file");
    const Frame& frame = *run_.task_.frame;
    const fs::path folder = world_.state().play->folder;
    const auto found = find_file(frame, folder, run_.task_.is_handler ? "handlers" : "tasks", name);
    if (!found) {
      run_.ignores_ = false;  // that is of what is included, and there is nothing
      fail_task(fmt::format("there is no file {}; {}", name, looked_in(search_folders(frame, folder, "tasks"))));
    }
    wish.file = found->string();
    result.value["include"] = wish.file;
  }
  run_.wishes_.push_back(std::move(wish));
  return result;
}

TaskResult OwnActions::add_host(const Value& raw) {
  TaskResult result;
  std::string name = text_at(raw, "name", text_at(raw, "hostname", text_at(raw, "host", text_at(raw, "_raw_params"))));
  if (name.empty()) fail_task("add_host names no host");
  Value variables = Value::object();
  for (const auto& [key, value] : raw.items())
    if (key != "name" && key != "hostname" && key != "host" && key != "groups" && key != "group" &&
        key != "groupname" && key != "_raw_params")
      variables[key] = value;
  if (const auto [address, port] = split_port(name); port) {
    variables["ansible_ssh_port"] = *port;
    name = address;
  }
  std::vector<std::string> groups = list_at(raw, "groups");
  for (const char* other : {"group", "groupname"})
    for (std::string& each : list_at(raw, other)) groups.push_back(std::move(each));
  const auto added = world_.state().add_host(name, groups, finished(variables));
  if (!added) fail_task(added.error());
  result.changed = *added;
  result.value["add_host"] = Value{{"host_name", name}, {"groups", groups}, {"host_vars", variables}};
  world_.forget();
  return result;
}

TaskResult OwnActions::group_by(const Value& raw) {
  TaskResult result;
  std::string key = text_at(raw, "key");
  if (key.empty()) fail_task("group_by wants a key");
  auto parents = list_at(raw, "parents");
  if (parents.empty()) parents = {"all"};
  std::ranges::replace(key, ' ', '-');
  for (std::string& parent : parents) std::ranges::replace(parent, ' ', '-');
  const auto added = world_.state().add_to_group(world_.host(), key, parents);
  if (!added) fail_task(added.error());
  result.changed = *added;
  result.value["add_group"] = key;
  result.value["parent_groups"] = parents;
  world_.forget();
  return result;
}

asio::awaitable<TaskResult> OwnActions::validate_argument_spec(const Value& raw) {
  TaskResult result;
  const auto spec = raw.find("argument_spec");
  if (spec == raw.end() || !spec->is_object()) fail_task("validate_argument_spec wants argument_spec");
  Value given = raw.value("provided_arguments", Value::object());
  for (const auto& [name, rule] : spec->items()) {
    if (given.contains(name)) continue;
    const auto tree = expr::Tree::parse("{{ " + name + " | default(omit) }}");
    if (!tree) continue;
    Value value = co_await evaluator_.value(*tree);
    if (!expr::is_omit(value)) given[name] = std::move(value);
  }
  if (raw.contains("validate_args_context")) result.value["validate_args_context"] = raw["validate_args_context"];
  const auto errors = spec_errors(*spec, given);
  if (errors.empty()) {
    result.value["msg"] = "The arg spec validation passed";
    co_return result;
  }
  result.failed = true;
  result.value["argument_errors"] = errors;
  std::string all = "Validation of arguments failed:";
  for (const std::string& each : errors) all += "\n" + each;
  result.value["msg"] = std::move(all);
  co_return result;
}

}  // namespace cef::playbook
