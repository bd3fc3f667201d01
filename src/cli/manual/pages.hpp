// The pages of the manual: cef(1), one for each verb, and those on files and faults, which are made of docs/.
#pragma once

#include "app.hpp"
#include "manual/page.hpp"

#include <string_view>
#include <vector>

namespace cef::cli::manual {

Page program_page();
Page page_of(const Verb& verb);

/// Of `inventory`, `config`, `playbook`, `faults`.
struct Topic {
  std::string_view name, file;  // in docs/, without its ending
  int number;
  std::string_view summary;
};
const std::vector<Topic>& topics();
Page page_of(const Topic& topic);

/// All, cef(1) first.
std::vector<Page> all_pages();

}  // namespace cef::cli::manual
