#include "resolver.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <netdb.h>
#include <pthread.h>
#include <utility>

namespace cef::transport {

namespace {
constexpr std::size_t stack_bytes = std::size_t{512} * 1024;  // of a thread that calls getaddrinfo
}

Result<Addresses> look_up(const std::string& name) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int reason = ::getaddrinfo(name.c_str(), nullptr, &hints, &list);
  if (reason != 0)
    return Unexpected(
        Error{Code::name_unknown, fmt::format("cannot resolve '{}': {}", name, ::gai_strerror(reason)), ""});
  Addresses addresses;
  for (const addrinfo* entry = list; entry; entry = entry->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    std::copy_n(reinterpret_cast<const char*>(entry->ai_addr), entry->ai_addrlen,
                reinterpret_cast<char*>(endpoint.data()));
    endpoint.resize(entry->ai_addrlen);
    if (std::find(addresses.begin(), addresses.end(), endpoint.address()) == addresses.end())
      addresses.push_back(endpoint.address());
  }
  ::freeaddrinfo(list);
  return addresses;
}

// Shared with the threads, which may still hang in getaddrinfo when the run is over: they are left behind, and find
// `io` gone when they come back.
struct Resolver::Pool {
  LookUp look_up;
  std::size_t keeps_idle;
  Resolver* resolver;  // the loop's thread only

  std::mutex mutex;
  std::condition_variable work;
  asio::io_context* io;
  std::deque<std::string> todo;
  std::size_t idle = 0;

  static void serve(const std::shared_ptr<Pool>& pool) {
    std::unique_lock lock(pool->mutex);
    while (pool->io) {
      if (pool->todo.empty()) {
        if (pool->idle >= pool->keeps_idle) return;
        ++pool->idle;
        pool->work.wait(lock, [&pool] { return !pool->io || !pool->todo.empty(); });
        --pool->idle;
        continue;
      }
      const std::string name = std::move(pool->todo.front());
      pool->todo.pop_front();
      lock.unlock();
      auto answer = pool->look_up(name);
      lock.lock();
      if (pool->io) tell(pool, name, std::move(answer));
    }
  }

  // On the loop, whichever thread this is.
  static void tell(const std::shared_ptr<Pool>& pool, const std::string& name, Result<Addresses> answer) {
    asio::post(*pool->io, [pool, name, answer = std::move(answer)] {
      if (pool->resolver) pool->resolver->settle(name, answer);
    });
  }

  // With the usual stack of 8 MiB so many threads would reserve more addresses than some machines allow.
  static int start_thread(const std::shared_ptr<Pool>& pool) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_bytes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    auto handed_over = std::make_unique<std::shared_ptr<Pool>>(pool);
    const auto body = [](void* given) -> void* {
      const std::unique_ptr<std::shared_ptr<Pool>> mine(static_cast<std::shared_ptr<Pool>*>(given));
      serve(*mine);
      return nullptr;
    };
    pthread_t thread{};
    const int failed = pthread_create(&thread, &attributes, body, handed_over.get());
    if (failed == 0) (void)handed_over.release();
    pthread_attr_destroy(&attributes);
    return failed;
  }

  static void give(const std::shared_ptr<Pool>& pool, const std::string& name) {
    const std::lock_guard lock(pool->mutex);
    if (pool->idle <= pool->todo.size()) {
      if (const int failed = start_thread(pool); failed != 0)
        return tell(
            pool, name,
            Unexpected(Error{Code::name_unknown,
                             fmt::format("cannot resolve '{}': no thread for it ({})", name, std::strerror(failed)),
                             "raise the limits of processes and memory (ulimit -u, ulimit -v) or lower --forks"}));
    }
    pool->todo.push_back(name);
    pool->work.notify_one();
  }
};

Resolver::Resolver(asio::io_context& io, LookUp look_up, Limits limits)
    : limits_(limits), lend_(io), pool_(std::make_shared<Pool>()) {
  pool_->look_up = std::move(look_up);
  pool_->keeps_idle = limits.at_once;
  pool_->resolver = this;
  pool_->io = &io;
}

Resolver::~Resolver() {
  pool_->resolver = nullptr;
  const std::lock_guard lock(pool_->mutex);
  pool_->io = nullptr;
  pool_->work.notify_all();
}

void Resolver::Entry::wake() {
  for (const auto& weak : std::exchange(waiting, {}))
    if (const auto waiter = weak.lock()) waiter->notify();
}

void Resolver::start_more() {
  const auto now = Clock::now();
  const auto slow = std::partition_point(under_way_.begin(), under_way_.end(),
                                         [&](Clock::time_point start) { return start + limits_.slow_after <= now; });
  auto fresh = static_cast<std::size_t>(under_way_.end() - slow);
  while (!queue_.empty() && fresh < limits_.at_once && under_way_.size() < limits_.most) {
    const std::string name = std::move(queue_.front());
    queue_.pop_front();
    const auto place = entries_.find(name);
    Entry& entry = *place->second;
    if (std::all_of(entry.waiting.begin(), entry.waiting.end(), [](const auto& weak) { return weak.expired(); })) {
      entries_.erase(place);
      continue;
    }
    entry.started = now;
    under_way_.push_back(now);
    ++fresh;
    entry.wake();
    Pool::give(pool_, name);
  }
  if (queue_.empty() || under_way_.size() >= limits_.most) return;  // a place is found when a look-up ends
  lend_.expires_at(under_way_[under_way_.size() - fresh] + limits_.slow_after);
  lend_.async_wait([pool = pool_](boost::system::error_code moved) {
    if (!moved && pool->resolver) pool->resolver->start_more();
  });
}

void Resolver::settle(const std::string& name, Result<Addresses> answer) {
  const auto place = entries_.find(name);
  const std::shared_ptr<Entry> entry = place->second;
  under_way_.erase(std::find(under_way_.begin(), under_way_.end(), *entry->started));
  entry->answer = std::move(answer);
  entry->answered = Clock::now();
  if (!*entry->answer) entries_.erase(place);
  entry->wake();
  start_more();
}

void Resolver::forget(const std::string& name) {
  const auto place = entries_.find(name);
  if (place != entries_.end() && place->second->answer) entries_.erase(place);
}

// Until the look-up is under way.
asio::awaitable<bool> Resolver::placed(std::shared_ptr<Entry> entry, std::shared_ptr<Waiter> waiter) {
  if (entry->started || waiter->state() != Wake::ready) co_return waiter->state() == Wake::ready;
  const auto came = Clock::now();
  const Deadline own = waiter->deadline();
  waiter->set_deadline(came + limits_.patience);
  while (!entry->started) {
    entry->waiting.push_back(waiter);
    if (co_await waiter->notified() != Wake::ready) co_return false;
  }
  waiter->set_deadline(own == no_deadline ? own : own + (Clock::now() - came));
  co_return true;
}

asio::awaitable<Result<Addresses>> Resolver::resolve(std::string name, std::shared_ptr<Waiter> waiter) {
  boost::system::error_code not_numeric;
  const bool bracketed = name.size() > 2 && name.front() == '[' && name.back() == ']';
  const auto address = asio::ip::make_address(bracketed ? name.substr(1, name.size() - 2) : name, not_numeric);
  if (!not_numeric) co_return Addresses{address};

  std::shared_ptr<Entry>& place = entries_[name];
  if (place && place->answer && Clock::now() >= place->answered + limits_.keeps) place.reset();
  if (!place) {
    place = std::make_shared<Entry>();
    queue_.push_back(name);
  }
  const std::shared_ptr<Entry> entry = place;
  if (!entry->started) entry->waiting.push_back(waiter);  // a name that nobody waits for is dropped from the queue
  start_more();
  if (!co_await placed(entry, waiter))
    co_return Unexpected(
        Error{Code::name_unknown, fmt::format("the name service is busy with other names than '{}'", name), ""});
  while (!entry->answer) {
    entry->waiting.push_back(waiter);
    if (co_await waiter->notified() != Wake::ready)
      co_return Unexpected(
          Error{Code::name_unknown, fmt::format("the name service did not answer for '{}'", name), ""});
  }
  co_return *entry->answer;
}

}  // namespace cef::transport
