#include "resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace cef::inventory {

namespace {

// A variable and how far up the order of precedence it stands.
struct Ranked {
  const Variable* variable;
  std::size_t rank;
};
using Merged = std::vector<Ranked>;

void overlay(Merged& merged, const Variables& vars, std::size_t rank) {
  const std::size_t below = merged.size();
  for (const Variable& variable : vars) {
    const auto end = merged.begin() + static_cast<std::ptrdiff_t>(below);  // one layer has each name once
    const auto same =
        std::find_if(merged.begin(), end, [&](const Ranked& r) { return r.variable->name == variable.name; });
    if (same != end)
      *same = {&variable, rank};
    else
      merged.push_back({&variable, rank});
  }
}

// All that hosts in the same groups have in common.
struct Shared {
  std::vector<std::string> groups;
  std::vector<std::string> tags;
  Merged merged;
  std::size_t ranks = 0;
};

void add_tags(std::vector<std::string>& tags, const Variable* variable) {
  if (!variable) return;
  Settings settings;
  read_setting(*variable->keyword, variable->value, settings);
  for (std::string& tag : settings.tags)
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(std::move(tag));
}

class Resolver {
 public:
  Resolver(const Draft& draft, VarsFiles& files, Problems& problems)
      : draft_(draft), files_(files), problems_(problems) {}

  Inventory run() {
    std::vector<Group> groups;
    for (const DraftGroup& draft : draft_.groups()) groups.push_back(group(draft));
    std::vector<Host> hosts;
    hosts.reserve(draft_.hosts().size());
    for (const DraftHost& draft : draft_.hosts()) hosts.push_back(host(draft));
    return {std::move(hosts), std::move(groups)};
  }

 private:
  // Every assignment is checked, also one that another overrides: it may count for the next host.
  void check(const Variables& vars) {
    for (const Variable& variable : vars) {
      if (!variable.keyword) continue;
      Settings scratch;
      const Reading reading = read_setting(*variable.keyword, variable.value, scratch);
      if (!reading.error.empty()) problems_.error(variable.place, fmt::format("{} {}", variable.name, reading.error));
      for (const std::string& warning : reading.warnings)
        problems_.warn(variable.place, fmt::format("{}: {}", variable.name, warning));
    }
  }

  Group group(const DraftGroup& draft) {
    Group group{draft.name, {}, {}, Value::object()};
    for (const Index host : draft.hosts) group.hosts.push_back(draft_.hosts()[host].name);
    for (const Index child : draft.children) group.children.push_back(draft_.groups()[child].name);
    check(draft.vars);
    for (const Variable& variable : draft.vars) group.vars[variable.name] = variable.value;
    for (std::size_t folder = 0; folder < files_.folders(); ++folder)
      if (const Variables* vars = files_.of_group(folder, draft.name)) {
        check(*vars);
        for (const Variable& variable : *vars) group.vars[variable.name] = variable.value;
      }
    return group;
  }

  const Shared& shared(const std::vector<Index>& direct) {
    const auto [found, is_new] = shared_.try_emplace(direct);
    Shared& shared = found->second;
    if (!is_new) return shared;
    std::vector<bool> inside(draft_.groups().size());
    std::vector<Index> todo = direct;
    while (!todo.empty()) {
      const Index at = todo.back();
      todo.pop_back();
      if (inside[at]) continue;
      inside[at] = true;
      todo.insert(todo.end(), draft_.groups()[at].parents.begin(), draft_.groups()[at].parents.end());
    }
    std::vector<Index> groups;
    for (Index i = 0; i < inside.size(); ++i)
      if (inside[i] && i != Draft::all) groups.push_back(i);
    for (const Index i : groups) shared.groups.push_back(draft_.groups()[i].name);
    for (const Index i : groups) add_tags(shared.tags, own_tags(i));
    add_tags(shared.tags, own_tags(Draft::all));

    std::sort(groups.begin(), groups.end(), [&](Index a, Index b) {
      const DraftGroup &x = draft_.groups()[a], &y = draft_.groups()[b];
      return std::tie(x.depth, x.priority, x.name) < std::tie(y.depth, y.priority, y.name);
    });
    const auto layer = [&](const Variables* vars) {
      if (vars) overlay(shared.merged, *vars, shared.ranks++);
    };
    const auto file_layer = [&](std::size_t folder, Index i) {
      layer(files_.of_group(folder, draft_.groups()[i].name));
    };
    layer(&draft_.groups()[Draft::all].vars);
    for (const Index i : groups) layer(&draft_.groups()[i].vars);
    for (std::size_t folder = 0; folder < files_.folders(); ++folder) file_layer(folder, Draft::all);
    for (std::size_t folder = 0; folder < files_.folders(); ++folder)
      for (const Index i : groups) file_layer(folder, i);
    return shared;
  }

  const Variable* own_tags(Index group) {
    const DraftGroup& draft = draft_.groups()[group];
    const Variable* tags = draft.vars.find("tags");
    for (std::size_t folder = 0; folder < files_.folders(); ++folder)
      if (const Variables* vars = files_.of_group(folder, draft.name))
        if (const Variable* found = vars->find("tags")) tags = found;
    return tags;
  }

  Host host(const DraftHost& draft) {
    check(draft.vars);
    const Shared& common = shared(draft.groups);
    Merged merged = common.merged;
    std::size_t rank = common.ranks;
    overlay(merged, draft.vars, rank++);
    const Variable* tags = draft.vars.find("tags");
    for (std::size_t folder = 0; folder < files_.folders(); ++folder)
      if (const Variables* vars = files_.of_host(folder, draft.name)) {
        check(*vars);
        overlay(merged, *vars, rank++);
        if (const Variable* found = vars->find("tags")) tags = found;
      }

    Host host{draft.name, common.groups, Value::object(), {}};
    auto& object = host.vars.get_ref<Value::object_t&>();  // names are unique already: no search for each
    object.reserve(merged.size());
    for (const Ranked& ranked : merged) object.emplace_back(ranked.variable->name, ranked.variable->value);
    host.settings = settings(merged, draft);
    host.settings.tags.clear();
    add_tags(host.settings.tags, tags);
    for (const std::string& tag : common.tags)
      if (std::find(host.settings.tags.begin(), host.settings.tags.end(), tag) == host.settings.tags.end())
        host.settings.tags.push_back(tag);
    return host;
  }

  // Of a setting's synonyms the one of the highest rank counts; at the same rank, cef's own name.
  Settings settings(const Merged& merged, const DraftHost& draft) {
    std::array<const Ranked*, static_cast<std::size_t>(Slot::count)> chosen{};
    for (const Ranked& ranked : merged) {
      const Keyword* keyword = ranked.variable->keyword;
      if (!keyword) continue;
      const Ranked*& slot = chosen[static_cast<std::size_t>(keyword->slot)];
      if (!slot || ranked.rank > slot->rank || (ranked.rank == slot->rank && keyword->own)) slot = &ranked;
    }
    Settings settings;
    for (const Ranked* ranked : chosen)
      if (ranked) read_setting(*ranked->variable->keyword, ranked->variable->value, settings);
    if (settings.address.empty()) settings.address = draft.name;
    // A jump host that its own group goes through is reached directly.
    if (settings.jump == draft.name) settings.jump.reset();
    return settings;
  }

  const Draft& draft_;
  VarsFiles& files_;
  Problems& problems_;
  std::map<std::vector<Index>, Shared> shared_;
};

}  // namespace

Inventory resolve(const Draft& draft, VarsFiles& files, Problems& problems) {
  return Resolver(draft, files, problems).run();
}

}  // namespace cef::inventory
