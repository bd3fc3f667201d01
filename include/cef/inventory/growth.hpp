// What a play adds to an inventory: hosts, groups and their variables. What the inventory's files say of groups and
// hosts holds for these, too.
#pragma once

#include <cef/core/result.hpp>
#include <cef/inventory/inventory.hpp>

#include <memory>
#include <string>
#include <vector>

namespace cef::inventory {

class Growth {
 public:
  struct Parts;

  /// Of an inventory of which no more is known than what it came to.
  explicit Growth(const Inventory& inventory);
  explicit Growth(std::unique_ptr<Parts> parts);
  ~Growth();

  // Each tells whether something is other than before. What they name is there afterwards.
  bool add_host(const std::string& name);
  bool add_group(const std::string& name);
  bool set_variable(const std::string& host, const std::string& name, const Value& value);
  bool add_member(const std::string& group, const std::string& host);
  bool add_child(const std::string& parent, const std::string& child);
  /// To be called when all of it is said. Errors: a message, of a loop of groups.
  Result<void, std::string> settle();

  /// With all its variables, after settle(). Errors: a message, of a file of variables that cannot be read.
  Result<Host, std::string> host(const std::string& name);
  /// Without their variables.
  std::vector<Group> groups() const;

 private:
  Result<void, std::string> told();

  std::unique_ptr<Parts> parts_;
};

}  // namespace cef::inventory
