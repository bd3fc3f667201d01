// How many logins to have under way at once. Many hosts on one server, or behind one link, each take longer the more of
// them log in. When that comes near the time that a login may take, fewer are begun. Hosts that are slow each by itself
// are not helped by that, and once that is seen as many as before are begun.
#pragma once

#include <cef/runner/gate.hpp>
#include <cef/transport/session.hpp>

#include <cstddef>

namespace cef::runner {

class Pace {
 public:
  /// `logins`: the gate to whose places it sees, `most` of them at best.
  Pace(Gate& logins, std::size_t most) : logins_(logins), most_(most) {}

  /// A login that began at `began` is `done`, or was given up for being slow, of the time that it may take. Only those
  /// that are done excuse others: one that never comes may have reasons of its own.
  void note(Clock::time_point began, const transport::LoginTimes& times, Milliseconds allowed, bool done);
  /// Whether a login failed for being slow.
  static bool is_of_slowness(Code code);
  /// Whether it may have been slow because of the others: it was, then, not the host's fault.
  bool excuses(Code code) const { return is_of_slowness(code) && Clock::now() < strained_until_; }

 private:
  Gate& logins_;
  std::size_t most_;
  Clock::time_point strained_until_{}, changed_{};
  Milliseconds worst_{0};  // before fewer were begun
  Milliseconds sum_{0};    // of the latest few
  int count_ = 0;
  bool fewer_ = false, judged_ = false, independent_ = false;
};

}  // namespace cef::runner
