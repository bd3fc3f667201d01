#include "in_order.hpp"

#include <utility>

namespace cef::render {

InOrder::InOrder(const Plan& plan, std::function<void(std::string)> write) : write_(std::move(write)) {
  if (!plan.sort.empty()) return;
  for (const std::string& host : plan.view.hosts) places_.emplace(host, places_.size());
  slots_.resize(places_.size());
}

void InOrder::add(const std::string& host, std::optional<std::string> text) {
  const auto [place, is_new] = places_.try_emplace(host, slots_.size());
  if (is_new) slots_.emplace_back();
  slots_[place->second] = {true, std::move(text)};
  for (; next_ < slots_.size() && slots_[next_].done; ++next_)
    if (auto ready = std::exchange(slots_[next_].text, std::nullopt)) write_(std::move(*ready));
}

}  // namespace cef::render
