#include "load/constants.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace cef::playbook {

std::optional<expr::Variable> Constants::variable(std::string_view name) {
  if (const auto found = extra_.find(std::string(name)); found != extra_.end()) return expr::Variable{&*found};
  if (name == "playbook_dir") {
    const auto whole = std::filesystem::absolute(folder_).lexically_normal();
    return expr::Variable{&kept_.emplace_back((whole.has_filename() ? whole : whole.parent_path()).string())};
  }
  const RoleUse* role = frame_ ? role_of(*frame_) : nullptr;
  if (role && name == "role_path") return expr::Variable{&kept_.emplace_back(role->folder.string())};
  if (role && name == "role_name") return expr::Variable{&kept_.emplace_back(role->name)};
  const Written* found = nullptr;
  for (const Frame* at = frame_; at && !found; at = at->parent.get())
    if (const auto own = at->vars.find(name); own != at->vars.end()) found = &own->second;
  for (const RoleUse* at = role; at && !found; at = at->parent.get())
    for (const Variables* layer : {&at->params, &at->vars, &at->defaults})
      if (const auto own = layer->find(name); !found && own != layer->end()) found = &own->second;
  std::optional<Written> of_host;
  if (!found && host_)
    if (const auto own = host_->find(std::string(name)); own != host_->end()) found = &of_host.emplace(*own, Place());
  if (!found) return std::nullopt;
  if (!found->tree()) throw expr::Trouble(expr::show(found->tree().error()));
  if (!open_.emplace(name).second) throw expr::Trouble(fmt::format("the variable '{}' refers to itself", name));
  auto value = found->tree()->evaluate(*this);
  open_.erase(open_.find(name));
  if (!value) throw expr::Trouble(expr::show(value.error()));
  return expr::Variable{&kept_.emplace_back(std::move(*value)), true};
}

std::optional<Value> Constants::call(const expr::Request& request) {
  if (request.kind != expr::Request::Kind::lookup || request.name != "env") return std::nullopt;
  Value list = Value::array();
  for (const Value& name : request.positional) {
    const char* value = name.is_string() ? std::getenv(name.get<std::string>().c_str()) : nullptr;
    list.push_back(value ? value : "");
  }
  return list;
}

}  // namespace cef::playbook
