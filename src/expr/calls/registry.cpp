#include "calls/tables.hpp"

#include <cef/expr/expr.hpp>

#include <unordered_map>

namespace cef::expr {

namespace {

using Names = std::unordered_map<std::string_view, const Function*>;

Names names_of(std::initializer_list<Functions> tables) {
  Names names;
  for (const Functions& table : tables)
    for (const Function& function : table) names.emplace(function.name, &function);
  return names;
}

const Function* find(const Names& names, std::string_view name) {
  const auto found = names.find(name);
  return found == names.end() ? nullptr : found->second;
}

const Names& filters() {
  static const Names names =
      names_of({value_filters, list_filters, select_filters, sort_filters, set_filters, dict_filters, text_filters,
                layout_filters, regex_filters, json_filters, yaml_filters, path_filters, hash_filters, password_filters,
                math_filters, size_filters, random_filters, time_filters, url_filters});
  return names;
}

const Names& tests() {
  static const Names names = names_of({value_tests, result_tests, list_tests, text_tests, version_tests});
  return names;
}

constexpr std::string_view needs_netaddr = "addresses are not computed with; give the parts as variables";
constexpr std::string_view windows = "it is for Windows paths";

constexpr std::pair<std::string_view, std::string_view> refusals[] = {
    {"json_query", "JMESPath is not part of cef; selectattr, map and dict2items do the same"},
    {"ipaddr", needs_netaddr},
    {"ipv4", needs_netaddr},
    {"ipv6", needs_netaddr},
    {"ipsubnet", needs_netaddr},
    {"ipmath", needs_netaddr},
    {"ipwrap", needs_netaddr},
    {"ip4_hex", needs_netaddr},
    {"nthhost", needs_netaddr},
    {"next_nth_usable", needs_netaddr},
    {"network_in_network", needs_netaddr},
    {"network_in_usable", needs_netaddr},
    {"cidr_merge", needs_netaddr},
    {"slaac", needs_netaddr},
    {"hwaddr", needs_netaddr},
    {"macaddr", needs_netaddr},
    {"win_basename", windows},
    {"win_dirname", windows},
    {"win_splitdrive", windows},
    {"vault", "secrets are encrypted by ansible-vault, not in an expression"},
    {"unvault", "secrets are decrypted when files are read, not in an expression"},
    {"parse_cli", "it is for network devices"},
    {"parse_cli_textfsm", "it is for network devices"},
    {"parse_xml", "XML is not parsed"},
    {"xmlattr", "HTML is not made here"},
    {"urlize", "HTML is not made here"},
};

}  // namespace

const Function* find_filter(std::string_view name) { return find(filters(), name); }
const Function* find_result_test(std::string_view name) {
  static const Names names = names_of({result_tests});
  return find(names, name);
}
const Function* find_test(std::string_view name) { return find(tests(), name); }

const Function* find_method(const Any& value, std::string_view name) {
  static const Names text = names_of({text_methods}), list = names_of({list_methods}), dict = names_of({dict_methods}),
                     number = names_of({number_methods});
  switch (value.kind()) {
    case Any::Kind::text:
      return find(text, name);
    case Any::Kind::list:
      return find(list, name);
    case Any::Kind::dict:
      return find(dict, name);
    case Any::Kind::integer:
    case Any::Kind::real:
      return find(number, name);
    default:
      return nullptr;
  }
}

const Function* find_global(std::string_view name) {
  static const Names names = names_of({globals});
  return find(names, name);
}

bool knows_filter(std::string_view name) { return find_filter(name) || find_result_test(name); }
bool knows_test(std::string_view name) { return find_test(name) != nullptr; }

std::string_view why_refused(std::string_view name) {
  for (const auto& [refused, why] : refusals)
    if (refused == name) return why;
  return {};
}

}  // namespace cef::expr
