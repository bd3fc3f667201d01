// What is left of an evaluation's Limits. Whatever can grow with what a template says pays first.
#pragma once

#include "fault.hpp"

#include <cstddef>

namespace cef::expr {

class Budget {
 public:
  static constexpr int deepest = 400;  // lists in lists, for what walks through a value

  explicit Budget(const Limits& limits) : steps_(limits.steps), bytes_(limits.bytes), depth_(limits.depth) {}

  void step(std::size_t count = 1) {
    if (count > steps_) stop("it takes more than the allowed number of steps");
    steps_ -= count;
  }
  void bytes(std::size_t count) {
    if (count > bytes_) stop("what it makes grows larger than allowed");
    bytes_ -= count;
  }
  void enter() {
    if (depth_ == 0) stop("calls and includes are nested too deeply: does it call itself?");
    --depth_;
  }
  void leave() { ++depth_; }

 private:
  [[noreturn]] static void stop(const char* why) { throw Fault{Problem{Problem::Kind::limit, why, {}, 0, 0}}; }

  std::size_t steps_;
  std::size_t bytes_;
  int depth_;
};

/// A call within a call.
class Nested {
 public:
  explicit Nested(Budget& budget) : budget_(budget) { budget_.enter(); }
  ~Nested() { budget_.leave(); }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

 private:
  Budget& budget_;
};

}  // namespace cef::expr
