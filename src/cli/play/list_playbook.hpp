// What a playbook would do, without doing it: --list-hosts, --list-tasks, --list-tags.
#pragma once

#include <cef/playbook/load.hpp>
#include <cef/playbook/run.hpp>

#include <string>
#include <vector>

namespace cef::cli {

struct Listing {
  bool hosts = false, tasks = false, tags = false;
  bool any() const { return hosts || tasks || tags; }
};

/// As ansible-playbook prints it. `name` is the playbook's, as it was given.
std::string list_playbook(const std::string& name, const playbook::Playbook& playbook,
                          const std::vector<playbook::PlayHosts>& hosts, const playbook::RunOptions& options,
                          const Listing& listing);

}  // namespace cef::cli
