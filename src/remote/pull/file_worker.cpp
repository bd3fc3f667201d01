#include <cef/core/sha256.hpp>
#include <cef/remote/file_worker.hpp>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <vector>

namespace cef::remote {

namespace {
constexpr std::size_t piece_bytes = std::size_t{256} << 10;
}

struct FileWorker::Job::State {
  int fd = -1;
  Sha256 hash;
  std::size_t done = 0, goal = 0;
  bool wants_sync = false, is_synced = false, busy = false, gone = false, waits = false;
  int failure = 0;  // errno

  bool has_work() const { return !gone && failure == 0 && (done < goal || (wants_sync && !is_synced)); }
};

struct FileWorker::Shared {
  std::mutex mutex;
  std::condition_variable work, idle;
  std::deque<std::shared_ptr<Job::State>> waiting;
  bool over = false;
  std::thread thread;

  void add(const std::shared_ptr<Job::State>& job) {
    if (job->waits || job->busy || !job->has_work()) return;
    job->waits = true;
    waiting.push_back(job);
    work.notify_one();
  }

  void run() {
    std::vector<char> buffer(piece_bytes);
    std::unique_lock lock(mutex);
    for (;;) {
      work.wait(lock, [this] { return over || !waiting.empty(); });
      if (over) return;
      const auto job = waiting.front();
      waiting.pop_front();
      job->waits = false;
      if (!job->has_work()) continue;
      job->busy = true;
      const bool hashes = job->done < job->goal;
      const std::size_t at = job->done, size = std::min(piece_bytes, job->goal - job->done);
      lock.unlock();
      ssize_t got = 0;
      if (hashes) {
        got = ::pread(job->fd, buffer.data(), size, static_cast<off_t>(at));
        if (got > 0) job->hash.add({buffer.data(), static_cast<std::size_t>(got)});
      } else {
        got = ::fsync(job->fd);
      }
      const int reason = errno;
      lock.lock();
      job->busy = false;
      if (got < 0 || (hashes && got == 0))
        job->failure = got < 0 ? reason : EIO;
      else if (hashes)
        job->done += static_cast<std::size_t>(got);
      else
        job->is_synced = true;
      idle.notify_all();
      add(job);
    }
  }
};

FileWorker::FileWorker() : shared_(std::make_unique<Shared>()) {
  shared_->thread = std::thread([this] { shared_->run(); });
}

FileWorker::~FileWorker() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->over = true;
  }
  shared_->work.notify_all();
  shared_->thread.join();
}

FileWorker::Job::Job(FileWorker& worker, int fd) : worker_(worker), state_(std::make_shared<State>()) {
  state_->fd = fd;
}

FileWorker::Job::~Job() {
  std::unique_lock lock(worker_.shared_->mutex);
  state_->gone = true;
  worker_.shared_->idle.wait(lock, [this] { return !state_->busy; });
}

void FileWorker::Job::hash_up_to(std::size_t bytes) {
  const std::lock_guard lock(worker_.shared_->mutex);
  state_->goal = std::max(state_->goal, bytes);
  worker_.shared_->add(state_);
}

std::optional<Result<std::string>> FileWorker::Job::sha256() const {
  const std::lock_guard lock(worker_.shared_->mutex);
  if (state_->failure != 0) return Unexpected(Error{Code::io_failed, std::strerror(state_->failure), ""});
  if (state_->busy || state_->done < state_->goal) return std::nullopt;
  return state_->hash.hex();
}

void FileWorker::Job::sync() {
  const std::lock_guard lock(worker_.shared_->mutex);
  state_->wants_sync = true;
  worker_.shared_->add(state_);
}

std::optional<Result<void>> FileWorker::Job::synced() const {
  const std::lock_guard lock(worker_.shared_->mutex);
  if (state_->failure != 0) return Unexpected(Error{Code::io_failed, std::strerror(state_->failure), ""});
  if (!state_->is_synced) return std::nullopt;
  return Result<void>{};
}

}  // namespace cef::remote
