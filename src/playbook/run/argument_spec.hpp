// What a role says of its parameters (meta/argument_specs.yml), and whether values are so.
#pragma once

#include <cef/core/value.hpp>

#include <string>
#include <vector>

namespace cef::playbook {

/// What is wrong with `given`, in Ansible's words; one that is absent was not given.
std::vector<std::string> spec_errors(const Value& spec, const Value& given);

}  // namespace cef::playbook
