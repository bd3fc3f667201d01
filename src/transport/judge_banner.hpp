// What a server's first bytes say: a pure function, so that hostile ones can be tried on it.
#pragma once

#include <cef/core/error.hpp>

#include <cstddef>
#include <string_view>

namespace cef::transport {

/// The most of other lines before the version line; OpenSSH's client stops at 1024 of them.
inline constexpr std::size_t longest_preamble = 8192;

/// What the first bytes of a connection mean.
struct Judgement {
  enum class Verdict { more, ssh, failed } verdict = Verdict::more;
  std::size_t skip = 0;  // bytes of other lines before the version line, which RFC 4253, 4.2 allows
  Error error;           // set if failed
};

/// `seen` is everything that came so far; `closed` says that no more will.
Judgement judge_banner(std::string_view seen, bool closed);

/// What to say of a server that sent `seen`, nothing else, and has had its time: banner_timeout, or not_ssh when it
/// said something that is not the beginning of a version line.
Error judge_silence(std::string_view seen);

}  // namespace cef::transport
