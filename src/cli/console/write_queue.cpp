#include "write_queue.hpp"

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <pthread.h>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>

namespace cef::cli {

struct WriteQueue::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::function<void()> wake;
  std::deque<std::string> parts;
  int descriptor = -1;
  std::size_t waiting = 0;
  int failure = 0;
  bool begun = false, over = false;
};

WriteQueue::WriteQueue(int descriptor, std::function<void()> wake) : state_(std::make_shared<State>()) {
  state_->descriptor = descriptor;
  state_->wake = std::move(wake);
}

WriteQueue::~WriteQueue() {
  const std::lock_guard lock(state_->mutex);
  state_->over = true;
  state_->wake = nullptr;
  state_->changed.notify_one();
}

void WriteQueue::begin() {
  state_->begun = true;
  // Signals are for the loop's thread.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([state = state_] { work(state); }).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void WriteQueue::work(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  for (;;) {
    state->changed.wait(lock, [&] { return state->over || !state->parts.empty(); });
    if (state->over) return;
    const std::string bytes = std::move(state->parts.front());
    state->parts.pop_front();
    std::string_view rest = bytes;
    while (!rest.empty() && state->failure == 0 && !state->over) {
      lock.unlock();
      const ssize_t written = ::write(state->descriptor, rest.data(), rest.size());
      const int reason = errno;
      lock.lock();
      if (written >= 0) {
        rest.remove_prefix(static_cast<std::size_t>(written));
        state->waiting -= static_cast<std::size_t>(written);
      } else if (reason != EINTR) {
        state->failure = reason;
      }
    }
    if (state->failure != 0) {
      state->parts.clear();
      state->waiting = 0;
    }
    if (state->waiting == 0 && state->wake) state->wake();
  }
}

void WriteQueue::write(std::string bytes) {
  const std::lock_guard lock(state_->mutex);
  if (bytes.empty() || state_->failure != 0) return;
  state_->waiting += bytes.size();
  state_->parts.push_back(std::move(bytes));
  if (!state_->begun) begin();
  state_->changed.notify_one();
}

std::size_t WriteQueue::waiting() const {
  const std::lock_guard lock(state_->mutex);
  return state_->waiting;
}

int WriteQueue::failure() const {
  const std::lock_guard lock(state_->mutex);
  return state_->failure;
}

}  // namespace cef::cli
