// Roles: where they are, what is in them, and the roles they depend on.
#include "load/loader.hpp"
#include "load/modules.hpp"

#include <cef/core/file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace cef::playbook {

namespace {

std::optional<fs::path> with_ending(const fs::path& path) {
  std::error_code ignored;
  // A name without an ending is a file's only if there is one of just that name.
  for (const char* ending : {".yml", ".yaml", ".json", ""})
    if (fs::path file = path.string() + ending; fs::is_regular_file(file, ignored)) return file;
  return std::nullopt;
}

// Of a collection, and what is in it: `ns.coll.name`.
bool is_collections(std::string_view name) { return std::count(name.begin(), name.end(), '.') >= 2; }

// As it is called where its tasks are shown: without what is between its collection and itself.
std::string shown_name(const std::string& name) {
  const auto first = name.find('.'), second = name.find('.', first + 1), last = name.rfind('.');
  const bool deeper = is_collections(name) && name.find('/') == std::string::npos && last != second;
  return deeper ? name.substr(0, second) + name.substr(last) : name;
}

// What a specification says for people may hold marks of templates.
Value without_descriptions(const Value& options) {
  if (!options.is_structured()) return options;
  Value kept = options.is_array() ? Value::array() : Value::object();
  for (const auto& [key, value] : options.items())
    if (options.is_array())
      kept.push_back(without_descriptions(value));
    else if (key != "description" && key != "default")
      kept[key] = without_descriptions(value);
  return kept;
}

}  // namespace

// `ns.coll.name`, or `ns.coll.folder.name` for one that stands deeper.
std::vector<fs::path> Loader::in_collections(const std::string& name, const char* kind, const fs::path& folder) const {
  if (!is_collections(name)) return {};
  std::vector<fs::path> roots{folder / "collections"};
  roots.insert(roots.end(), options_.collections_path.begin(), options_.collections_path.end());
  for (const char* usual : {"~/.ansible/collections", "/usr/share/ansible/collections"})
    roots.push_back(expand_user(usual));
  const auto first = name.find('.'), second = name.find('.', first + 1);
  std::string below = name.substr(second + 1);
  std::replace(below.begin(), below.end(), '.', '/');
  for (fs::path& root : roots)
    root = root / "ansible_collections" / name.substr(0, first) / name.substr(first + 1, second - first - 1) / kind /
           below;
  return roots;
}

std::optional<fs::path> Loader::role_file(const fs::path& folder, const std::string& name) {
  return with_ending(folder / name);
}

std::optional<fs::path> Loader::find_role(const std::string& name, const Around& around, const Place& place) {
  std::error_code ignored;
  std::vector<fs::path> candidates;
  const fs::path path = expand_user(name);
  if (path.is_absolute()) candidates.push_back(path);
  const auto add_of_collections = [&](const std::string& whole) {
    const auto places = in_collections(whole, "roles", around.folder);
    candidates.insert(candidates.end(), places.begin(), places.end());
  };
  add_of_collections(name);
  const Setting* searched = around.parent ? find(*around.parent, Keyword::collections) : nullptr;
  if (searched && searched->raw.is_array() && name.find_first_of("./") == std::string::npos)
    for (const Value& collection : searched->raw)
      if (collection.is_string()) add_of_collections(collection.get<std::string>() + '.' + name);
  candidates.push_back(around.folder / "roles" / name);
  for (const fs::path& folder : options_.roles_path) candidates.push_back(folder / name);
  for (const char* usual : {"~/.ansible/roles", "/usr/share/ansible/roles", "/etc/ansible/roles"})
    candidates.push_back(expand_user(usual) / name);
  // Beside the role that asks for it, and beside the playbook.
  if (around.parent)
    if (const RoleUse* role = role_of(*around.parent)) candidates.push_back(role->folder.parent_path() / name);
  candidates.push_back(around.folder / name);
  for (const fs::path& candidate : candidates)
    if (fs::is_directory(candidate, ignored)) return candidate.lexically_normal();
  const std::string message = fmt::format(
      "the role {} is not there; looked in {}, {} and the usual folders (ansible-galaxy install {} fetches it)", name,
      (around.folder / "roles").string(),
      options_.roles_path.empty() ? "no roles_path" : options_.roles_path[0].string(), name);
  // Whatever the condition: without its tasks the play would quietly do less.
  error(place, message);
  return std::nullopt;
}

void Loader::read_role_variables(const fs::path& folder, const std::string& from, bool wanted, Variables& variables,
                                 const Place& place) {
  std::error_code ignored;
  std::vector<fs::path> files;
  if (fs::is_directory(folder / from, ignored)) {
    std::set<fs::path> sorted;
    for (const auto& entry : fs::recursive_directory_iterator(folder / from, ignored))
      if (entry.is_regular_file(ignored)) sorted.insert(entry.path());
    files.assign(sorted.begin(), sorted.end());
  } else if (const auto file = with_ending(folder / from)) {
    files.push_back(*file);
  } else if (wanted) {
    error(place, fmt::format("{} has no file {}", folder.string(), from));
  }
  for (const fs::path& file : files)
    if (const Node* root = read_yaml(file, place)) take_variables(*root, variables);
}

std::shared_ptr<const Block> Loader::read_role(const RoleCall& call, const fs::path& folder,
                                               std::shared_ptr<Frame> frame, Variables params, const Around& around,
                                               const Place& place) {
  if (around.depth > 40) {
    error(place, fmt::format("the role {} depends on itself", call.name));
    return nullptr;
  }
  auto role = std::make_shared<RoleUse>();
  role->name = shown_name(call.name);
  role->folder = folder;
  role->params = std::move(params);
  role->is_public = call.is_public;
  role->allow_duplicates = call.allow_duplicates;
  // What a role is given as `vars` can be seen by the whole play.
  read_role_variables(folder / "defaults", call.defaults_from, call.defaults_from != "main", role->defaults, place);
  read_role_variables(folder / "vars", call.vars_from, call.vars_from != "main", role->vars, place);
  const Variables own = role->vars;
  for (const auto& [name, value] : frame->vars) role->vars.emplace(name, value);
  if (around.parent)
    for (const Frame* at = around.parent.get(); at && !role->parent; at = at->parent.get()) role->parent = at->role;
  role->identity = folder.string() + "|" + call.tasks_from;
  for (const Variables* part : {&role->params, &frame->vars})
    for (const auto& [name, value] : *part) role->identity += "|" + name + "=" + value.value().dump();
  for (const Condition& each : frame->when) role->identity += "|when " + each.text;
  for (const std::string& tag : frame->tags) role->identity += "|tag " + tag;
  frame->role = role;
  // What its vars/ say beats what `roles` says.
  if (call.is_listed) std::erase_if(frame->vars, [&](const auto& each) { return own.contains(each.first); });

  Around inside = around;
  inside.parent = frame;
  ++inside.depth;
  inside.guarded = around.guarded || !frame->when.empty();
  auto block = std::make_shared<Block>();
  block->frame = frame;
  block->place = place;
  block->role = role;
  read_dependencies(folder, role, inside, block->tasks);
  if (around.play) around.play->roles_used.push_back(role);
  if (auto task = specification(call, folder, frame)) block->tasks.emplace_back(std::move(task));
  if (const auto file = role_file(folder / "tasks", call.tasks_from)) {
    for (Item& item : read_tasks_file(*file, inside, place)) block->tasks.push_back(std::move(item));
  } else if (call.tasks_from != "main") {
    error(place, fmt::format("the role {} has no tasks/{}", call.name, call.tasks_from));
  }
  if (around.play) add_handlers(call, *role, *frame, inside);
  return block;
}

// A role that is given the same again has the handlers it had: of one that tasks name its last import says under what
// conditions they run. Once the play runs they stay, since they may be notified.
void Loader::add_handlers(const RoleCall& call, const RoleUse& role, const Frame& frame, const Around& inside) {
  const auto file = role_file(role.folder / "handlers", call.handlers_from);
  const Node* const root = file ? read_yaml(*file, frame.place) : nullptr;
  if (!root) return;
  std::string use = role.identity;
  if (!call.is_listed) {
    use = fmt::format("task|{}|{}|{}|{}|{}", role.folder.string(), call.tasks_from, call.vars_from, call.defaults_from,
                      call.handlers_from);
    Variables given = frame.vars;
    if (inside.included && frame.parent) given.insert(frame.parent->params.begin(), frame.parent->params.end());
    for (const auto& [name, value] : given) use += "|" + name + "=" + value.value().dump();
  }
  std::shared_ptr<Handlers>& known = inside.play->role_handlers[use];
  if (!known)
    known = std::make_shared<Handlers>(read_handlers(*root, inside));
  else if (!call.is_listed && !inside.included)
    *known = read_handlers(*root, inside);
  inside.play->handlers.push_back(known);
}

// A role that says what its parameters are begins with a look whether they are so.
std::shared_ptr<const Task> Loader::specification(const RoleCall& call, const fs::path& folder, const FramePtr& frame) {
  const Node* root = nullptr;
  for (const char* name : {"argument_specs", "main"})
    if (const auto file = role_file(folder / "meta", name); file && !root) {
      const Node* const read = read_yaml(*file, {});
      if (read && read->kind == Node::Kind::map)
        for (const auto& [key, value] : read->entries)
          if (key->text == "argument_specs" && value->kind == Node::Kind::map) root = value;
    }
  if (!root) return nullptr;
  const std::string entry = fs::path(call.tasks_from).filename().string();
  for (const auto& [key, value] : root->entries) {
    if (key->text != entry || value->kind != Node::Kind::map) continue;
    const Value spec = value_of(*value);
    auto task = std::make_shared<Task>();
    task->place = value->place;
    task->frame = std::make_shared<Frame>();
    task->frame->parent = frame;
    task->frame->place = value->place;
    task->frame->tags = {"always"};
    task->action = "validate_argument_spec";
    task->written = "ansible.builtin.validate_argument_spec";
    task->name = fmt::format("Validating arguments against arg spec '{}'", entry);
    if (const auto text = spec.find("short_description"); text != spec.end() && text->is_string())
      task->name += " - " + text->get<std::string>();
    const auto options = spec.find("options");
    task->raw_args = Value{{"argument_spec", options == spec.end() ? Value::object() : without_descriptions(*options)}};
    auto tree = expr::Tree::parse(task->raw_args);
    if (!tree) return nullptr;
    task->args = std::move(*tree);
    return task;
  }
  return nullptr;
}

void Loader::read_dependencies(const fs::path& folder, const std::shared_ptr<RoleUse>& role, const Around& around,
                               Items& items) {
  const auto file = role_file(folder / "meta", "main");
  if (!file) return;
  const Node* root = read_yaml(*file, {});
  if (!root || root->kind != Node::Kind::map) return;
  for (const auto& [key, value] : root->entries) {
    if (key->text == "allow_duplicates") role->allow_duplicates = role->allow_duplicates || to_value(*value) == true;
    if (key->text != "dependencies" || value->kind != Node::Kind::list) continue;
    Play collected;
    Around inside = around;
    if (!inside.play) inside.play = &collected;
    const auto before = inside.play->roles.size();
    read_roles(*value, inside);
    for (std::size_t i = before; i < inside.play->roles.size(); ++i) items.push_back(inside.play->roles[i]);
    inside.play->roles.resize(before);
  }
}

void Loader::read_roles(const Node& node, const Around& around) {
  if (node.kind != Node::Kind::list) {
    if (!to_value(node).is_null()) error(node.place, fmt::format("roles are a list, not {}", describe(node)));
    return;
  }
  for (const Node* item : node.items) {
    RoleCall call;
    call.is_public = call.is_listed = true;
    call.allow_duplicates = false;
    auto frame = std::make_shared<Frame>();
    frame->parent = around.parent;
    frame->place = item->place;
    Variables params;
    std::optional<std::string> name;
    if (item->kind == Node::Kind::scalar) name = constant_text(value_of(*item), around, item->place);
    for (const auto& [key, value] : item->entries) {
      const std::string word = yaml::key_text(*key);
      if (word == "role" || word == "name" || word == "src") {
        if (!name || word == "role") name = constant_text(value_of(*value), around, value->place);
      } else if (word != "delegate_to" && word != "collections" && take_common(*key, *value, 'r', *frame)) {
        continue;
      } else if (word == "tasks_from") {
        call.tasks_from = text_of(*value);
      } else if (word != "version" && word != "scm") {
        params.insert_or_assign(word, Written(value_of(*value), value->place));
      }
    }
    if (!name) continue;
    call.name = *name;
    const auto folder = find_role(call.name, around, item->place);
    if (!folder) continue;
    if (auto block = read_role(call, *folder, frame, std::move(params), around, item->place))
      around.play->roles.emplace_back(std::move(block));
  }
}

}  // namespace cef::playbook
