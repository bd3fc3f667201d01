#include "pull_talk.hpp"

#include "pull_script.hpp"
#include "sftp/sftp_push.hpp"
#include "words.hpp"

#include <cef/core/sha256.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cef::remote {

namespace {

constexpr std::size_t longest_line = 4096, most_words = 4096;
constexpr std::size_t block = 65536;  // as in the script
constexpr std::size_t most_ahead = std::size_t{4} << 20;
constexpr Milliseconds look_again{5};
// No disk has more.
constexpr std::size_t most_size = std::size_t{1} << 60;

}  // namespace

PullTalk::PullTalk(PullSink& sink, const PullOrders& orders, bool afresh)
    : sink_(sink),
      orders_(orders),
      afresh_(afresh),
      // The shell reads it over; a server of SFTP in its place would wait for it, and say nothing.
      answer_(std::string(sftp_hello) + '\n'),
      turns_(orders.pace, orders.total_pace) {}

std::string PullTalk::command_line() const {
  return pull_line(orders_, orders_.force ? std::nullopt : sink_.target_size());
}

void PullTalk::fail(Code code, std::string message, std::string hint) {
  if (phase_ == Phase::over) return;
  error_ = Error{code, std::move(message), std::move(hint)};
  phase_ = Phase::over;
}

void PullTalk::not_understood(std::string_view line) {
  fail(Code::unexpected_output, fmt::format("the host answered something else than was asked for: '{}'", shown(line)));
}

void PullTalk::hear_error(std::string_view bytes) {
  words_ += bytes.substr(0, most_words - std::min(most_words, words_.size()));
}

void PullTalk::hear(std::string_view bytes, Clock::time_point now) {
  while (!bytes.empty() && phase_ != Phase::over) {
    if (phase_ == Phase::receiving && left_ > 0) {
      const auto piece = bytes.substr(0, left_);
      bytes.remove_prefix(piece.size());
      progress_at_ = now;
      if (const auto taken = sink_.take(piece); !taken) return fail(taken.error());
      left_ -= piece.size();
      taken_ += piece.size();
      if (orders_.progress)
        orders_.progress(static_cast<std::int64_t>(size_ - left_), static_cast<std::int64_t>(size_));
      continue;
    }
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end);
    if (line_.size() + piece.size() > longest_line) {
      if (begun_) return not_understood(line_);
      line_.clear();  // a greeting
    } else {
      line_ += piece;
    }
    if (!begun_ && is_sftp_answer(line_)) {
      is_sftp_ = true;
      phase_ = Phase::over;
      return;
    }
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    hear_line(std::exchange(line_, {}));
  }
}

void PullTalk::hear_line(std::string_view line) {
  if (!begun_) {
    begun_ = ends_greeting(line, "=cef pull");
    if (!begun_ && noise_.size() < most_words) noise_ += std::string(line) + '\n';
    return;
  }
  const char kind = line.size() > 1 && line[1] == ' ' ? line.front() : '\0';
  const auto rest = line.size() > 2 ? line.substr(2) : std::string_view();
  if (kind == 'e' && phase_ == Phase::listening) return hear_refusal(rest);
  if (kind == 'f' && phase_ == Phase::listening) return hear_file(rest);
  if (kind == 'o' && phase_ == Phase::asked) return hear_offset(rest);
  if (phase_ == Phase::receiving && line.empty()) {
    phase_ = Phase::verifying;
    return;
  }
  if (phase_ == Phase::verifying && kind == 'h') {
    host_sha256_ = rest;
    phase_ = Phase::settling;
    return settle();
  }
  not_understood(line);
}

void PullTalk::hear_file(std::string_view rest) {
  const auto words = words_of(rest);
  const auto mode = words.size() == 6 ? mode_of(words[0]) : std::nullopt;
  const auto size = mode ? number_of<std::size_t>(words[1]) : std::nullopt;
  if (!size || *size > most_size) return not_understood(rest);
  mode_ = *mode;
  size_ = *size;
  modified_ = number_of<std::int64_t>(words[2]).value_or(0);
  if (is_sha256(words[3])) there_sha256_ = words[3];
  verifies_ = words[4] != "none";
  if (paced() && words[5] != "1") return fail(cannot_pace());
  if (!verifies_) unverified_ = "the host has neither sha256sum nor openssl: only the length was checked";
  if (!orders_.verify) unverified_ = "it was not asked for";
  phase_ = Phase::deciding;
  decide();
}

// Once the hashes are known here, too.
void PullTalk::decide() {
  if (!orders_.force && sink_.target_size() == size_ && !there_sha256_.empty()) {
    const auto here = sink_.target_sha256();
    if (!here) return;
    if (*here == there_sha256_) {
      equal_ = true;
      sha256_ = *here;
      unverified_.clear();
      phase_ = Phase::over;
      return;
    }
  }
  if (orders_.check) {
    changed_ = true;
    phase_ = Phase::over;
    return;
  }
  std::size_t from = 0;
  std::string hash = "-";
  if (!afresh_ && !orders_.force && verifies_ && sink_.part_size() >= block && sink_.part_size() <= size_) {
    const auto part = sink_.part_sha256();
    if (!part) return;
    from = sink_.part_size();
    hash = *part;
  }
  answer_ = fmt::format("{} {} {} {}\n", from, hash, orders_.verify ? 1 : 0, paced() ? 1 : 0);
  answered_ = 0;
  phase_ = Phase::asked;
}

void PullTalk::hear_offset(std::string_view rest) {
  const auto offset = number_of<std::size_t>(rest);
  if (!offset || (*offset != 0 && *offset != sink_.part_size())) return not_understood(rest);
  began_at_ = offset;
  left_ = size_ - *offset;
  credited_ = *offset;
  if (const auto begun = sink_.begin(*offset, size_); !begun) return fail(begun.error());
  phase_ = Phase::receiving;
}

void PullTalk::hear_refusal(std::string_view rest) {
  const std::string_view kind = rest.substr(0, rest.find(' '));
  const std::string_view words = rest.substr(std::min(rest.size(), kind.size() + 1));
  is_folder_ = kind == "folder";
  if (is_folder_) return fail(Code::not_a_file, fmt::format("{} is a folder on the host", orders_.path));
  if (kind == "kind") return fail(Code::not_a_file, fmt::format("{} is no file on the host", orders_.path));
  if (kind == "open") {
    const Code code = code_of(words).value_or(Code::command_failed);
    const bool is_pattern = code == Code::no_such_file && orders_.path.find_first_of("*?[") != std::string::npos;
    return fail(code, fmt::format("{} cannot be read on the host: {}", orders_.path, shown(words)),
                is_pattern ? "patterns are not expanded: name the files, or the folder that they are in"
                           : hint_for(code, orders_.become));
  }
  not_understood(rest);
}

// Once all is on the disk here.
void PullTalk::settle() {
  const bool hashes = orders_.verify && verifies_;
  const auto ended = sink_.end(hashes);
  if (!ended) return;
  if (!*ended) return fail(ended->error());
  if (hashes && **ended != host_sha256_) {
    mismatched_ = true;
    return fail(Code::checksum_mismatch, fmt::format("what came of {} is not what the host has", orders_.path),
                "is it written to all the time? Then it cannot be taken as a whole");
  }
  sha256_ = **ended;
  changed_ = true;
  phase_ = Phase::over;
}

std::optional<std::string_view> PullTalk::give(std::size_t most, Clock::time_point now) {
  if (phase_ == Phase::deciding) decide();
  if (phase_ == Phase::settling) settle();
  if (phase_ == Phase::receiving && paced() && answered_ == answer_.size() && credited_ < size_)
    if (!give_credit(now)) return std::string_view();
  if (answered_ < answer_.size()) {
    const auto piece = std::string_view(answer_).substr(answered_, most);
    answered_ += piece.size();
    if (phase_ == Phase::asked) progress_at_ = now;
    return piece;
  }
  if (phase_ == Phase::over) return std::nullopt;
  return std::string_view();
}

// Whether it is time for so many more bytes.
bool PullTalk::give_credit(Clock::time_point now) {
  if (credited_ - (size_ - left_) > most_ahead) return false;
  const std::size_t bytes = turns_.next(std::min(block, size_ - credited_), now);
  if (bytes == 0) return false;
  credited_ += bytes;
  answer_ = fmt::format("{}\n{}", bytes, credited_ == size_ ? "0\n" : "");
  answered_ = 0;
  return true;
}

Result<PullTalk::Clock::time_point> PullTalk::tick(Clock::time_point now) {
  if (phase_ == Phase::deciding || phase_ == Phase::settling) return now + look_again;
  if (phase_ != Phase::receiving || left_ == 0) return Clock::time_point::max();
  if (const auto turn = turns_.wake(now)) {
    progress_at_ = std::max(now, *turn);
    return *turn;
  }
  if (orders_.stall.count() <= 0) return Clock::time_point::max();
  const auto until = progress_at_.value_or(now) + orders_.stall;
  if (now < until) return until;
  return Unexpected(Error{Code::transfer_stalled,
                          fmt::format("the host has sent nothing for {}, after {} of {} bytes",
                                      show_duration(orders_.stall), size_ - left_, size_),
                          ""});
}

}  // namespace cef::remote
