// The dialogue in which one connection fetches a file: the part that knows what to ask and what the answers mean, and
// no network and no disk.
#pragma once

#include <cef/core/result.hpp>
#include <cef/remote/transfer.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cef::remote {

/// Where what comes is put.
class PullSink {
 public:
  virtual ~PullSink() = default;
  /// Size of the file that is there already, if there is one; and its hash: nothing when it is to be asked for again.
  virtual std::optional<std::size_t> target_size() = 0;
  virtual std::optional<std::string> target_sha256() = 0;
  /// What is there of it, and its hash, as above.
  virtual std::size_t part_size() = 0;
  virtual std::optional<std::string> part_sha256() = 0;
  /// From here on it comes, up to `size` in all. Errors: io_failed.
  virtual Result<void> begin(std::size_t offset, std::size_t size) = 0;
  virtual Result<void> take(std::string_view bytes) = 0;
  /// Of all that is there, once it is on the disk, too: nothing when it is to be asked for again. `hashes`: false when
  /// the hash is of no interest; then it is empty.
  virtual std::optional<Result<std::string>> end(bool hashes) = 0;
};

class PullTalk {
 public:
  using Clock = std::chrono::steady_clock;

  /// `afresh`: what is here of it is not to be trusted. All must stay as long as this.
  PullTalk(PullSink& sink, const PullOrders& orders, bool afresh);

  /// For the host's shell, whichever that is.
  std::string command_line() const;
  /// As PushTalk's.
  std::optional<std::string_view> give(std::size_t most, Clock::time_point now);
  void hear(std::string_view bytes, Clock::time_point now);
  void hear_error(std::string_view bytes);
  Result<Clock::time_point> tick(Clock::time_point now);

  bool begun() const { return begun_; }
  /// What answers is an SFTP server, and no shell.
  bool is_sftp() const { return is_sftp_; }
  /// Whether there is a result: all is here, or an error that another connection will not mend.
  bool ended() const { return phase_ == Phase::over; }
  /// All has come, and is being hashed and written to the disk here: give() looks whether that is done. The host may be
  /// gone meanwhile.
  bool is_settling() const { return phase_ == Phase::settling; }
  const std::optional<Error>& error() const { return error_; }
  bool mismatched() const { return mismatched_; }
  /// The path there is a folder's; that is an error, too.
  bool is_folder() const { return is_folder_; }

  std::optional<std::size_t> began_at() const { return began_at_; }
  /// Bytes of the file that came.
  std::size_t taken() const { return taken_; }
  bool equal() const { return equal_; }
  bool changed() const { return changed_; }
  std::size_t size() const { return size_; }
  /// As chmod takes it, and seconds since 1970, or 0.
  unsigned mode() const { return mode_; }
  std::int64_t modified() const { return modified_; }
  const std::string& sha256() const { return sha256_; }
  const std::string& unverified() const { return unverified_; }
  const std::string& noise() const { return noise_; }

 private:
  enum class Phase { listening, deciding, asked, receiving, verifying, settling, over };

  void hear_line(std::string_view line);
  void hear_file(std::string_view words);
  void hear_offset(std::string_view words);
  void hear_refusal(std::string_view words);
  void decide();
  void settle();
  bool give_credit(Clock::time_point now);
  bool paced() const { return turns_.have_limit(); }
  void fail(Code code, std::string message, std::string hint = "");
  void fail(const Error& error) { fail(error.code, error.message, error.hint); }
  void not_understood(std::string_view line);

  PullSink& sink_;
  const PullOrders& orders_;
  const bool afresh_;

  Phase phase_ = Phase::listening;
  bool begun_ = false, is_sftp_ = false, is_folder_ = false, equal_ = false, changed_ = false, mismatched_ = false,
       verifies_ = true;
  std::string line_, noise_, words_, unverified_, answer_, sha256_, host_sha256_, there_sha256_;
  std::size_t answered_ = 0, size_ = 0, left_ = 0, taken_ = 0, credited_ = 0;
  unsigned mode_ = 0644;
  std::int64_t modified_ = 0;
  std::optional<std::size_t> began_at_;
  Turns turns_;
  std::optional<Clock::time_point> progress_at_;
  std::optional<Error> error_;
};

}  // namespace cef::remote
