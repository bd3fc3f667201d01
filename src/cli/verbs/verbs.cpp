#include "verbs.hpp"

namespace cef::cli {

namespace {

std::vector<Verb> make_verbs() {
  using namespace groups;
  std::vector<Verb> all_verbs;
  const auto add = [&all_verbs](Verb verb, Groups its) {
    verb.groups = its | bit(group_always);
    all_verbs.push_back(std::move(verb));
  };
#define VERB(name, its) add(name##_verb(), its);
#define PROBES(its) \
  for (const probes::Probe* probe : probes::all()) add(probe_verb(*probe), its);
#include "verbs.def"
#undef PROBES
#undef VERB
  return all_verbs;
}

}  // namespace

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> list = make_verbs();
  return list;
}

const Verb* find_verb(std::string_view name) {
  for (const Verb& verb : verbs())
    if (verb.name == name) return &verb;
  return nullptr;
}

}  // namespace cef::cli
