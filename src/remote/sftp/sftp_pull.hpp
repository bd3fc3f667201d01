// Fetches a file of a host that offers SFTP and no shell: the part that knows the protocol, and no network and no disk.
// Requests go out without waiting for the answers to those before.
#pragma once

#include "pull/pull_talk.hpp"
#include "sftp_packet.hpp"

#include <cef/remote/transfer.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cef::remote {

class SftpPull {
 public:
  using Clock = std::chrono::steady_clock;

  /// `here_modified`: of the file that is here already, if there is one. All must stay.
  SftpPull(PullSink& sink, const PullOrders& orders, std::optional<std::int64_t> here_modified);

  /// As PullTalk's.
  std::optional<std::string_view> give(std::size_t most, Clock::time_point now);
  void hear(std::string_view bytes, Clock::time_point now);
  Result<Clock::time_point> tick(Clock::time_point now);
  /// All has come, and is being written to the disk here: give() looks whether that is done.
  bool is_settling() const { return phase_ == Phase::settling; }

  bool ended() const { return phase_ == Phase::over; }
  const std::optional<Error>& error() const { return error_; }
  bool is_folder() const { return is_folder_; }
  /// A file of that size and time is here.
  bool equal() const { return equal_; }
  bool changed() const { return changed_; }
  std::size_t taken() const { return taken_; }
  std::size_t size() const { return there_.size; }
  unsigned mode() const { return there_.mode & 0777; }
  std::int64_t modified() const { return there_.modified; }

 private:
  enum class Phase { hello, target, opening, reading, proving, closing, settling, over };
  struct Piece {
    std::size_t offset = 0, size = 0;
  };

  void hear_packet(std::string_view packet, Clock::time_point now);
  void hear_version(sftp::Reader& reader);
  void hear_target(std::uint8_t type, sftp::Reader& reader);
  void hear_piece(Piece piece, std::uint8_t type, sftp::Reader& reader);
  void hear_unsized(std::uint8_t type, sftp::Reader& reader);
  void ask_for(Piece piece);
  bool ask_further(Clock::time_point now);
  void take_in_order();
  void prove();
  void hear_proof(sftp::Reader& reader);
  void close();
  void settle();
  void request(std::uint8_t type, std::string_view body);
  void fail(Code code, std::string message);
  void fail_by(std::uint32_t status, std::string_view doing);

  PullSink& sink_;
  const PullOrders& orders_;
  const std::optional<std::int64_t> here_modified_;
  Phase phase_ = Phase::hello;
  std::string path_, handle_, in_, out_;
  std::size_t given_ = 0;
  std::uint32_t id_ = 0;
  std::map<std::uint32_t, Piece> asked_;        // without an answer
  std::map<std::size_t, std::string> waiting_;  // came before what stands before it
  std::string unsized_;                         // of a file that does not tell its size
  sftp::Attributes there_;
  std::size_t asked_up_to_ = 0, taken_ = 0;
  bool is_folder_ = false, equal_ = false, changed_ = false;
  Turns turns_;
  std::optional<Clock::time_point> moved_at_;
  sftp::Patience patience_;
  std::optional<Error> error_;
};

}  // namespace cef::remote
