#include "jump_order.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace cef::cli {

namespace {

bool leads_to(const runner::Job& jump, const runner::Job& host) {
  if (jump.local || host.local) return false;
  return std::ranges::any_of(host.target.jumps, [&](const transport::Target& hop) {
    return hop.name == jump.host || (hop.address == jump.target.address && hop.port == jump.target.port);
  });
}

// 0 for hosts that lead to no other, more for those that the ones before need on their way back.
std::vector<std::size_t> levels_of(const std::vector<runner::Job>& jobs) {
  std::vector<std::size_t> levels(jobs.size(), 0), hops;
  for (std::size_t i = 0; i < jobs.size(); ++i)
    if (!jobs[i].target.jumps.empty()) hops.push_back(i);
  for (bool moved = true; std::exchange(moved, false);)
    for (std::size_t i = 0; i < jobs.size(); ++i)
      for (const std::size_t host : hops)
        if (i != host && levels[i] <= levels[host] && levels[host] < jobs.size() && leads_to(jobs[i], jobs[host])) {
          levels[i] = levels[host] + 1;
          moved = true;
        }
  const std::size_t last = jobs.empty() ? 0 : *std::ranges::max_element(levels) + 1;
  for (std::size_t i = 0; i < jobs.size(); ++i)
    if (jobs[i].local) levels[i] = last;
  return levels;
}

std::size_t size_of(const runner::Share& share, std::size_t hosts) {
  const double size = share.percent ? share.value * static_cast<double>(hosts) / 100 : share.value;
  return std::max<std::size_t>(1, static_cast<std::size_t>(size));
}

// The batches of --serial, cut where a level ends.
std::vector<runner::Share> batches(const std::vector<std::size_t>& levels, const std::vector<runner::Share>& serial) {
  std::vector<runner::Share> sizes;
  std::size_t begin = 0;
  for (std::size_t i = 0; begin < levels.size(); ++i) {
    std::size_t end = begin;
    while (end < levels.size() && levels[end] == levels[begin]) ++end;
    if (!serial.empty()) end = std::min(end, begin + size_of(serial[std::min(i, serial.size() - 1)], levels.size()));
    sizes.push_back({static_cast<double>(end - begin), false});
    begin = end;
  }
  return sizes;
}

}  // namespace

void put_in_jump_order(Prepared& prepared) {
  const auto levels = levels_of(prepared.jobs);
  if (std::ranges::all_of(levels, [&](std::size_t level) { return level == levels.front(); })) return;
  std::vector<std::size_t> order(levels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return levels[i]; });
  std::vector<runner::Job> jobs;
  std::vector<std::size_t> hosts, sorted;
  for (const std::size_t i : order) {
    jobs.push_back(std::move(prepared.jobs[i]));
    hosts.push_back(prepared.hosts[i]);
    sorted.push_back(levels[i]);
  }
  prepared.jobs = std::move(jobs);
  prepared.hosts = std::move(hosts);
  prepared.limits.serial = batches(sorted, prepared.limits.serial);
  prepared.places = std::move(order);
}

}  // namespace cef::cli
