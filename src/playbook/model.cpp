#include <cef/playbook/model.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::playbook {

std::string show(const Place& place) {
  const std::string file = place.file ? *place.file : "";
  if (place.line == 0) return file;
  return place.column > 0 ? fmt::format("{}:{}:{}", file, place.line, place.column)
                          : fmt::format("{}:{}", file, place.line);
}

const Result<expr::Tree, expr::Problem>& Written::tree() const {
  if (!tree_) tree_ = expr::Tree::parse(value_);
  return *tree_;
}

std::string_view name_of(Keyword keyword) {
  switch (keyword) {
#define KEYWORD(name, levels) \
  case Keyword::name:         \
    return #name;
#include <cef/playbook/keywords.def>
#undef KEYWORD
  }
  return {};
}

const Setting* find(const Frame& frame, Keyword keyword) {
  for (const Frame* at = &frame; at; at = at->parent.get()) {
    // An include's own keywords are for itself only.
    if (at != &frame && !at->passes_on) continue;
    for (const Setting& setting : at->settings)
      if (setting.keyword == keyword) return &setting;
  }
  return nullptr;
}

const RoleUse* role_of(const Frame& frame) {
  for (const Frame* at = &frame; at; at = at->parent.get())
    if (at->role) return at->role.get();
  return nullptr;
}

std::vector<std::string> all_tags(const Frame& frame) {
  std::vector<std::string> tags;
  for (const Frame* at = &frame; at; at = at->parent.get()) {
    if (at != &frame && !at->passes_on) continue;
    for (const std::string& tag : at->tags)
      if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
  }
  return tags;
}

bool has_condition(const Frame& frame) {
  for (const Frame* at = &frame; at; at = at->parent.get())
    if (!at->when.empty()) return true;
  return false;
}

void for_each_task(const Items& items, const std::function<void(const Task&)>& what) {
  for (const Item& item : items) {
    if (const auto* task = std::get_if<std::shared_ptr<const Task>>(&item)) {
      what(**task);
      continue;
    }
    const Block& block = *std::get<std::shared_ptr<const Block>>(item);
    for (const Items* part : {&block.tasks, &block.rescue, &block.always}) for_each_task(*part, what);
  }
}

}  // namespace cef::playbook
