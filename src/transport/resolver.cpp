#include "resolver.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <thread>

namespace cef::transport {

namespace {

constexpr std::size_t most_threads = 8;

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

}  // namespace

// Shared with the threads, which may still hang in getaddrinfo when the run is over: they are left behind, and find
// `io` gone when they come back.
struct Resolver::Pool {
  struct Lookup {
    std::optional<Result<Addresses>> answer;
    std::vector<std::weak_ptr<Waiter>> waiting;
  };
  std::mutex mutex;
  std::condition_variable work;
  asio::io_context* io = nullptr;
  std::deque<std::string> todo;
  std::size_t threads = 0, idle = 0;
  std::map<std::string, Lookup> lookups;  // the loop's thread only

  static void serve(const std::shared_ptr<Pool>& pool) {
    std::unique_lock lock(pool->mutex);
    while (pool->io) {
      if (pool->todo.empty()) {
        ++pool->idle;
        pool->work.wait(lock);
        --pool->idle;
        continue;
      }
      const std::string name = std::move(pool->todo.front());
      pool->todo.pop_front();
      lock.unlock();
      auto answer = look_up(name);
      lock.lock();
      if (!pool->io) return;
      asio::post(*pool->io, [pool, name, answer = std::move(answer)] {
        Lookup& lookup = pool->lookups[name];
        lookup.answer = answer;
        for (const auto& weak : lookup.waiting)
          if (const auto waiter = weak.lock()) waiter->notify();
        lookup.waiting.clear();
      });
    }
  }
};

Resolver::Resolver(asio::io_context& io) : pool_(std::make_shared<Pool>()) { pool_->io = &io; }

Resolver::~Resolver() {
  const std::lock_guard lock(pool_->mutex);
  pool_->io = nullptr;
  pool_->work.notify_all();
}

asio::awaitable<Result<Addresses>> Resolver::resolve(std::string name, std::shared_ptr<Waiter> waiter) {
  boost::system::error_code not_numeric;
  const bool bracketed = name.size() > 2 && name.front() == '[' && name.back() == ']';
  const auto address = asio::ip::make_address(bracketed ? name.substr(1, name.size() - 2) : name, not_numeric);
  if (!not_numeric) co_return Addresses{address};

  const auto [place, first] = pool_->lookups.try_emplace(name);
  Pool::Lookup& lookup = place->second;
  if (first) {
    const std::lock_guard lock(pool_->mutex);
    pool_->todo.push_back(name);
    if (pool_->idle == 0 && pool_->threads < most_threads) {
      ++pool_->threads;
      std::thread(Pool::serve, pool_).detach();
    }
    pool_->work.notify_one();
  }
  while (!lookup.answer) {
    lookup.waiting.push_back(waiter);
    if (co_await waiter->notified() != Wake::ready)
      co_return Unexpected(
          Error{Code::name_unknown, fmt::format("the name service did not answer for '{}'", name), ""});
  }
  co_return *lookup.answer;
}

}  // namespace cef::transport
