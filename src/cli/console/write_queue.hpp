// Writes to a descriptor whose reader may pause: a thread of its own waits for it, and nobody else. O_NONBLOCK would be
// seen by every process that shares the terminal or pipe. The thread begins with the first bytes: a process of one
// thread counts references and allocates without locks, and most formats write when all is done. A file has no reader
// who pauses, and needs none.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace cef::cli {

class WriteQueue {
 public:
  /// `wake`, called on that thread: everything has been written, or could not be. For a file: it could not be.
  WriteQueue(int descriptor, std::function<void()> wake);
  /// What has not been written by then is lost.
  ~WriteQueue();
  WriteQueue(const WriteQueue&) = delete;
  WriteQueue& operator=(const WriteQueue&) = delete;

  void write(std::string bytes);
  /// Bytes that wait.
  std::size_t waiting() const;
  /// errno of a write that failed, after which no more is tried; or 0.
  int failure() const;

 private:
  struct State;
  void begin();
  static void work(const std::shared_ptr<State>& state);
  std::shared_ptr<State> state_;  // shared with the thread, which may be in a write that never returns
};

}  // namespace cef::cli
