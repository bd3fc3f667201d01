// How much a command may write: for itself, and with all others.
#pragma once

#include <cef/transport/session.hpp>

#include <cstddef>
#include <string_view>

namespace cef::transport {

class OutputLimit {
 public:
  /// `streams` must outlive this.
  explicit OutputLimit(const Streams& streams) : streams_(streams) {}

  /// What of `bytes` is still within the limits.
  std::string_view take(std::string_view bytes);
  /// Whether the command wrote more.
  bool passed() const { return passed_; }
  /// output_limit, with `fate` behind it: what became of the command.
  Error error(std::string_view fate) const;

 private:
  const Streams& streams_;
  std::size_t taken_ = 0;
  bool passed_ = false, by_others_ = false;
};

}  // namespace cef::transport
