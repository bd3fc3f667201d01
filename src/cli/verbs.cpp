#include "verbs.hpp"

namespace cef::cli {

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> list = [] {
    std::vector<Verb> all{hosts_verb(), ping_verb(), exec_verb(), sudo_verb(), enroll_verb()};
    for (const probes::Probe* probe : probes::all()) all.push_back(probe_verb(*probe));
    all.push_back(snapshot_verb());
    return all;
  }();
  return list;
}

}  // namespace cef::cli
