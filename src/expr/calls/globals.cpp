// Functions that are called by their name.

#include "calls/dates.hpp"
#include "calls/lookups.hpp"
#include "calls/tables.hpp"
#include "fault.hpp"
#include "run/objects.hpp"
#include "value/operators.hpp"

#include <chrono>
#include <ctime>

namespace cef::expr {

namespace globals_parts {
namespace {

Any range(Call& call) {
  const bool one = !call.has(1);
  const std::int64_t begin = one ? 0 : call.whole(0), end = one ? call.whole(0) : call.whole(1),
                     step = call.whole(2, 1);
  if (step == 0) fail("range() arg 3 must not be zero");
  std::int64_t width = 0;
  if (__builtin_sub_overflow(step > 0 ? end : begin, step > 0 ? begin : end, &width) || step == INT64_MIN)
    fail("range() is too long");
  if (width <= 0) return Items();
  const std::int64_t count = (width - 1) / (step > 0 ? step : -step) + 1;
  if (count > (std::int64_t{1} << 40u)) call.budget.bytes(SIZE_MAX);
  call.budget.bytes(static_cast<std::size_t>(count) * sizeof(Any));
  Items items;
  items.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) items.emplace_back(begin + i * step);
  return items;
}

std::shared_ptr<Dict> dict_of(Call& call) {
  auto made = std::make_shared<Dict>();
  if (call.has(0) && call[0].is_dict()) {
    for (const auto& [key, value] : call[0].dict().entries()) made->set(key, value);
  } else if (call.has(0)) {
    for (const Any& pair : call.items(0)) {
      const Items both = iterate(pair, call.budget);
      if (both.size() != 2) fail("dict() expects pairs of a key and a value, not {} values", both.size());
      made->set(both[0], both[1]);
    }
  }
  call.budget.bytes(made->size() * 2 * sizeof(Any));
  for (auto& [key, value] : call.named) made->set(key, std::move(value));
  return made;
}

Any dict(Call& call) { return dict_of(call); }

Any make_namespace(Call& call) { return call.evaluation.keep(std::make_shared<Namespace>(dict_of(call))); }

/// cycler('a', 'b'): one after the other.
class Cycler : public Object, public std::enable_shared_from_this<Cycler> {
 public:
  explicit Cycler(Items items) : items_(std::move(items)) {}
  std::string_view type() const override { return "Cycler"; }
  void clear() override { items_.assign(1, nullptr), at_ = 0; }
  std::optional<Any> attribute(std::string_view name) override {
    if (name == "current") return items_[at_];
    if (name != "next" && name != "reset") return std::nullopt;
    return std::shared_ptr<Object>(
        std::make_shared<Closure>("method", [self = shared_from_this(), name = std::string(name)](Call&) {
          if (name == "next") return self->next();
          self->at_ = 0;
          return Any(nullptr);
        }));
  }

 private:
  Any next() {
    Any current = items_[at_];
    at_ = (at_ + 1) % items_.size();
    return current;
  }

  Items items_;
  std::size_t at_ = 0;
};

Any cycler(Call& call) {
  if (call.rest.empty()) fail("at least one item has to be provided");
  return call.evaluation.keep(std::make_shared<Cycler>(std::move(call.rest)));
}

// Nothing at the first call, the separator at all others.
Any joiner(Call& call) {
  const Any separator = call.has(0) ? call[0] : Any(", ");
  return call.evaluation.keep(std::make_shared<Closure>(
      "Joiner", [separator, used = false](Call&) mutable { return std::exchange(used, true) ? separator : Any(""); }));
}

// utc fmt
Any now(Call& call) {
  const auto point = call.evaluation.world().now();
  const std::int64_t micros = std::chrono::duration_cast<std::chrono::microseconds>(point.time_since_epoch()).count();
  std::int64_t shown = micros;
  const std::time_t seconds = std::chrono::system_clock::to_time_t(point);
  std::tm parts{};
  if (call.flag(0)) {
    gmtime_r(&seconds, &parts);
  } else {
    localtime_r(&seconds, &parts);
    shown += static_cast<std::int64_t>(parts.tm_gmtoff) * 1'000'000;
  }
  if (!call.empty(1) && truth(call[1])) return date_text(shown, call.text(1));
  return date_of(shown);
}

Any undef(Call& call) {
  const std::string hint = call.empty(0) ? "" : call.any_text(0);
  return Any::missing(hint.empty() ? "Mandatory variable has not been overridden" : hint);
}

constexpr Function table[] = {
    {"range", range, "start stop? step?"},
    {"dict", dict, "values? **"},
    {"namespace", make_namespace, "values? **"},
    {"cycler", cycler, "*"},
    {"joiner", joiner, "sep?"},
    {"now", now, "utc? fmt?"},
    {"undef", undef, "hint?~"},
    {"lookup", lookup, "name * **"},
    {"query", query, "name * **"},
    {"q", query, "name * **"},
};

}  // namespace
}  // namespace globals_parts

const Functions globals = globals_parts::table;

}  // namespace cef::expr
