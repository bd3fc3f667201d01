// Sends a file to a host that offers SFTP and no shell: the part that knows the protocol, and no network. Requests go
// out without waiting for the answers to those before.
// Source: draft-ietf-secsh-filexfer-02 (version 3), and OpenSSH's PROTOCOL for posix-rename and fsync.
#pragma once

#include "sftp_packet.hpp"

#include <cef/remote/source.hpp>
#include <cef/remote/transfer.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cef::remote {

/// The first packet of a client. A shell's `read` takes it, with the newline behind it, for a line.
inline constexpr std::string_view sftp_hello{"\0\0\0\5\1\0\0\0\3", 9};
/// Whether what came could be a server's answer to that.
bool is_sftp_answer(std::string_view bytes);

class SftpPush {
 public:
  using Clock = std::chrono::steady_clock;

  /// Both must stay.
  SftpPush(const Source& source, const PushOrders& orders);

  /// As PushTalk's.
  std::optional<std::string_view> give(std::size_t most, Clock::time_point now);
  void hear(std::string_view bytes);
  Result<Clock::time_point> tick(Clock::time_point now);

  bool begun() const { return version_known_; }
  bool ended() const { return phase_ == Phase::over; }
  const std::optional<Error>& error() const { return error_; }
  /// A file of this size and time is there.
  bool equal() const { return equal_; }
  bool changed() const { return changed_; }
  std::int64_t sent() const { return static_cast<std::int64_t>(at_); }

 private:
  enum class Phase {
    hello,
    target,
    within,
    linked,
    resolving,
    clearing,
    opening,
    writing,
    closing,
    proving,
    renaming,
    removing,
    dropping,
    over
  };
  void hear_packet(std::string_view packet);
  void hear_version(sftp::Reader& reader);
  void hear_target(std::uint8_t type, sftp::Reader& reader);
  void hear_status(sftp::Reader& reader);
  void resolve();
  void open();
  void create();
  void finish();
  void prove();
  void hear_proof(sftp::Reader& reader);
  void rename();
  std::optional<std::string_view> next_write(std::size_t most, Clock::time_point now);
  void request(std::uint8_t type, std::string_view body);
  void fail(Code code, std::string message);
  void fail_by(std::uint32_t status, std::string_view doing);
  void drop();

  const Source& source_;
  const PushOrders& orders_;
  Phase phase_ = Phase::hello;
  std::string path_, part_, handle_, in_, out_;
  std::vector<char> piece_;
  std::string_view data_;  // of the file, in piece_, behind out_
  std::size_t given_ = 0;
  std::uint32_t id_ = 0;
  std::set<std::uint32_t> writes_;  // without an answer
  bool version_known_ = false, has_rename_ = false, has_fsync_ = false, equal_ = false, changed_ = false,
       dropped_ = false;
  std::optional<sftp::Attributes> there_;
  std::size_t at_ = 0;
  Turns turns_;
  std::optional<Clock::time_point> progress_at_;
  sftp::Patience patience_;
  std::optional<Error> error_;
};

}  // namespace cef::remote
