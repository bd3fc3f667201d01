#include "write_queue.hpp"

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <pthread.h>
#include <string_view>
#include <sys/stat.h>
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
  bool is_file = false;  // which takes everything at once: then there is no thread
};

namespace {

bool is_file(int descriptor) {
  struct stat info {};
  return ::fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
}

// Takes what was written off `bytes`; errno, or 0.
int write_some(int descriptor, std::string_view& bytes) {
  for (;;) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      return 0;
    }
    if (errno != EINTR) return errno;
  }
}

}  // namespace

WriteQueue::WriteQueue(int descriptor, std::function<void()> wake) : state_(std::make_shared<State>()) {
  state_->descriptor = descriptor;
  state_->wake = std::move(wake);
  state_->is_file = is_file(descriptor);
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
      const std::size_t before = rest.size();
      lock.unlock();
      const int reason = write_some(state->descriptor, rest);
      lock.lock();
      state->waiting -= before - rest.size();
      state->failure = reason;
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
  if (state_->is_file) {
    for (std::string_view rest = bytes; !rest.empty() && state_->failure == 0;)
      state_->failure = write_some(state_->descriptor, rest);
    if (state_->failure != 0 && state_->wake) state_->wake();
    return;
  }
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
