// What is put in place while a playbook is read: import_tasks, import_role; and what is included while it runs.
#include "load/constants.hpp"
#include "load/loader.hpp"
#include "load/search.hpp"

#include <fmt/format.h>

#include <utility>

namespace cef::playbook {

namespace {
constexpr int most_deep = 40;
}  // namespace

std::optional<std::string> Loader::constant_text(const Value& value, const Around& around, const Place& place) {
  if (!value.is_string()) {
    error(place, "a name is a text");
    return std::nullopt;
  }
  const auto text = expr::Template::parse(value.get<std::string>());
  if (!text) {
    error(place, expr::show(text.error()));
    return std::nullopt;
  }
  Constants constants(options_.extra_variables, around.parent.get(), around.folder);
  auto result = text->render(constants);
  if (result) return std::move(*result);
  error(place, fmt::format("{}: what is imported is read before anything runs, so only -e and the play's own variables "
                           "count here; include_* is read when it is reached",
                           expr::show(result.error())));
  return std::nullopt;
}

Items Loader::read_tasks_file(const fs::path& file, const Around& around, const Place& named_at) {
  if (around.depth > most_deep) {
    error(named_at, fmt::format("{}: imports within each other too deeply", file.string()));
    return {};
  }
  const Node* root = read_yaml(file, named_at);
  if (!root) return {};
  Around inside = around;
  ++inside.depth;
  return read_items(*root, inside);
}

// The old `include` is one where it names a file that is there, outright and above all that is included.
bool Loader::is_import(const Task& task, const Around& around) {
  if (task.action != "include") return task.action == "import_tasks";
  const auto name = task.raw_args.find(task.raw_args.contains("file") ? "file" : "_raw_params");
  return !around.included && !task.loop && name != task.raw_args.end() && name->is_string() &&
         !expr::has_marks(name->get<std::string>()) &&
         find_file(*task.frame, around.folder, "tasks", name->get<std::string>());
}

void Loader::take_include_words(Task& task) {
  if (task.action != "include") return;
  Value kept = Value::object();
  for (const auto& [key, value] : task.raw_args.items())
    if (key == "file" || key == "_raw_params" || key == "apply")
      kept[key] = value;
    else
      task.frame->vars.insert_or_assign(key, Written(value, task.place));
  task.raw_args = std::move(kept);
}

void Loader::import_tasks(const Task& task, const Around& around, Items& items) {
  const char* key = task.raw_args.contains("file") ? "file" : "_raw_params";
  if (!task.raw_args.contains(key)) return error(task.place, "import_tasks names no file");
  const auto name = constant_text(task.raw_args[key], around, task.place);
  if (!name) return;
  const auto file = find_file(*task.frame, around.folder, "tasks", *name);
  if (!file)
    return error(task.place, fmt::format("there is no file {}: {}", *name,
                                         looked_in(search_folders(*task.frame, around.folder, "tasks"))));
  if (task.loop) return error(task.place, "import_tasks cannot be looped; include_tasks can");
  auto block = std::make_shared<Block>();
  block->frame = task.frame;
  block->place = task.place;
  block->frame->params = block->frame->vars;
  block->frame->passes_on = true;  // of an `include`, too
  Around inside = around;
  inside.parent = block->frame;
  inside.guarded = around.guarded || !task.frame->when.empty();
  block->tasks = read_tasks_file(*file, inside, task.place);
  items.emplace_back(std::shared_ptr<const Block>(std::move(block)));
}

void Loader::import_role(const Task& task, const Around& around, Items& items) {
  RoleCall call;
  call.is_public = true;
  const auto read = [&](const char* key, std::string& into) {
    if (!task.raw_args.contains(key)) return true;
    const auto text = constant_text(task.raw_args[key], around, task.place);
    if (text) into = *text;
    return text.has_value();
  };
  for (const auto& [key, into] : {std::pair<const char*, std::string*>{"role", &call.name},
                                  {"name", &call.name},
                                  {"tasks_from", &call.tasks_from},
                                  {"vars_from", &call.vars_from},
                                  {"defaults_from", &call.defaults_from},
                                  {"handlers_from", &call.handlers_from}})
    if (!read(key, *into)) return;
  if (call.name.empty()) return error(task.place, "import_role names no role");
  const auto folder = find_role(call.name, around, task.place);
  if (!folder) return;
  Variables params = task.frame->vars;
  if (const auto block = read_role(call, *folder, task.frame, std::move(params), around, task.place))
    items.emplace_back(block);
}

namespace {

std::string as_message(yaml::Problems& problems) {
  std::string text;
  for (const Diagnostic& each : problems.errors()) text += (text.empty() ? "" : "\n") + show(each);
  return text;
}

}  // namespace

template <class Work>
yaml::Problems& Loader::aside(Work work) {
  yaml::Problems& kept = others_.emplace_back(std::exchange(problems_, yaml::Problems()));
  work();
  std::swap(problems_, kept);
  return kept;
}

// What an include names outright is read with all else, to say what is wrong with it before anything runs: as
// everywhere only where it is reached without a condition. That a file is not there may be as it should be until then.
void Loader::foresee(const Task& task, const Around& around, bool guarded) {
  const bool is_role = task.action == "include_role";
  const auto word = [&](const char* key) {
    const auto found = task.raw_args.find(key);
    return found != task.raw_args.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  std::string name = word(is_role ? "name" : "file");
  if (name.empty()) name = word(is_role ? "role" : "_raw_params");
  if (name.empty() || task.loop || !task.args.constant()) return;
  RoleCall call;
  call.name = name;
  if (const std::string from = word("tasks_from"); !from.empty()) call.tasks_from = from;
  std::optional<fs::path> place;
  Around plain = around;
  plain.guarded = false;
  yaml::Problems& missing = aside([&] {
    place = is_role ? find_role(name, plain, task.place)
                    : find_file(*task.frame, around.folder, around.handlers ? "handlers" : "tasks", name);
  });
  if (!place) {
    for (const Diagnostic& each : missing.errors()) problems_.warn(task.place, each.message);
    return;
  }
  // One that includes itself has been looked at already.
  const auto [known, is_new] = foreseen_.try_emplace(place->string() + "|" + call.tasks_from, !guarded);
  if (!is_new && (known->second || guarded)) return;
  known->second = !guarded;
  Around inside = around;
  inside.play = nullptr;
  inside.guarded = guarded;
  inside.included = true;
  ++inside.depth;
  auto frame = std::make_shared<Frame>();
  frame->parent = inside.parent = task.frame;
  frame->place = task.place;
  yaml::Problems& found = aside([&] {
    if (is_role)
      read_role(call, *place, frame, {}, inside, task.place);
    else
      read_tasks_file(*place, inside, task.place);
  });
  const auto pass_on = [&](const Diagnostic& each, bool as_error) {
    const Place at = problems_.in(each.file, each.line, each.column);
    as_error ? error(at, each.message) : problems_.warn(at, each.message);
  };
  for (const Diagnostic& each : found.errors()) pass_on(each, !guarded);
  for (const Diagnostic& each : found.warnings()) pass_on(each, false);
}

Result<Items, std::string> Loader::include_tasks(const fs::path& file, FramePtr parent, const fs::path& folder) {
  Around around;
  around.parent = std::move(parent);
  around.folder = folder;
  around.guarded = around.included = true;
  Items items;
  yaml::Problems& found = aside([&] { items = read_tasks_file(file, around, {}); });
  if (const std::string wrong = as_message(found); !wrong.empty()) return Unexpected(wrong);
  return items;
}

Result<std::shared_ptr<const Block>, std::string> Loader::include_role(const RoleCall& call, FramePtr parent,
                                                                       Play& play) {
  Around around;
  around.parent = parent;
  around.play = &play;
  around.folder = play.folder;
  std::shared_ptr<const Block> block;
  yaml::Problems& found = aside([&] {
    const auto folder = find_role(call.name, around, parent->place);
    if (!folder) return;
    around.guarded = around.included = true;
    auto frame = std::make_shared<Frame>();
    frame->parent = parent;
    frame->place = parent->place;
    frame->vars = call.vars;
    block = read_role(call, *folder, frame, {}, around, parent->place);
  });
  if (const std::string wrong = as_message(found); !wrong.empty() || !block) return Unexpected(wrong);
  return block;
}

Result<Value, std::string> Loader::read_variables(const fs::path& file) {
  Value value;
  yaml::Problems& found = aside([&] {
    const Node* root = read_yaml(file, {});
    if (root) value = value_of(*root);
  });
  if (const std::string wrong = as_message(found); !wrong.empty()) return Unexpected(wrong);
  if (value.is_null()) return Value::object();
  if (!value.is_object())
    return Unexpected(fmt::format("{}: variables are a mapping of names to values", file.string()));
  return value;
}

}  // namespace cef::playbook
