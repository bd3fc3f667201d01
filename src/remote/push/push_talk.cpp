#include "push_talk.hpp"

#include "push_script.hpp"
#include "sftp/sftp_push.hpp"
#include "words.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cef::remote {

namespace {

constexpr std::size_t longest_line = 4096, most_words = 4096;
constexpr Milliseconds look_at_hash{5};
constexpr std::size_t tail_bytes = std::size_t{32} << 20, least_beginning = std::size_t{16} << 20;
constexpr std::size_t longest_piece = 64'000;  // two of SSH's packets
constexpr int most_tries = 4;

}  // namespace

PushTalk::PushTalk(const Source& source, const PushOrders& orders, bool afresh)
    : source_(source), orders_(orders), afresh_(afresh), turns_(orders.pace, orders.total_pace) {
  // The shell reads it over; a server of SFTP in its place would wait for it, and say nothing.
  answer(std::string(sftp_hello) + '\n');
}

std::string PushTalk::command_line(bool near) const {
  // One that is small is hashed by now: then the host needs not ask.
  const bool hashes = orders_.verify && !orders_.force;
  return push_line(source_, orders_, hashes ? source_.sha256().value_or("") : "", near);
}

void PushTalk::answer(std::string text) {
  answer_ = std::move(text);
  answered_ = 0;
}

void PushTalk::fail(Code code, std::string message, std::string hint) {
  if (phase_ == Phase::over) return;
  error_ = Error{code, std::move(message), std::move(hint)};
  phase_ = Phase::over;
}

void PushTalk::fail_by(std::string_view words) {
  const Code code = code_of(words).value_or(Code::command_failed);
  fail(code,
       fmt::format("{} cannot be written on the host: {}", orders_.dest,
                   words.empty() ? "for no known reason" : shown(words)),
       hint_for(code, orders_.become, words));
}

void PushTalk::not_understood(std::string_view line) {
  fail(Code::unexpected_output, fmt::format("the host answered something else than was asked for: '{}'", shown(line)));
}

void PushTalk::hear_error(std::string_view bytes) {
  words_ += bytes.substr(0, most_words - std::min(most_words, words_.size()));
  if (phase_ != Phase::sending) return;
  for (std::string_view rest = words_; rest.find('\n') != std::string_view::npos;
       rest.remove_prefix(rest.find('\n') + 1))
    if (code_of(first_line(rest))) return fail_by(first_line(rest));
}

void PushTalk::hear(std::string_view bytes) {
  while (!bytes.empty() && phase_ != Phase::over) {
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

void PushTalk::hear_line(std::string_view line) {
  if (!begun_) {
    begun_ = ends_greeting(line, "=cef push");
    if (!begun_ && noise_.size() < most_words) noise_ += std::string(line) + '\n';
    return;
  }
  const char kind = line.empty() ? '\0' : line.front();
  const auto rest = line.size() > 2 && line[1] == ' ' ? line.substr(2) : std::string_view();
  if (kind == 'e') return hear_refusal(rest);
  if (phase_ == Phase::listening) {
    if (kind == 'w') {
      path_ = rest;
      return;
    }
    if (kind == 't') return hear_target(rest);
    if (kind == 'p') return hear_part(rest);
    if (kind == 's') return hear_space(rest);
    if (kind == 'x') {
      cannot_write_ = rest.empty() ? "for no known reason" : rest;
      return;
    }
    const auto words = words_of(rest);
    if (kind == 'r' && words.size() == 2) {
      verifies_ = words[0] != "none";
      umask_ = number_of<unsigned>(words[1], 8).value_or(022) & 0777;
      phase_ = Phase::deciding;
      return decide();
    }
  } else if (kind == 'p' && phase_ == Phase::asking) {
    return hear_part(rest);
  } else if (kind == 'h' && (phase_ == Phase::sending || phase_ == Phase::hashing) && at_ == source_.size()) {
    host_sha256_ = rest;
    phase_ = Phase::hashing;
    return;
  } else if (line == "d" && ((phase_ == Phase::finishing) || (phase_ == Phase::sending && at_ == source_.size()))) {
    changed_ = true;
    phase_ = Phase::over;
    return;
  }
  not_understood(line);
}

void PushTalk::hear_target(std::string_view rest) {
  const auto words = words_of(rest);
  There there;
  const auto mode = words.size() == 4 ? mode_of(words[0]) : std::nullopt;
  const auto size = words.size() == 4 ? number_of<std::size_t>(words[1]) : std::nullopt;
  if (!mode || !size) return not_understood(rest);
  there.mode = *mode;
  there.size = *size;
  if (is_sha256(words[2])) there.sha256 = words[2];
  there.owned = words[3] == "1";
  target_ = std::move(there);
}

void PushTalk::hear_part(std::string_view rest) {
  const auto words = words_of(rest);
  const auto size = words.size() == 2 ? number_of<std::size_t>(words[0]) : std::nullopt;
  if (!size) return not_understood(rest);
  if (phase_ == Phase::asking) {
    if (*size != first_) return not_understood(rest);
    phase_ = Phase::deciding;
  } else {
    part_size_ = first_ = *size <= source_.size() && is_sha256(words[1]) ? *size : 0;
  }
  part_sha256_ = words[1];
  if (phase_ == Phase::deciding) decide();
}

void PushTalk::hear_space(std::string_view rest) {
  const auto words = words_of(rest);
  constexpr std::int64_t most_kib = std::int64_t{1} << 50;
  if (!words.empty())
    if (const auto kib = number_of<std::int64_t>(words[0])) space_ = std::min(*kib, most_kib) * 1024;
  if (words.size() > 1) inodes_ = number_of<std::int64_t>(words[1]);
}

void PushTalk::hear_refusal(std::string_view rest) {
  const std::string_view kind = rest.substr(0, rest.find(' '));
  const std::string_view words = rest.substr(std::min(rest.size(), kind.size() + 1));
  const std::string_view said = first_line(trim(std::string_view(words_)));
  if (kind == "missing") return fail(Code::no_such_file, fmt::format("{}: {}", orders_.dest, shown(words)));
  if (kind == "kind") return fail(Code::not_a_file, fmt::format("{}: {}", orders_.dest, shown(words)));
  if (kind == "owner")
    return fail(Code::permission_denied,
                fmt::format("{} cannot be given its owner and group on the host: {}", orders_.dest, shown(words)),
                hint_for(Code::permission_denied, orders_.become));
  if (kind == "hash") {
    mismatched_ = true;
    return fail(Code::checksum_mismatch,
                fmt::format("what the host has got is not what was sent of {}; it was thrown away", source_.name()));
  }
  if (kind == "short" && said.empty())
    return fail(Code::disk_full, fmt::format("{} could not be written whole on the host: it has {} of {} bytes",
                                             orders_.dest, shown(words), source_.size()));
  if (kind == "short") return fail_by(said);
  if (kind == "write") return fail_by(words);
  if (kind == "late") return fail(taken_over(orders_.dest));
  not_understood(rest);
}

// Once the hashes are known here, too.
void PushTalk::decide() {
  if (target_ && target_->size == source_.size() && !target_->sha256.empty() && !orders_.force) {
    const auto whole = source_.sha256();
    if (!whole) return;
    if (*whole == target_->sha256) return decide_equal();
  }
  std::size_t from = 0;
  if (first_ > 0 && !afresh_ && !orders_.check) {
    const auto first = source_.sha256_of_first(first_);
    if (!first) return;
    if (*first == part_sha256_) from = first_;
    if (from == 0 && ask_for_less()) return;
  }
  decide_to_send(from);
}

// What a power cut damages is most often the end: a shorter beginning may be right, if it is worth reading it again.
bool PushTalk::ask_for_less() {
  first_ = first_ == part_size_ ? (part_size_ - 1) / tail_bytes * tail_bytes : first_ / 2;
  if (first_ < least_beginning || ++tries_ > most_tries) return false;
  answer(fmt::format("hash {}\n", first_));
  phase_ = Phase::asking;
  return true;
}

void PushTalk::decide_equal() {
  equal_ = true;
  const bool other_mode = orders_.mode && (*orders_.mode & 0777) != target_->mode;
  if (!other_mode && target_->owned) {
    if (!orders_.check) answer("none\n");  // what an earlier transfer has left may go
    phase_ = Phase::over;
    return;
  }
  changed_ = true;
  if (orders_.check) {
    phase_ = Phase::over;
    return;
  }
  answer(fmt::format("same {}\n", orders_.mode ? fmt::format("{:o}", *orders_.mode) : "-"));
  phase_ = Phase::finishing;
}

void PushTalk::decide_to_send(std::size_t from) {
  if (!cannot_write_.empty()) return fail_by(cannot_write_);
  const auto needed = static_cast<std::int64_t>(source_.size() - from);
  const std::int64_t there = static_cast<std::int64_t>(part_size_ - from);  // what is thrown away makes room
  if (space_ && needed > *space_ + there)
    return fail(Code::disk_full, fmt::format("there is no room for {} on the host: it needs {}, and {} are free",
                                             orders_.dest, size_text(needed), size_text(*space_)));
  if (inodes_ && *inodes_ == 0 && orders_.check)
    return fail(Code::disk_full, fmt::format("there is no inode left for {} on the host", orders_.dest));
  if (!verifies_) unverified_ = "the host has neither sha256sum nor openssl: only the length was checked";
  if (!orders_.verify) unverified_ = "it was not asked for";
  if (orders_.check) {
    changed_ = true;
    phase_ = Phase::over;
    return;
  }
  const unsigned mode = orders_.mode ? *orders_.mode : target_ ? target_->mode : source_.mode() & ~umask_;
  const bool verifies = orders_.verify && verifies_;
  const auto whole = from == 0 && verifies ? source_.sha256() : std::nullopt;
  if (from > 0 && verifies) tail_.emplace();
  began_at_ = at_ = from;
  words_.clear();
  answer(fmt::format("send {} {} {:o}\n", from, whole.value_or("-"), mode));
  phase_ = Phase::sending;
}

std::optional<std::string_view> PushTalk::give(std::size_t most, Clock::time_point now) {
  if (phase_ == Phase::deciding) decide();
  if (phase_ == Phase::hashing) {
    const auto ours = tail_ ? tail_->hex() : source_.sha256();
    if (ours) {
      answer(*ours + '\n');
      phase_ = Phase::finishing;
    }
  }
  if (answered_ < answer_.size()) {
    const auto piece = std::string_view(answer_).substr(answered_, most);
    answered_ += piece.size();
    return piece;
  }
  if (phase_ == Phase::over) return std::nullopt;
  if (phase_ == Phase::sending && at_ < source_.size()) return next_piece(most, now);
  progress_at_.reset();
  return std::string_view();
}

std::optional<std::string_view> PushTalk::next_piece(std::size_t most, Clock::time_point now) {
  const std::size_t size = turns_.next(std::min({most, longest_piece, source_.size() - at_}), now);
  progress_at_ = std::max(now, turns_.due());
  if (size == 0) {
    piece_ = std::vector<char>();  // thousands may wait for their turns
    return std::string_view();
  }
  piece_.resize(size);
  const auto piece = source_.read(at_, piece_);
  // Without its end the host will not put it in place.
  if (at_ + piece.size() == source_.size() && source_.has_changed()) {
    fail(Code::transfer_interrupted,
         fmt::format("{} has changed on this machine while it was sent, or could not be read", source_.name()),
         "send it again when nobody writes to it");
    return std::nullopt;
  }
  if (tail_) tail_->add(piece);
  at_ += piece.size();
  sent_ += piece.size();
  if (orders_.progress) orders_.progress(static_cast<std::int64_t>(at_));
  return piece;
}

Result<PushTalk::Clock::time_point> PushTalk::tick(Clock::time_point now) {
  if (phase_ == Phase::deciding || phase_ == Phase::hashing) return now + look_at_hash;
  if (phase_ != Phase::sending || !progress_at_) return Clock::time_point::max();
  if (const auto turn = turns_.wake(now)) return *turn;
  if (orders_.stall.count() <= 0) return Clock::time_point::max();
  const auto until = *progress_at_ + orders_.stall;
  if (now >= until)
    return Unexpected(Error{Code::transfer_stalled,
                            fmt::format("the host has taken nothing for {}, after {} of {} bytes",
                                        show_duration(orders_.stall), at_, source_.size()),
                            ""});
  return until;
}

}  // namespace cef::remote
