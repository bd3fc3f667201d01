// The variables that cef itself reads, and the `ansible_*` names for the same things.
#pragma once

#include <cef/inventory/inventory.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cef::inventory {

/// What a variable sets. Names with the same slot are synonyms.
enum class Slot {
  address,
  port,
  user,
  password,
  key_file,
  jump,
  become,
  become_user,
  become_password,
  connect_timeout,
  forks,
  host_key,
  known_hosts,
  local,
  site,
  tags,
  assertions,
  become_method,  // checked only: cef knows sudo
  ssh_args,       // these three fill what the others leave open, in ssh's order
  ssh_common_args,
  ssh_extra_args,
  count
};

struct Reading {
  std::string error;                  // why the value cannot be used; empty when it can
  bool hidden = false;                // the error is that the value is not known: a template, or encrypted
  std::vector<std::string> warnings;  // what is ignored of it
};

/// How a name is spelled; the strongest first. A plain word (`port`) is a common word of other people's variables, too,
/// and counts only for hosts that have no `ansible_*` variable at all.
enum class Spelling { cef, ansible, plain };

struct Keyword {
  std::string_view name;
  Slot slot;
  Spelling spelling;
  bool ranges;  // `39[001-006]` on a range of hosts gives each host its own value
  void (*read)(const Value& value, Settings& settings, Reading& reading);
};

/// cef's own word for what the slot sets: `address`, `ssh_args`.
std::string_view name_of(Slot slot);

/// Null for a name that cef does not read.
const Keyword* find_keyword(std::string_view name);

/// What a name that cef does not read was probably meant to be: one letter too many or too few, or two in the wrong
/// order. Null where it may well be a word of its own: a plural, a short word with another letter in it.
const Keyword* near_keyword(std::string_view name);

/// Sets what `value` says; null sets nothing. Vault values and templates are errors.
Reading read_setting(const Keyword& keyword, const Value& value, Settings& settings);

/// Fills what is still open in `settings` from ssh's command-line options.
void read_ssh_args(const Value& value, Settings& settings, Reading& reading);

}  // namespace cef::inventory
