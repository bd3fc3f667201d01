#include "algorithms.hpp"

#include <algorithm>
#include <fnmatch.h>
#include <vector>

namespace cef::transport {

namespace {

using Names = std::vector<std::string>;

Names names_of(std::string_view list) {
  Names names;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (comma > 0) names.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return names;
}

}  // namespace

bool holds(std::string_view names, std::string_view name) {
  while (!names.empty()) {
    const auto comma = std::min(names.find(','), names.size());
    if (names.substr(0, comma) == name) return true;
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return false;
}

std::string changed_by(std::string_view said, std::string_view ours) {
  if (said.empty()) return std::string(ours);
  const char how = said.front();
  const bool changes = how == '+' || how == '-' || how == '^';
  const Names more = names_of(said.substr(changes ? 1 : 0));
  Names names = changes ? names_of(ours) : more;
  if (how == '-')
    std::erase_if(names, [&more](const std::string& name) {
      return std::ranges::any_of(more, [&](const auto& one) { return ::fnmatch(one.c_str(), name.c_str(), 0) == 0; });
    });
  if (how == '^') std::erase_if(names, [&more](const auto& name) { return std::ranges::count(more, name) > 0; });
  if (how == '^') names.insert(names.begin(), more.begin(), more.end());
  if (how == '+')
    for (const std::string& name : more)
      if (std::ranges::count(names, name) == 0) names.push_back(name);
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ",") + name;
  return list;
}

}  // namespace cef::transport
