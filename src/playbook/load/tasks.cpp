// Lists of tasks: a task's own keywords, its module, its loop; blocks.
#include "load/loader.hpp"
#include "load/modules.hpp"

#include <cef/core/suggest.hpp>
#include <cef/playbook/arguments.hpp>
#include <cef/tasks/modules.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cef::playbook {

namespace {

const std::array<std::string, 44> task_words{"name",
                                             "when",
                                             "tags",
                                             "vars",
                                             "action",
                                             "local_action",
                                             "args",
                                             "async",
                                             "poll",
                                             "changed_when",
                                             "failed_when",
                                             "until",
                                             "retries",
                                             "delay",
                                             "loop",
                                             "loop_control",
                                             "notify",
                                             "register",
                                             "listen",
                                             "with_items",
                                             "block",
                                             "rescue",
                                             "always",
                                             "become",
                                             "become_user",
                                             "become_method",
                                             "become_flags",
                                             "check_mode",
                                             "collections",
                                             "connection",
                                             "debugger",
                                             "delegate_to",
                                             "delegate_facts",
                                             "diff",
                                             "environment",
                                             "ignore_errors",
                                             "ignore_unreachable",
                                             "module_defaults",
                                             "no_log",
                                             "port",
                                             "remote_user",
                                             "run_once",
                                             "throttle",
                                             "timeout"};

constexpr std::array<std::string_view, 18> lookups{
    "items",     "list",      "dict",        "fileglob", "first_found",   "sequence", "indexed_items",
    "together",  "nested",    "subelements", "lines",    "random_choice", "file",     "inventory_hostnames",
    "flattened", "cartesian", "filetree",    "ini"};

bool is_nothing(const yaml::Node& node) { return node.kind == yaml::Node::Kind::scalar && to_value(node).is_null(); }

}  // namespace

Items Loader::read_items(const Node& node, const Around& around) {
  Items items;
  if (is_nothing(node)) return items;
  if (node.kind != Node::Kind::list) {
    error(node.place, fmt::format("tasks are a list, not {}", describe(node)));
    return items;
  }
  for (const Node* item : node.items) read_item(*item, around, items);
  return items;
}

void Loader::read_item(const Node& node, const Around& around, Items& items) {
  if (is_nothing(node)) return;
  if (node.kind != Node::Kind::map)
    return error(node.place, fmt::format("a task is a mapping, not {}", describe(node)));
  const bool is_block = std::any_of(node.entries.begin(), node.entries.end(),
                                    [](const auto& entry) { return entry.first->text == "block"; });
  if (is_block) {
    items.emplace_back(read_block(node, around));
    return;
  }
  const auto task = read_task(node, around);
  if (!task) return;
  if (is_import(*task, around)) return import_tasks(*task, around, items);
  if (task->action == "import_role") return import_role(*task, around, items);
  items.emplace_back(std::shared_ptr<const Task>(task));
}

std::shared_ptr<const Block> Loader::read_block(const Node& node, const Around& around) {
  auto block = std::make_shared<Block>();
  block->frame = std::make_shared<Frame>();
  block->frame->parent = around.parent;
  block->frame->place = block->place = node.place;
  const Node *tasks = nullptr, *rescue = nullptr, *always = nullptr;
  for (const auto& [key, value] : node.entries) {
    const std::string name = yaml::key_text(*key);
    if (name == "block")
      tasks = value;
    else if (name == "rescue")
      rescue = value;
    else if (name == "always")
      always = value;
    else if (name == "name")
      block->name = text_of(*value);
    else if (name == "notify")
      error(key->place, "notify on a block is not supported: give it to the tasks");
    else if (!take_common(*key, *value, 'b', *block->frame))
      error(key->place, fmt::format("a block has no '{}'", name));
  }
  Around inside = around;
  inside.parent = block->frame;
  inside.guarded = around.guarded || !block->frame->when.empty();
  if (tasks) block->tasks = read_items(*tasks, inside);
  if (always) block->always = read_items(*always, inside);
  inside.guarded = true;
  if (rescue) block->rescue = read_items(*rescue, inside);
  return block;
}

std::shared_ptr<Task> Loader::read_task(const Node& node, const Around& around) {
  auto task = std::make_shared<Task>();
  task->place = node.place;
  task->is_handler = around.handlers;
  task->frame = std::make_shared<Frame>();
  task->frame->parent = around.parent;
  task->frame->place = node.place;
  const std::size_t errors = problems_.errors().size();
  // `args` are defaults for the module's own, so these come after it.
  const Node* arguments = nullptr;
  std::vector<std::pair<const Node*, const Node*>> actions;
  for (const auto& [key, value] : node.entries) {
    const std::string name = yaml::key_text(*key);
    if (name == "args") {
      arguments = value;
    } else if (name == "listen" && !around.handlers) {
      error(key->place, "'listen' is for handlers: a task of the play is reached in its turn");
    } else if (name == "action" || name == "local_action" || !take_task_key(*key, *value, *task, around)) {
      actions.emplace_back(key, value);
    }
  }
  if (actions.size() > 1) {
    // The one that is a module is meant; what else stands there is a slip of the hand.
    std::stable_partition(actions.begin(), actions.end(), [](const auto& entry) {
      return why_unsupported(yaml::key_text(*entry.first)).empty() || entry.first->text == "action";
    });
    for (std::size_t i = 1; i < actions.size(); ++i) {
      const std::string name = yaml::key_text(*actions[i].first);
      const bool known = std::ranges::find(task_words, name) != task_words.end();
      const auto near = known ? std::nullopt : nearest(name, task_words);
      error(actions[i].first->place,
            why_unsupported(name).empty()
                ? fmt::format("a task has one module: {} and {} stand here", yaml::key_text(*actions[0].first), name)
                : fmt::format("'{}' is not a keyword of a task{}", name,
                              near ? fmt::format("; did you mean '{}'?", *near) : ""));
    }
  }
  if (actions.empty()) {
    error(node.place, "this task calls no module");
    return nullptr;
  }
  take_action(*actions[0].first, *actions[0].second, *task);
  if (arguments) take_arguments(*arguments, *task);
  if (problems_.errors().size() != errors) return nullptr;
  take_include_words(*task);
  auto tree = expr::Tree::parse(task->raw_args);
  if (!tree) {
    error(task->place, expr::show(tree.error()));
    return nullptr;
  }
  task->args = std::move(*tree);
  check_task(*task, around);
  return problems_.errors().size() == errors ? task : nullptr;
}

bool Loader::take_task_key(const Node& key, const Node& value, Task& task, const Around& around) {
  const std::string name = yaml::key_text(key);
  const auto take_tree = [&](std::optional<expr::Tree>& tree) { tree = tree_of(value); };
  const auto take_names = [&]<class T>(std::vector<T>& names) {
    for (const std::string& word :
         value.kind == Node::Kind::list ? std::vector<std::string>() : std::vector{text_of(value)})
      if (auto text = T::parse(word)) names.push_back(std::move(*text));
    for (const Node* item : value.items)
      if (auto text = T::parse(text_of(*item))) names.push_back(std::move(*text));
  };
  if (name == "name")
    task.name = text_of(value);
  else if (name == "register")
    task.register_to = text_of(value);
  else if (name == "until")
    task.until = conditions_of(value);
  else if (name == "failed_when")
    task.failed_when = conditions_of(value);
  else if (name == "changed_when")
    task.changed_when = conditions_of(value);
  else if (name == "retries")
    take_tree(task.retries);
  else if (name == "delay")
    take_tree(task.delay);
  else if (name == "async")
    take_tree(task.async);
  else if (name == "poll")
    take_tree(task.poll);
  else if (name == "notify")
    take_names(task.notify);
  else if (name == "listen" && around.handlers)
    take_names(task.listen);
  else if (name == "loop")
    take_loop("", key, value, task);
  else if (name == "loop_control")
    take_loop_control(value, task);
  else if (name.starts_with("with_"))
    take_loop(name.substr(5), key, value, task);
  else
    return take_common(key, value, 't', *task.frame);
  return true;
}

void Loader::take_loop(std::string lookup, const Node& key, const Node& value, Task& task) {
  lookup = lookup.substr(lookup.rfind('.') + 1);
  if (!lookup.empty() && std::find(lookups.begin(), lookups.end(), lookup) == lookups.end())
    return error(key.place, fmt::format("there is no loop 'with_{}' here; write it with loop: and query()", lookup));
  auto terms = tree_of(value);
  if (!terms) return;
  Loop loop;
  if (task.loop) {
    if (!task.loop->place.file || task.loop->place.line > 0)
      return error(key.place, "a task has one loop: loop or one with_*");
    loop = std::move(*task.loop);
  }
  loop.lookup = std::move(lookup);
  loop.terms = std::move(*terms);
  loop.place = key.place;
  task.loop = std::move(loop);
}

// It may stand before the loop itself.
void Loader::take_loop_control(const Node& value, Task& task) {
  if (value.kind != Node::Kind::map)
    return error(value.place, fmt::format("loop_control is a mapping, not {}", describe(value)));
  if (!task.loop) {
    task.loop.emplace();
    task.loop->place = {value.place.file, 0, 0};
  }
  Loop& loop = *task.loop;
  for (const auto& [key, item] : value.entries) {
    const std::string name = yaml::key_text(*key);
    if (name == "loop_var")
      loop.variable = text_of(*item);
    else if (name == "index_var")
      loop.index = text_of(*item);
    else if (name == "label")
      loop.label = tree_of(*item);
    else if (name == "pause")
      loop.pause = tree_of(*item);
    else if (name == "extended")
      loop.extended = to_value(*item) == true;
    else if (name == "extended_allitems")
      loop.with_all_items = to_value(*item) != false;
    else
      error(key->place, fmt::format("loop_control has no '{}'", name));
  }
}

void Loader::take_action(const Node& key, const Node& value, Task& task) {
  std::string module = yaml::key_text(key);
  const bool local = module == "local_action";
  if (module != "action" && !local) {
    task.written = module;
    task.action = short_name(module);
    if (value.kind == Node::Kind::map) {
      task.raw_args = Value::object();
      for (const auto& [name, item] : value.entries) {
        const std::string argument = yaml::key_text(*name);
        task.raw_args[argument] = value_of(*item);
        task.arg_places[argument] = item->place;
      }
      return;
    }
    if (value.kind == Node::Kind::list)
      return error(value.place, fmt::format("the arguments of {} are a mapping or key=value, not a list", module));
    const Value plain = value_of(value);
    if (plain.is_null()) return;
    const std::string text = plain.is_string() ? plain.get<std::string>() : value.text;
    auto parsed = parse_arguments(text, task.action);
    // Of a module that cef does not have nobody knows what it takes.
    if (!parsed && !why_unsupported(module).empty()) parsed = Value{{"_raw_params", text}};
    if (!parsed) return error(value.place, parsed.error());
    task.raw_args = std::move(*parsed);
    return;
  }
  if (value.kind == Node::Kind::map) {
    task.raw_args = value_of(value);
    if (const auto name = task.raw_args.find("module"); name != task.raw_args.end() && name->is_string()) {
      task.written = name->get<std::string>();
      task.raw_args.erase("module");
    }
  } else if (value.kind == Node::Kind::scalar) {
    const std::string text = text_of(value);
    const auto end = std::min(text.find_first_of(" \t\n"), text.size());
    task.written = text.substr(0, end);
    auto parsed = parse_arguments(std::string_view(text).substr(end), short_name(task.written));
    if (!parsed) return error(value.place, parsed.error());
    task.raw_args = std::move(*parsed);
  }
  if (task.written.empty()) return error(value.place, fmt::format("{} names no module", module));
  task.action = short_name(task.written);
  if (!local) return;
  auto tree = expr::Tree::parse("localhost");
  task.frame->settings.push_back({Keyword::delegate_to, "localhost", std::move(*tree), key.place});
}

void Loader::take_arguments(const Node& value, Task& task) {
  if (is_nothing(value)) return;
  if (value.kind != Node::Kind::map) {
    // A template that gives a mapping.
    if (value.kind == Node::Kind::scalar && expr::has_marks(value.text)) {
      task.raw_args["_variable_params"] = value_of(value);
      return;
    }
    return error(value.place, fmt::format("args are a mapping, not {}", describe(value)));
  }
  for (const auto& [name, item] : value.entries) {
    const std::string argument = yaml::key_text(*name);
    if (!task.raw_args.contains(argument)) task.raw_args[argument] = value_of(*item);
    task.arg_places.emplace(argument, item->place);
  }
}

}  // namespace cef::playbook
