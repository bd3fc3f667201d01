// The inventory that selectors and patterns are tried on.
#pragma once

#include <cef/inventory/inventory.hpp>

inline const cef::inventory::Inventory& fleet() {
  using namespace cef::inventory;
  static const Inventory inventory = [] {
    std::vector<Host> hosts;
    std::vector<Group> groups{
        {"all", {}, {"rpi", "server"}, {}}, {"ungrouped", {}, {}, {}}, {"rpi", {}, {}, {}}, {"server", {}, {}, {}}};
    for (const char* name : {"rpi6401", "rpi6402", "rpi6471", "w01", "p01"}) {
      const std::size_t group = name[0] == 'r' ? 2 : 3;
      Host host;
      host.name = name;
      host.groups = {groups[group].name};
      host.settings.address = "192.0.2.1";
      host.settings.tags = {"arm64"};
      groups[group].hosts.push_back(name);
      hosts.push_back(std::move(host));
    }
    return Inventory(std::move(hosts), std::move(groups));
  }();
  return inventory;
}
