#include "batches.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cef::runner {

namespace {

// At least one host; a fraction of a host does not count.
std::size_t size_of(const Share& share, std::size_t hosts) {
  const double size = share.percent ? share.value * static_cast<double>(hosts) / 100 : share.value;
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::min(size, static_cast<double>(hosts))));
}

}  // namespace

Batches::Batches(std::size_t hosts, const Limits& limits) : max_fail_(limits.max_fail) {
  std::size_t end = 0;
  for (std::size_t i = 0; end < hosts; ++i) {
    const std::size_t size =
        limits.serial.empty() ? hosts : size_of(limits.serial[std::min(i, limits.serial.size() - 1)], hosts);
    ends_.push_back(end = std::min(hosts, end + size));
  }
  if (ends_.empty()) ends_.push_back(0);
}

void Batches::next() {
  begin_ = ends_[current_++];
  failed_here_ = skipped_here_ = 0;
}

void Batches::note_failure() {
  ++failed_;
  ++failed_here_;
  if (!max_fail_ || reason_) return;
  // A percentage is one of the batch, as in Ansible: no batch may exceed it, so the whole run cannot either.
  const bool too_many = max_fail_->percent
                            ? static_cast<double>(failed_here_) * 100 > max_fail_->value * static_cast<double>(size())
                            : static_cast<double>(failed_) > max_fail_->value;
  if (!too_many) return;
  const std::size_t failed = max_fail_->percent ? failed_here_ : failed_;
  const std::string of = ends_.size() == 1    ? fmt::format(" of {} hosts", size())
                         : max_fail_->percent ? fmt::format(" of the {} hosts of batch {}", size(), current_ + 1)
                                              : std::string(failed == 1 ? " host" : " hosts");
  reason_ = fmt::format("{}{} failed, more than --max-fail {}{} allows", failed, of, max_fail_->value,
                        max_fail_->percent ? "%" : "");
}

bool Batches::all_failed() {
  if (ends_.size() > 1 && failed_here_ > 0 && failed_here_ + skipped_here_ == size() && !reason_)
    reason_ = size() == 1 ? fmt::format("the only host of batch {} failed", current_ + 1)
                          : fmt::format("all {} hosts of batch {} failed", size(), current_ + 1);
  return reason_.has_value();
}

}  // namespace cef::runner
