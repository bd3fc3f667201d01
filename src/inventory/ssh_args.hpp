// The options of ssh's command line, as Ansible's variables and ProxyCommands hold them.
#pragma once

#include "keywords.hpp"

#include <string>
#include <vector>

namespace cef::inventory {

/// Sets what they say where nothing has been said. What has no meaning here is a warning of the reading.
void read_ssh_words(const std::vector<std::string>& words, Settings& settings, Reading& reading);

}  // namespace cef::inventory
