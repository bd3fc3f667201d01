#include "run/facts.hpp"

#include "run/evaluate.hpp"
#include "run/perform.hpp"

#include <cef/tasks/modules.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace cef::playbook {

void Facts::take(HostState& host, const Value& facts) {
  if (!facts.is_object()) return;
  for (const auto& [name, value] : facts.items()) host.facts[name] = value;
}

asio::awaitable<void> Facts::gather(HostState& host) {
  if (const auto waiting = under_way_.find(&host); waiting != under_way_.end()) {
    const auto timer = waiting->second;
    boost::system::error_code ignored;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    co_return;
  }
  const auto timer = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor,
                                                          std::chrono::steady_clock::time_point::max());
  under_way_.emplace(&host, timer);
  // What is known of it is all there is, should this fail.
  host.gathered = true;
  Order order;
  order.task = tasks::find_module("setup");
  TaskResult result;
  if (!order.task) {
    result = failed_with("facts cannot be gathered: there is no module setup");
  } else {
    World world(state_, host, state_.play ? state_.play->frame.get() : nullptr);
    host.may_gather = false;  // how the host is reached is not a fact
    std::exception_ptr bug;
    try {
      Evaluator evaluator(world, *this);
      co_await address(evaluator, *state_.play->frame, order);
      Value raw = Value::object();
      const auto subset = co_await evaluator.setting(*state_.play->frame, Keyword::gather_subset);
      if (subset) raw["gather_subset"] = *subset;
      auto params = tasks::read_params(*order.task, raw);
      if (!params) params = tasks::read_params(*order.task, Value::object());
      if (params) order.arguments.params = std::move(*params);
      auto verdict = co_await performer_.perform(std::move(order));
      result = result_of(std::move(verdict));
    } catch (const Failure& failure) {
      result = failure.result;
    } catch (...) {
      bug = std::current_exception();
    }
    host.may_gather = true;
    if (bug) std::rethrow_exception(bug);
  }
  if (const auto facts = result.value.find("ansible_facts"); facts != result.value.end()) take(host, *facts);
  under_way_.erase(&host);
  timer->cancel();
  if (result.failed || result.unreachable) throw Failure{std::move(result)};
}

}  // namespace cef::playbook
