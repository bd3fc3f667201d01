#include "questions.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace cef::engine {

using transport::Clock;
using transport::UnknownKey;

namespace {

// So long after the last key those hosts are asked about that have shown one, although others wait to be started: for
// places that may be taken for hours.
constexpr Milliseconds quiet{300};

bool may_ask(const runner::Job& job) {
  const auto asks = [](const transport::Target& target) { return target.host_key == HostKeyPolicy::ask; };
  return asks(job.target) || std::ranges::any_of(job.target.jumps, asks);
}

std::set<std::string> names_of(const runner::Job& job, const HostResult& result) {
  std::set<std::string> names;
  if (result.error->code == Code::host_key_unknown) names.insert(job.target.name);
  if (result.error->code == Code::jump_failed)
    for (const transport::Target& jump : job.target.jumps) names.insert(jump.name);
  return names;
}

class Watching final : public transport::Executor {
 public:
  Watching(transport::Executor& executor, Questions& questions) : executor_(executor), questions_(questions) {}
  asio::awaitable<Result<std::unique_ptr<transport::Session>>> connect(transport::Target target,
                                                                       transport::Deadline deadline,
                                                                       transport::LoginTimes& times) override {
    const std::string name = target.name;
    auto session = co_await executor_.connect(std::move(target), deadline, times);
    if (session) questions_.settled(name);
    co_return session;
  }

 private:
  transport::Executor& executor_;
  Questions& questions_;
};

}  // namespace

Questions::Questions(asio::io_context& io, transport::Stop& stop, Keys keys, Observer& observer,
                     const std::vector<runner::Job>& jobs)
    : io_(io), stop_(stop), keys_(std::move(keys)), observer_(observer), timer_(io), registration_(stop, [this] {
        wake();
      }) {
  for (const runner::Job& job : jobs) {
    if (!may_ask(job)) continue;
    ++to_start_;
    for (const transport::Target& jump : job.target.jumps) places_.emplace(jump.name, places_.size());
    places_.emplace(job.target.name, places_.size());
    patience_ = std::max(patience_, job.connect_timeout);
  }
}

std::unique_ptr<transport::Executor> Questions::around(transport::Executor& executor) {
  return std::make_unique<Watching>(executor, *this);
}

void Questions::started(const runner::Job& job) {
  if (!may_ask(job)) return;
  --to_start_;
  connecting_.insert(job.target.name);
  consider();
}

void Questions::settled(const std::string& host) {
  if (connecting_.erase(host) > 0) consider();
}

bool Questions::is_open(const std::set<std::string>& names) const {
  const auto ours = [&](const UnknownKey& key) { return names.contains(key.host); };
  return std::ranges::any_of(met_, ours) || std::ranges::any_of(asked_, ours);
}

asio::awaitable<bool> Questions::again(const runner::Job& job, const HostResult& result) {
  for (UnknownKey& key : keys_.take()) {
    const auto same = [&](const UnknownKey& other) { return other.host == key.host && other.key == key.key; };
    if (std::ranges::any_of(met_, same) || std::ranges::any_of(asked_, same)) continue;
    if (met_.empty()) first_met_ = Clock::now();
    met_.push_back(std::move(key));
  }
  const auto names = names_of(job, result);
  if (declined_ || stop_.requested() || !is_open(names)) {
    settled(job.target.name);
    co_return false;
  }
  asio::steady_timer timer(io_, transport::no_deadline);
  Waiting waiting{names, job.target.name, timer};
  const auto place = waiting_.insert(waiting_.end(), &waiting);
  observer_.waiting(waiting_.size());
  connecting_.erase(job.target.name);
  consider();
  boost::system::error_code ignored;
  while (!waiting.answered && !stop_.requested())
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  waiting_.erase(place);
  observer_.waiting(waiting_.size());
  co_return waiting.trusted && !stop_.requested();
}

// Whether it is time to ask: when every host that may show a key has, or has had the time to.
void Questions::consider() {
  if (met_.empty() || !asked_.empty() || stop_.requested()) return;
  const auto now = Clock::now();
  auto due = first_met_ + patience_;
  if (connecting_.empty()) due = to_start_ == 0 ? now : std::min(due, now + quiet);
  timer_.expires_at(due);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error && !met_.empty() && asked_.empty() && !stop_.requested()) put();
  });
}

void Questions::put() {
  asked_ = std::exchange(met_, {});
  std::ranges::stable_sort(asked_, {}, [this](const UnknownKey& key) { return places_[key.host]; });
  observer_.ask(asked_, [this](const std::vector<std::string>& trusted) { answer(trusted); });
}

// Hosts behind a jump host show keys of their own once that is trusted: they are asked about together, too.
void Questions::answer(const std::vector<std::string>& trusted) {
  std::set<std::string> names, good(trusted.begin(), trusted.end());
  for (const UnknownKey& key : std::exchange(asked_, {})) {
    names.insert(key.host);
    if (!good.contains(key.host)) continue;
    if (const auto accepted = keys_.accept(key); !accepted) observer_.complain(accepted.error());
  }
  // Who wants none of them is not asked again.
  declined_ = declined_ || good.empty();
  if (declined_) met_.clear();
  for (Waiting* waiting : waiting_) {
    const auto is_among = [waiting](const std::set<std::string>& list) {
      return std::ranges::any_of(waiting->names, [&](const std::string& name) { return list.contains(name); });
    };
    if (!is_among(names) && !declined_) continue;
    waiting->answered = true;
    waiting->trusted = is_among(good);
    if (waiting->trusted) connecting_.insert(waiting->host);
    waiting->timer.cancel();
  }
  consider();
}

void Questions::wake() {
  timer_.cancel();
  if (!asked_.empty()) observer_.withdraw();
  for (Waiting* waiting : waiting_) waiting->timer.cancel();
}

}  // namespace cef::engine
