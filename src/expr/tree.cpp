// Values whose texts are templates.

#include <cef/expr/expr.hpp>

namespace cef::expr {

/// A part of the value that has templates in it; the others are constants.
struct Tree::Branch {
  Value constant;
  std::optional<Template> text;
  bool list = false;
  bool converted = false;                                                   // `constant` is not what was written
  std::vector<std::pair<Template, std::shared_ptr<const Branch>>> entries;  // the key is empty in a list
};

Result<std::shared_ptr<const Tree::Branch>, Problem> Tree::branch(const Value& value, const Syntax& syntax) {
  auto made = std::make_shared<Branch>();
  if (value.is_string()) {
    auto text = Template::parse(value.get<std::string>(), syntax);
    if (!text) return Unexpected(text.error());
    if (text->constant())
      made->constant = value;
    else
      made->text = std::move(*text);
    return std::shared_ptr<const Branch>(std::move(made));
  }
  if (!value.is_structured() || value.empty()) {
    made->constant = value;
    return std::shared_ptr<const Branch>(std::move(made));
  }
  // Marked `!unsafe`: no template, whatever it looks like.
  if (value.is_object() && value.size() == 1)
    if (const auto plain = value.find(unsafe_mark); plain != value.end()) {
      made->constant = *plain;
      made->converted = true;
      return std::shared_ptr<const Branch>(std::move(made));
    }
  made->list = value.is_array();
  bool constant = true;
  for (const auto& [key, item] : value.items()) {
    auto name = Template::parse(made->list ? std::string() : key, syntax);
    if (!name) return Unexpected(name.error());
    auto below = branch(item, syntax);
    if (!below) return Unexpected(below.error());
    constant = constant && name->constant() && !(*below)->text && (*below)->entries.empty() && !(*below)->converted;
    made->entries.emplace_back(std::move(*name), std::move(*below));
  }
  if (constant) {
    made->entries.clear();
    made->constant = value;
  }
  return std::shared_ptr<const Branch>(std::move(made));
}

Result<Tree, Problem> Tree::parse(const Value& value, const Syntax& syntax) {
  auto root = branch(value, syntax);
  if (!root) return Unexpected(root.error());
  Tree tree;
  if (!(*root)->text && (*root)->entries.empty())
    tree.value_ = std::make_shared<const Value>((*root)->constant);
  else
    tree.root_ = std::move(*root);
  return tree;
}

Result<Value, Problem> Tree::grow(const Branch& branch, World& world, const Limits& limits) {
  if (branch.text) return branch.text->evaluate(world, limits);
  if (branch.entries.empty()) return branch.constant;
  Value grown = branch.list ? Value::array() : Value::object();
  for (const auto& [key, below] : branch.entries) {
    auto item = grow(*below, world, limits);
    if (!item) return item;
    if (branch.list) {
      grown.push_back(std::move(*item));
      continue;
    }
    auto name = key.render(world, limits);
    if (!name) return Unexpected(name.error());
    if (!is_omit(*item)) grown[*name] = std::move(*item);
  }
  return grown;
}

Result<Value, Problem> Tree::evaluate(World& world, const Limits& limits) const {
  if (!root_) return value_ ? *value_ : Value();
  return grow(*root_, world, limits);
}

void Tree::gather(const Branch& branch, std::vector<Use>& uses) {
  if (branch.text)
    for (Use& use : branch.text->uses()) uses.push_back(std::move(use));
  for (const auto& [key, below] : branch.entries) {
    for (Use& use : key.uses()) uses.push_back(std::move(use));
    gather(*below, uses);
  }
}

std::vector<Use> Tree::uses() const {
  std::vector<Use> uses;
  if (root_) gather(*root_, uses);
  return uses;
}

}  // namespace cef::expr
