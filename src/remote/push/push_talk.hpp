// The dialogue in which one connection sends a file: the part that knows what to send and what the answers mean, and no
// network. The host first tells what it has, is told from where on it will get the file, gets it, and is told whether
// what came is right.
#pragma once

#include <cef/remote/source.hpp>
#include <cef/remote/transfer.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::remote {

class PushTalk {
 public:
  using Clock = std::chrono::steady_clock;

  /// `afresh`: what is there of it is not to be trusted. All must stay as long as this.
  PushTalk(const Source& source, const PushOrders& orders, bool afresh);

  /// For the host's shell, whichever that is; `near`: see push_line.
  std::string command_line(bool near) const;
  /// The command's input: at most `most` bytes that stay until the next call, nothing when it is the host's turn or
  /// time has to pass, nullopt when there is no more.
  std::optional<std::string_view> give(std::size_t most, Clock::time_point now);
  /// The command's output, and what it writes to standard error.
  void hear(std::string_view bytes);
  void hear_error(std::string_view bytes);
  /// When give() is to be asked again, at the latest. Errors: transfer_stalled, when the host has taken nothing for too
  /// long.
  Result<Clock::time_point> tick(Clock::time_point now);

  /// Whether the script runs there.
  bool begun() const { return begun_; }
  /// Whether there is a result: the file is there, or an error that another connection will not mend.
  bool ended() const { return phase_ == Phase::over; }
  const std::optional<Error>& error() const { return error_; }
  /// What answers is an SFTP server, and no shell.
  bool is_sftp() const { return is_sftp_; }
  /// It has come through otherwise than it was sent.
  bool mismatched() const { return mismatched_; }

  /// Where sending began, once it did; and how many bytes have been handed over since.
  std::optional<std::size_t> began_at() const { return began_at_; }
  std::size_t handed() const { return sent_; }
  bool equal() const { return equal_; }
  /// Of the file there, absolute; empty: it was not told.
  const std::string& path() const { return path_; }
  bool changed() const { return changed_; }
  /// Why the host cannot verify what it gets, or empty.
  const std::string& unverified() const { return unverified_; }
  /// What it said before the script did.
  const std::string& noise() const { return noise_; }

 private:
  enum class Phase { listening, deciding, asking, sending, hashing, finishing, over };
  struct There {
    unsigned mode = 0;
    std::size_t size = 0;
    std::string sha256;  // or empty
    bool owned = true;   // as the orders want it
  };

  void hear_line(std::string_view line);
  void hear_target(std::string_view words);
  void hear_part(std::string_view words);
  void hear_space(std::string_view words);
  void hear_refusal(std::string_view words);
  void decide();
  bool ask_for_less();
  void decide_equal();
  void decide_to_send(std::size_t from);
  std::optional<std::string_view> next_piece(std::size_t most, Clock::time_point now);
  void answer(std::string text);
  void fail(Code code, std::string message, std::string hint = "");
  void fail(const Error& error) { fail(error.code, error.message, error.hint); }
  void fail_by(std::string_view words);
  void not_understood(std::string_view line);

  const Source& source_;
  const PushOrders& orders_;
  const bool afresh_;

  Phase phase_ = Phase::listening;
  bool begun_ = false, is_sftp_ = false, equal_ = false, changed_ = false, mismatched_ = false;
  std::string line_, noise_, words_, unverified_, path_;
  std::optional<There> target_;
  std::size_t part_size_ = 0, first_ = 0;  // of the part; of its beginning that part_sha256_ is the hash of
  int tries_ = 0;                          // at shorter beginnings
  std::string part_sha256_, cannot_write_, host_sha256_;
  std::optional<std::int64_t> space_, inodes_;  // bytes; files
  std::vector<char> piece_;
  bool verifies_ = true;
  unsigned umask_ = 022;

  std::string answer_;
  std::size_t answered_ = 0;
  std::optional<std::size_t> began_at_;
  std::size_t at_ = 0, sent_ = 0;
  std::optional<Sha256> tail_;  // of what was sent, when that is not the whole
  Turns turns_;
  std::optional<Clock::time_point> progress_at_;
  std::optional<Error> error_;
};

}  // namespace cef::remote
