// Batches of hosts, and when so many failed that no more are started. Sizes and percentages mean what they mean in
// Ansible's `serial` and `max_fail_percentage`.
#pragma once

#include <cef/runner/runner.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cef::runner {

class Batches {
 public:
  Batches(std::size_t hosts, const Limits& limits);

  /// One past the last host of the batch that runs.
  std::size_t end() const { return ends_[current_]; }
  void next();
  /// Counts a host of this batch that failed or was not reached.
  void note_failure();
  /// Counts one that was not even tried.
  void note_skipped() { ++skipped_here_; }
  /// To be asked when the batch is done: whether all its hosts failed. Then the next one is not started.
  bool all_failed();
  /// Why no more hosts are to be started, if that is so.
  const std::optional<std::string>& reason() const { return reason_; }

 private:
  std::size_t size() const { return ends_[current_] - begin_; }

  const std::optional<Share> max_fail_;
  std::vector<std::size_t> ends_;
  std::size_t current_ = 0, begin_ = 0, failed_ = 0, failed_here_ = 0, skipped_here_ = 0;
  std::optional<std::string> reason_;
};

}  // namespace cef::runner
