// Facts of a host: what its own files and tools say, and what Ansible calls it.
#pragma once

#include "modules/shell.hpp"

#include <cef/core/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cef::tasks::modules {

/// For variables `hardware network virtual`, each empty or not, and `fact_path`.
extern const char* const facts_script;

/// A text of `sep`-separated fields.
std::vector<std::string> fields_of(std::string_view text, char separator);

// Each adds its facts, by their names without `ansible_`.
void put_system_facts(Value& facts, const Answer& answer);
void put_hardware_facts(Value& facts, const Answer& answer);
void put_network_facts(Value& facts, const Answer& answer);
void put_virtual_facts(Value& facts, const Answer& answer);

}  // namespace cef::tasks::modules
