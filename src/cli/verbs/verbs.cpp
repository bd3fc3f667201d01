#include "verbs.hpp"

namespace cef::cli {

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> list = [] {
    std::vector<Verb> all{hosts_verb(), ping_verb(), exec_verb(), sudo_verb(), enroll_verb()};
    for (const probes::Probe* probe : probes::all()) all.push_back(probe_verb(*probe));
    for (const auto& verb : {snapshot_verb(), watch_verb(), netspeed_verb(), history_verb(), report_verb()})
      all.push_back(verb);
    for (const auto& verb : {runs_verb(), show_verb(), diff_verb(), retry_verb()}) all.push_back(verb);
    return all;
  }();
  return list;
}

const Verb* find_verb(std::string_view name) {
  for (const Verb& verb : verbs())
    if (verb.name == name) return &verb;
  return nullptr;
}

}  // namespace cef::cli
