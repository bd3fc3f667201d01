#include "resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>

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
  std::vector<Index> group_indices;
  std::vector<std::string> groups;          // their names
  std::vector<std::string> cef_tags, tags;  // without and with the plain word
  Merged merged;
  std::size_t ranks = 0;
};

bool is_ansibles(const Variable& variable) { return variable.name.starts_with("ansible_") && !variable.implied; }

constexpr std::string_view setting_names[] = {
    "address",  "port",        "user",          "password",        "key_file", "identities_only",
    "jump",     "become",      "become_user",   "become_password", "forks",    "connect_timeout",
    "host_key", "site",        "known_hosts",   "local",           "assert",   "ssh_config",
    "agent",    "certificate", "host_key_alias"};
constexpr std::size_t setting_count = std::size(setting_names);

// Which of these have a value.
std::bitset<setting_count> set_in(const Settings& s) {
  const bool set[] = {!s.address.empty(),          s.port.has_value(),
                      s.user.has_value(),          s.password.has_value(),
                      !s.key_files.empty(),        s.identities_only.has_value(),
                      s.jump || s.proxy_command,   s.become.has_value(),
                      s.become_user.has_value(),   s.become_password.has_value(),
                      s.forks.has_value(),         s.connect_timeout.has_value(),
                      s.host_key.has_value(),      s.site.has_value(),
                      !s.known_hosts.empty(),      s.local,
                      !s.assertions.empty(),       s.ssh_config.has_value(),
                      s.agent.has_value(),         !s.certificates.empty(),
                      s.host_key_alias.has_value()};
  static_assert(std::size(set) == setting_count);
  std::bitset<setting_count> bits;
  for (std::size_t i = 0; i < setting_count; ++i) bits[i] = set[i];
  return bits;
}

// Without these a login goes on as it would; what they would have said is only told.
bool is_dispensable(Slot slot) {
  return slot == Slot::tags || slot == Slot::site || slot == Slot::forks || slot == Slot::become_method ||
         slot == Slot::connect_timeout;
}

class Resolver {
 public:
  Resolver(const Draft& draft, VarsFiles& files, const Beside& beside, Problems& problems)
      : draft_(draft), files_(files), beside_(beside), problems_(problems) {}

  Inventory run() {
    std::vector<Group> groups;
    for (const DraftGroup& draft : draft_.groups()) groups.push_back(group(draft));
    std::vector<Host> hosts;
    hosts.reserve(draft_.hosts().size());
    for (const DraftHost& draft : draft_.hosts()) hosts.push_back(host(draft));
    return {std::move(hosts), std::move(groups)};
  }

  template <class What>
  void each(const What& what) {
    Settings settings;
    for (const DraftHost& draft : draft_.hosts()) {
      const Shared& common = shared(draft.groups);
      const Layers layers = layers_of(draft, common);
      const std::vector<std::string>& inherited = layers.plain_too ? common.tags : common.cef_tags;
      settings.tags.clear();
      const bool has_own = add_host_tags(settings.tags, layers, inherited);
      what(draft.name, common.group_indices, has_own ? settings.tags : inherited);
    }
  }

  Host host(const DraftHost& draft) {
    const Shared& common = shared(draft.groups);
    const Layers layers = layers_of(draft, common);
    const Merged& merged = layers.merged;

    Host host{draft.name, common.groups, Value::object(), {}, {}};
    auto& object = host.vars.get_ref<Value::object_t&>();  // names are unique already: no search for each
    object.reserve(merged.size());
    for (const Ranked& ranked : merged) object.emplace_back(ranked.variable->name, ranked.variable->value);
    settle(merged, layers.plain_too, host);
    const std::vector<std::string>& inherited = layers.plain_too ? common.tags : common.cef_tags;
    if (!add_host_tags(host.settings.tags, layers, inherited)) host.settings.tags = inherited;
    return host;
  }

 private:
  Group group(const DraftGroup& draft) {
    Group group{draft.name, {}, {}, Value::object()};
    for (const Index host : draft.hosts) group.hosts.push_back(draft_.hosts()[host].name);
    for (const Index child : draft.children) group.children.push_back(draft_.groups()[child].name);
    for (const Variable& variable : draft.vars) group.vars[variable.name] = variable.value;
    for (std::size_t folder = 0; folder < files_.folders(); ++folder)
      if (const Variables* vars = files_.of_group(folder, draft.name))
        for (const Variable& variable : *vars) group.vars[variable.name] = variable.value;
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
    shared.group_indices = groups;
    for (const bool plain_too : {false, true})
      for (std::size_t i = 0; i <= groups.size(); ++i)
        add_tags(plain_too ? shared.tags : shared.cef_tags,
                 own_tags(i < groups.size() ? groups[i] : Draft::all, plain_too));

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

  // At one level cef's own name is before the plain word.
  static void note_tags(const Variables& vars, bool plain_too, const Variable*& tags) {
    if (const Variable* plain = plain_too ? vars.find("tags") : nullptr) tags = plain;
    if (const Variable* own = vars.find("cef_tags")) tags = own;
  }

  const Variable* own_tags(Index group, bool plain_too) {
    const DraftGroup& draft = draft_.groups()[group];
    const Variable* tags = nullptr;
    note_tags(draft.vars, plain_too, tags);
    for (std::size_t folder = 0; folder < files_.folders(); ++folder)
      if (const Variables* vars = files_.of_group(folder, draft.name)) note_tags(*vars, plain_too, tags);
    return tags;
  }

  void add_tags(std::vector<std::string>& tags, const Variable* variable) {
    if (!variable) return;
    Settings settings;
    read(*variable, settings);
    for (std::string& tag : settings.tags)
      if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(std::move(tag));
  }

  struct Layers {
    Merged merged;                      // all of a host's variables
    std::vector<const Variables*> own;  // those of the host itself
    bool plain_too = true;
  };

  Layers layers_of(const DraftHost& draft, const Shared& common) {
    Layers layers{common.merged, {&draft.vars}};
    std::size_t rank = common.ranks;
    overlay(layers.merged, draft.vars, rank++);
    for (std::size_t folder = 0; folder < files_.folders(); ++folder)
      if (const Variables* vars = files_.of_host(folder, draft.name)) {
        overlay(layers.merged, *vars, rank++);
        layers.own.push_back(vars);
      }
    layers.plain_too =
        std::ranges::none_of(layers.merged, [](const Ranked& one) { return is_ansibles(*one.variable); });
    return layers;
  }

  // The host's own, then those of its groups. False, and nothing added, where it has none of its own.
  bool add_host_tags(std::vector<std::string>& tags, const Layers& layers, const std::vector<std::string>& inherited) {
    const Variable* own = nullptr;
    for (const Variables* vars : layers.own) note_tags(*vars, layers.plain_too, own);
    if (!own) return false;
    add_tags(tags, own);
    for (const std::string& tag : inherited)
      if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
    return true;
  }

  // Of a setting's names the strongest spelling counts, and of that the one of the highest rank.
  using Chosen = std::array<const Ranked*, static_cast<std::size_t>(Slot::count)>;
  static Chosen choose(const Merged& merged, bool plain_too) {
    Chosen chosen{};
    const auto at = [&chosen](Slot slot) -> const Ranked*& { return chosen[static_cast<std::size_t>(slot)]; };
    for (const Ranked& ranked : merged) {
      const Keyword* keyword = ranked.variable->keyword;
      if (!keyword || keyword->slot == Slot::tags || (keyword->spelling == Spelling::plain && !plain_too)) continue;
      const Ranked*& slot = at(keyword->slot);
      const Spelling held = slot ? slot->variable->keyword->spelling : Spelling::plain;
      if (!slot || keyword->spelling < held || (keyword->spelling == held && ranked.rank > slot->rank)) slot = &ranked;
    }
    const auto is_plain = [](const Ranked* ranked) {
      return ranked && ranked->variable->keyword->spelling == Spelling::plain;
    };
    // An application's password is sent to no sshd: it is one for logins where other words say how to log in.
    if (!is_plain(at(Slot::address)) && !is_plain(at(Slot::user)) && !is_plain(at(Slot::key_file)))
      for (const Slot slot : {Slot::password, Slot::become_password})
        if (is_plain(at(slot))) at(slot) = nullptr;
    return chosen;
  }

  void settle(const Merged& merged, bool plain_too, Host& host) {
    Settings& settings = host.settings;
    for (const Ranked* ranked : choose(merged, plain_too)) {
      if (!ranked) continue;
      const Variable& variable = *ranked->variable;
      const auto before = set_in(settings);
      read(variable, settings, &host);
      const auto now = set_in(settings);
      for (std::size_t i = 0; i < setting_count; ++i)
        if (now[i] && !before[i])
          host.origins.push_back(
              {setting_names[i], variable.keyword->name, file_of(variable.place), variable.place.line});
    }
    if (settings.address.empty()) settings.address = host.name;
    // A jump host that its own group goes through is reached directly.
    if (settings.jump == host.name) settings.jump.reset();
    for (const Ranked& ranked : merged)
      if (!ranked.variable->keyword) warn_of_slip(*ranked.variable, plain_too, host);
    if (!plain_too) warn_of_address(merged, host);
  }

  // Of the words that are an application's where Ansible's stand beside them, the one without which the host is looked
  // for somewhere else. Once.
  void warn_of_address(const Merged& merged, const Host& host) {
    if (std::ranges::find(host.origins, "address", &Origin::setting) != host.origins.end()) return;
    const auto address = std::ranges::find(merged, "address", [](const Ranked& one) { return one.variable->name; });
    if (address == merged.end() || !address->variable->keyword) return;
    Settings scratch;
    if (!read_setting(*address->variable->keyword, address->variable->value, scratch).error.empty()) return;
    if (!left_alone_.insert(address->variable->keyword).second) return;
    const auto other = std::ranges::find_if(merged, [](const Ranked& one) { return is_ansibles(*one.variable); });
    problems_.warn(
        address->variable->place,
        fmt::format("address: {} is not reached by it, since {} stands beside it, and words without a prefix are "
                    "an application's then: write ansible_host or cef_address",
                    host.name, other->variable->name));
  }

  // `prot: 2200`: a variable like any other, with which the host is looked for at the wrong port. Once for each name,
  // and only where the value would do and nothing else has set what was probably meant.
  void warn_of_slip(const Variable& variable, bool plain_too, const Host& host) {
    const auto [found, is_new] = slips_.try_emplace(variable.name, nullptr);
    if (is_new) found->second = near_keyword(variable.name);
    const Keyword* meant = found->second;
    if (!meant || (meant->spelling == Spelling::plain && !plain_too)) return;
    if (std::ranges::find(host.origins, name_of(meant->slot), &Origin::setting) != host.origins.end()) return;
    Settings scratch;
    if (variable.value.is_null() || !read_setting(*meant, variable.value, scratch).error.empty()) return;
    found->second = nullptr;
    problems_.warn(variable.place,
                   fmt::format("{}: cef has no such setting: did you mean '{}'?", variable.name, meant->name));
  }

  void read(const Variable& variable, Settings& settings, const Host* host = nullptr) {
    const Keyword& keyword = *variable.keyword;
    Reading reading = read_setting(keyword, variable.value, settings);
    if (reading.hidden && host && beside_.render)
      if (const auto value = beside_.render(*host, variable.value)) reading = read_setting(keyword, *value, settings);
    for (const std::string& warning : reading.warnings)
      problems_.warn(variable.place, fmt::format("{}: {}", variable.name, warning));
    if (reading.error.empty()) return;
    const std::string why = fmt::format("{} {}", variable.name, reading.error);
    if (keyword.spelling == Spelling::plain && !reading.hidden)
      leave_alone(variable, why);
    else if (is_dispensable(keyword.slot))
      problems_.warn(variable.place, why);
    else
      settings.unusable.push_back({name_of(keyword.slot), show(variable.place, why)});
  }

  // Once for each word: somebody else's `tags` may stand at every host.
  void leave_alone(const Variable& variable, const std::string& why) {
    if (left_alone_.insert(variable.keyword).second)
      problems_.warn(variable.place,
                     fmt::format("{}: it is left alone here and wherever it does not fit; cef's own name is cef_{}",
                                 why, variable.name));
  }

  static std::string show(Place place, const std::string& message) {
    return cef::show(Diagnostic{place.file ? *place.file : "", place.line, place.column, message});
  }

  std::shared_ptr<const std::string> file_of(Place place) {
    auto& file = file_names_[place.file];
    if (!file) file = std::make_shared<const std::string>(place.file ? *place.file : "");
    return file;
  }

  const Draft& draft_;
  VarsFiles& files_;
  const Beside& beside_;
  Problems& problems_;
  std::map<std::vector<Index>, Shared> shared_;
  std::set<const Keyword*> left_alone_;
  std::unordered_map<std::string_view, const Keyword*> slips_;  // what each name was meant to be, until it is told
  std::map<const std::string*, std::shared_ptr<const std::string>> file_names_;
};

}  // namespace

Inventory resolve(const Draft& draft, VarsFiles& files, const Beside& beside, Problems& problems) {
  return Resolver(draft, files, beside, problems).run();
}

Host resolve_host(const Draft& draft, VarsFiles& files, const Beside& beside, Problems& problems, Index host) {
  return Resolver(draft, files, beside, problems).host(draft.hosts()[host]);
}

void for_each_host(const Draft& draft, VarsFiles& files, Problems& problems,
                   const std::function<void(const std::string& name, const std::vector<Index>& groups,
                                            const std::vector<std::string>& tags)>& what) {
  const Beside nothing;
  Resolver(draft, files, nothing, problems).each(what);
}

bool makes_names(std::string_view variable) {
  return variable == "tags" || variable == "cef_tags" || variable.starts_with("ansible_");
}

}  // namespace cef::inventory
