#include "vars/world.hpp"

#include "load/loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace cef::playbook {

namespace {

bool has_template(const Value& value) {
  if (value.is_string()) return expr::has_marks(value.get_ref<const std::string&>());
  if (!value.is_structured()) return false;
  for (const auto& [key, item] : value.items())
    if (has_template(item) || key == expr::unsafe_mark || key == "__ansible_vault" ||
        (value.is_object() && expr::has_marks(key)))
      return true;
  return false;
}

}  // namespace

/// `vars`, and one host of `hostvars`.
class World::AllVars final : public expr::Mapping {
 public:
  explicit AllVars(std::unique_ptr<World> own) : own_(std::move(own)), world_(*own_) {}
  explicit AllVars(World& world) : world_(world) {}

  std::optional<expr::Variable> entry(std::string_view name) override { return world_.variable(name); }
  std::vector<std::string> keys() override { return world_.names(); }

 private:
  std::unique_ptr<World> own_;
  World& world_;
};

/// `hostvars`.
class World::HostVars final : public expr::Mapping {
 public:
  HostVars(State& state, std::shared_ptr<HostState*> wants_facts)
      : state_(state), wants_facts_(std::move(wants_facts)) {}

  std::optional<expr::Variable> entry(std::string_view name) override {
    HostState* const host = state_.host(name);
    if (!host) return std::nullopt;
    auto world = std::make_unique<World>(state_, *host, nullptr);
    world->wants_facts_ = wants_facts_;
    expr::Variable variable;
    variable.mapping = std::make_shared<AllVars>(std::move(world));
    return variable;
  }
  std::vector<std::string> keys() override { return state_.host_names(); }

 private:
  State& state_;
  std::shared_ptr<HostState*> wants_facts_;
};

World::World(State& state, HostState& host, const Frame* frame) : state_(state), host_(host), frame_(frame) {
  if (frame && state.play) play_frame_ = state.play->frame.get();
}

World::~World() = default;

void World::set(std::string name, Value value) {
  locals_.insert_or_assign(std::move(name), std::move(value));
  forget();
}

void World::unset(std::string_view name) {
  if (const auto found = locals_.find(name); found != locals_.end()) locals_.erase(found);
  forget();
}

void World::forget() {
  cache_.clear();
  trees_.clear();
}

std::uint64_t World::random() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) ^ device();
}

World::Found World::in_frames(const Frame* from, const Frame* to, std::string_view name) {
  for (const Frame* at = from; at && at != to; at = at->parent.get())
    if (const auto own = at->vars.find(name); own != at->vars.end()) return {nullptr, nullptr, &own->second};
  return {};
}

// Those of the role one is in and of the roles around it come first, then those of all the play's roles, the last one
// first.
World::Found World::in_roles(std::string_view name, bool defaults) const {
  const auto look_in = [&](const RoleUse& role) -> const Written* {
    const Variables& layer = defaults ? role.defaults : role.vars;
    const auto own = layer.find(name);
    return own == layer.end() ? nullptr : &own->second;
  };
  for (const RoleUse* role = frame_ ? role_of(*frame_) : nullptr; role; role = role->parent.get())
    if (const Written* found = look_in(*role)) return {nullptr, nullptr, found};
  if (!frame_ || !state_.play) return {};
  const auto& roles = state_.play->roles_used;
  for (auto role = roles.rbegin(); role != roles.rend(); ++role)
    if ((*role)->is_public)
      if (const Written* found = look_in(**role)) return {nullptr, nullptr, found};
  return {};
}

// From what beats all to what is beaten by all.
World::Found World::look(std::string_view name) const {
  const auto in_variables = [&](const Variables& layer) -> Found {
    const auto own = layer.find(name);
    if (own == layer.end()) return {};
    return {nullptr, nullptr, &own->second};
  };
  const auto in_value = [&](const Value& object, bool is_template) -> Found {
    const auto own = object.find(std::string(name));
    if (own == object.end()) return {};
    return {nullptr, &*own, nullptr, is_template};
  };
  if (const auto found = in_value(state_.options().extra_variables, true)) return found;
  if (frame_) {
    for (const Frame* at = frame_; at; at = at->parent.get()) {
      if (const auto found = in_variables(at->params)) return found;
      if (at->role)
        if (const auto found = in_variables(at->role->params)) return found;
    }
  }
  if (const auto own = host_.set.find(name); own != host_.set.end()) return {&own->second};
  if (const auto found = in_variables(host_.included)) return found;
  if (const auto found = in_frames(frame_, play_frame_, name)) return found;
  if (const auto found = in_roles(name, false)) return found;
  if (frame_) {
    if (const auto found = in_variables(host_.vars_files)) return found;
    if (const auto found = in_variables(state_.prompted)) return found;
    if (const auto found = in_frames(play_frame_, nullptr, name)) return found;
  }
  if (const auto found = in_value(host_.facts, false)) return found;
  if (const auto found = in_value(host_.inventory_vars, true)) return found;
  return in_roles(name, true);
}

expr::Variable World::keep(std::string_view name, Value value, bool templated) {
  const auto kept = cache_.insert_or_assign(std::string(name), std::pair(std::move(value), templated)).first;
  return {&kept->second.first, templated, {}, {}};
}

expr::Variable World::work_out(std::string_view name, const expr::Tree& tree) {
  if (!open_.emplace(name).second) throw expr::Trouble(fmt::format("the variable '{}' refers to itself", name));
  auto value = tree.evaluate(*this);
  open_.erase(open_.find(name));
  if (value) return keep(name, std::move(*value), !tree.constant());
  if (value.error().kind != expr::Problem::Kind::undefined) throw expr::Trouble(value.error().message);
  expr::Variable variable;
  variable.missing = fmt::format("{} ('{}' is made of it)", value.error().message, name);
  return variable;
}

std::optional<expr::Variable> World::variable(std::string_view name) {
  if (const auto own = locals_.find(name); own != locals_.end()) return expr::Variable{&own->second, true, {}, {}};
  if (const auto known = cache_.find(std::string(name)); known != cache_.end())
    return expr::Variable{&known->second.first, known->second.second, {}, {}};
  if (auto found = magic(name)) return found;
  const Found found = look(name);
  if (found.known) return expr::Variable{&found.known->value, found.known->templated, {}, {}};
  if (found.written) {
    const auto& tree = found.written->tree();
    if (!tree)
      throw expr::Trouble(
          fmt::format("the variable '{}' ({}): {}", name, show(found.written->place()), expr::show(tree.error())));
    return work_out(name, *tree);
  }
  if (found.value) {
    if (!found.is_template || !has_template(*found.value)) return expr::Variable{found.value, false, {}, {}};
    Value written = *found.value;
    if (const auto opened = state_.loader().vault().decrypt_in(written); !opened)
      throw expr::Trouble(fmt::format("the variable '{}': {}", name, opened.error()));
    auto tree = expr::Tree::parse(written);
    if (!tree) throw expr::Trouble(fmt::format("the variable '{}': {}", name, expr::show(tree.error())));
    return work_out(name, trees_.emplace_back(std::move(*tree)));
  }
  if (name == "ansible_facts") return facts_variable();
  // Nothing is gathered that nobody asks for.
  if (name.starts_with("ansible_") && host_.may_gather && !host_.gathered) {
    if (name == "ansible_host") return keep(name, host_.name);
    if (name == "ansible_connection") return keep(name, "ssh");
    constexpr std::string_view settings[] = {"ansible_user",      "ansible_port",   "ansible_password",
                                             "ansible_ssh",       "ansible_become", "ansible_loop",
                                             "ansible_failed",    "ansible_shell",  "ansible_python_interpreter",
                                             "ansible_pipelining"};
    for (const std::string_view setting : settings)
      if (name.starts_with(setting)) return std::nullopt;
    *wants_facts_ = &host_;
    throw expr::Trouble(fmt::format("the fact '{}' is not gathered yet", name));
  }
  if (name == "ansible_host") return keep(name, host_.name);
  return std::nullopt;
}

expr::Variable World::facts_variable() {
  if (host_.may_gather && !host_.gathered) {
    *wants_facts_ = &host_;
    throw expr::Trouble("facts are not gathered yet");
  }
  Value facts = Value::object();
  for (const auto& [key, value] : host_.facts.items())
    facts[key.starts_with("ansible_") && key != "ansible_local" ? key.substr(8) : key] = value;
  return keep("ansible_facts", std::move(facts));
}

std::vector<std::string> World::names() const {
  std::set<std::string> names;
  const auto add = [&names](const Variables& layer) {
    for (const auto& [name, value] : layer) names.insert(name);
  };
  for (const auto& [name, value] : locals_) names.insert(name);
  for (const Value* layer :
       {&state_.options().extra_variables, &std::as_const(host_.facts), &std::as_const(host_.inventory_vars)})
    for (const auto& [name, value] : layer->items()) names.insert(name);
  for (const auto& [name, value] : host_.set) names.insert(name);
  add(host_.included);
  for (const Frame* at = frame_; at; at = at->parent.get()) {
    add(at->vars);
    add(at->params);
    if (at->role)
      for (const Variables* layer : {&at->role->params, &at->role->vars, &at->role->defaults}) add(*layer);
  }
  if (frame_) {
    add(host_.vars_files);
    add(state_.prompted);
    if (state_.play)
      for (const auto& role : state_.play->roles_used)
        if (role->is_public)
          for (const Variables* layer : {&role->vars, &role->defaults}) add(*layer);
  }
  for (const char* name : {"inventory_hostname", "inventory_hostname_short", "group_names", "groups"})
    names.insert(name);
  return {names.begin(), names.end()};
}

namespace {

// Absolute, and without a slash at its end.
std::string whole(const std::filesystem::path& folder) {
  const auto path = std::filesystem::absolute(folder).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).string();
}

Value parents_of(const RoleUse* role) {
  Value names = Value::array();
  for (const RoleUse* at = role ? role->parent.get() : nullptr; at; at = at->parent.get()) names.push_back(at->name);
  return names;
}

}  // namespace

std::optional<expr::Variable> World::magic(std::string_view name) {
  const auto borrow = [](const Value& value) { return expr::Variable{&value, false, {}, {}}; };
  if (name == "inventory_hostname") return keep(name, host_.name);
  if (name == "groups") return borrow(state_.groups());
  if (name == "hostvars") {
    expr::Variable variable;
    variable.mapping = std::make_shared<HostVars>(state_, wants_facts_);
    return variable;
  }
  if (name == "vars") {
    expr::Variable variable;
    variable.mapping = std::make_shared<AllVars>(*this);
    return variable;
  }
  if (name == "group_names") {
    Value groups = host_.groups;
    if (!groups.is_array()) groups = Value::array();
    std::sort(groups.begin(), groups.end());
    return keep(name, std::move(groups));
  }
  if (name == "inventory_hostname_short") return keep(name, host_.name.substr(0, host_.name.find('.')));
  const auto& sources = state_.options().inventory_sources;
  const std::filesystem::path source = sources.empty() ? std::string() : sources.front();
  if (name == "inventory_file" && !source.empty())
    return keep(name, std::filesystem::absolute(source).lexically_normal().string());
  if (name == "inventory_dir" && !source.empty()) {
    std::error_code ignored;
    const auto path = std::filesystem::absolute(source).lexically_normal();
    return keep(name, (std::filesystem::is_directory(path, ignored) ? path : path.parent_path()).string());
  }
  if (!frame_) return std::nullopt;
  if (name == "play_hosts" || name == "ansible_play_hosts") return borrow(state_.play_hosts);
  if (name == "ansible_play_hosts_all") return borrow(state_.play_hosts_all);
  if (name == "ansible_play_batch") return borrow(state_.batch);
  if (name == "ansible_check_mode") return keep(name, state_.options().check);
  if (name == "ansible_diff_mode") return keep(name, state_.options().diff);
  if (name == "ansible_verbosity") return keep(name, state_.options().verbosity);
  if (name == "ansible_forks") return keep(name, state_.options().forks);
  if (name == "ansible_run_tags") return keep(name, state_.options().tags);
  if (name == "ansible_skip_tags") return keep(name, state_.options().skip_tags);
  if (name == "ansible_limit" && !state_.options().limit.empty()) return keep(name, state_.options().limit);
  if (name == "ansible_managed") {
    if (look(name)) return std::nullopt;
    return keep(name, state_.options().managed);
  }
  if (name == "ansible_version")
    return keep(name, Value{{"full", "2.14.18"}, {"major", 2}, {"minor", 14}, {"revision", 18}, {"string", "2.14.18"}});
  if (name == "playbook_dir" && state_.play) return keep(name, whole(state_.play->folder));
  if (name == "ansible_play_name" && state_.play) return keep(name, state_.play_name);
  const RoleUse* const role = role_of(*frame_);
  if (role && (name == "role_name" || name == "ansible_role_name")) return keep(name, role->name);
  if (role && name == "role_path") return keep(name, whole(role->folder));
  if (role && role->parent && name == "ansible_parent_role_names") return keep(name, parents_of(role));
  if (role && role->parent && name == "ansible_parent_role_paths") {
    Value paths = Value::array();
    for (const RoleUse* at = role->parent.get(); at; at = at->parent.get()) paths.push_back(whole(at->folder));
    return keep(name, std::move(paths));
  }
  if ((name == "role_names" || name == "ansible_role_names" || name == "ansible_play_role_names") && state_.play) {
    Value names = Value::array();
    for (const auto& each : state_.play->roles_used)
      if (std::find(names.begin(), names.end(), Value(each->name)) == names.end()) names.push_back(each->name);
    return keep(name, std::move(names));
  }
  return std::nullopt;
}

}  // namespace cef::playbook
