// Packets of SFTP: how their fields are written and read.
// Source: draft-ietf-secsh-filexfer-02 (version 3).
#pragma once

#include <cef/core/duration.hpp>
#include <cef/core/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cef::remote::sftp {

enum Type : std::uint8_t {
  init = 1,
  version = 2,
  open_file = 3,
  close_file = 4,
  read_file = 5,
  write_file = 6,
  lstat_file = 7,
  fstat_file = 8,
  fsetstat = 10,
  remove_file = 13,
  real_path = 16,
  stat_file = 17,
  rename_file = 18,
  status = 101,
  handle = 102,
  data = 103,
  names = 104,
  attrs = 105,
  extended = 200,
};
enum Status : std::uint32_t { ok = 0, end_of_file = 1, no_such_file = 2, permission_denied = 3, failure = 4 };

constexpr std::size_t piece_bytes = 32'000, longest_packet = std::size_t{256} << 10;
// Of a mode: what it is.
constexpr std::uint32_t kinds = 0170000, folder = 0040000, file = 0100000;

inline void put(std::string& to, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(number >> shift & 0xff);
}
inline void put64(std::string& to, std::uint64_t number) {
  put(to, static_cast<std::uint32_t>(number >> 32));
  put(to, static_cast<std::uint32_t>(number));
}
inline void put(std::string& to, std::string_view text) {
  put(to, static_cast<std::uint32_t>(text.size()));
  to += text;
}

struct Attributes {
  std::uint64_t size = 0;
  std::uint32_t mode = 0, modified = 0;
};

/// Fields of a packet; behind its end there are zeros and empty texts.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}
  std::uint32_t number() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4 && !rest_.empty(); ++i, rest_.remove_prefix(1))
      value = value << 8 | static_cast<unsigned char>(rest_.front());
    return value;
  }
  std::uint64_t long_number() {
    const std::uint64_t high = number();
    return high << 32 | number();
  }
  std::string_view text() {
    const std::size_t size = number();
    const auto value = rest_.substr(0, size);
    rest_.remove_prefix(value.size());
    return value;
  }
  bool empty() const { return rest_.empty(); }
  Attributes attributes() {
    Attributes found;
    const std::uint32_t flags = number();
    if (flags & 1) found.size = long_number();
    if (flags & 2) (void)long_number();  // owner and group
    if (flags & 4) found.mode = number();
    if (flags & 8) {
      (void)number();
      found.modified = number();
    }
    return found;
  }

 private:
  std::string_view rest_;
};

/// The texts that come with a status are the server's own, and mean nothing more.
inline std::string reason_of(std::uint32_t status) {
  if (status == Status::no_such_file) return "No such file or directory";
  if (status == Status::permission_denied) return "Permission denied";
  return "the server does not say why (status " + std::to_string(status) + ")";
}

/// How long the answer to one request is waited for.
class Patience {
 public:
  using Clock = std::chrono::steady_clock;
  /// When it is over for the request `id`. Error: transfer_stalled. A limit of 0 is none.
  Result<Clock::time_point> until(std::uint32_t id, Clock::time_point now, Milliseconds limit) {
    if (limit.count() <= 0) return Clock::time_point::max();
    if (id != id_ || !since_) {
      id_ = id;
      since_ = now;
    }
    if (now < *since_ + limit) return *since_ + limit;
    return Unexpected(
        Error{Code::transfer_stalled, "the host's SFTP server has not answered for " + show_duration(limit), ""});
  }

 private:
  std::uint32_t id_ = 0;
  std::optional<Clock::time_point> since_;
};

}  // namespace cef::remote::sftp
