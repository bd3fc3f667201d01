#include <cef/core/field_unit.hpp>
#include <cef/core/near_metric.hpp>
#include <cef/core/suggest.hpp>

#include <map>

namespace cef {

namespace {

// `gpu.power` for `gpu.power_w`: people leave the unit out.
std::string without_unit(const std::string& name) {
  const std::size_t unit = unit_of_field(name).ending.size();
  return unit > 0 && unit + 1 < name.size() ? name.substr(0, name.size() - unit - 1) : name;
}

}  // namespace

NearMetrics near_metrics(std::string_view name, std::span<const std::string> known) {
  NearMetrics near;
  const std::string_view probe = name.substr(0, name.find('.') + 1);
  if (!probe.empty())
    for (const std::string& each : known)
      if (each.starts_with(probe)) near.among.push_back(each);
  if (near.among.empty()) near.among.assign(known.begin(), known.end());

  for (const std::string& each : known)  // the probe is missing
    if (!near.best && each.ends_with(name) && each.size() > name.size() && each[each.size() - name.size() - 1] == '.')
      near.best = each;
  if (!near.best) near.best = nearest(name, near.among);
  if (near.best) return near;
  std::map<std::string, std::string> by_short_name;
  std::vector<std::string> short_names;
  for (const std::string& each : near.among)
    if (by_short_name.emplace(without_unit(each), each).second) short_names.push_back(without_unit(each));
  if (const auto found = nearest(name, short_names)) near.best = by_short_name[*found];
  // `celsius` for `temp.cpu_celsius`.
  for (const std::string& each : near.among)
    if (!near.best && name.size() > 2 && each.find(name) != std::string::npos) near.best = each;
  return near;
}

}  // namespace cef
