// Lists as sets. The order is that of the lists, so that a play does the same every time.

#include "calls/tables.hpp"
#include "fault.hpp"
#include "value/operators.hpp"

#include <algorithm>
#include <unordered_set>

namespace cef::expr {

namespace set_filters_parts {
namespace {

/// What has been seen, scalars by their hash.
class Seen {
 public:
  explicit Seen(Budget& budget) : budget_(budget) {}
  Seen(const Items& items, Budget& budget) : budget_(budget) {
    for (const Any& each : items) add(each);
  }

  bool has(const Any& any) const {
    require_defined(any);
    budget_.step();
    if (!any.is_list() && !any.is_dict()) {
      if (hashed_.contains(hash_text(any))) return true;
      return any.soft() && hashed_.contains("s" + text_of(any, budget_));
    }
    return std::any_of(others_.begin(), others_.end(), [&](const Any& known) { return equal(known, any, budget_); });
  }

  /// Whether it is new.
  bool add(const Any& any) {
    if (has(any)) return false;
    budget_.bytes(sizeof(Any));
    if (any.is_list() || any.is_dict())
      others_.push_back(any);
    else
      hashed_.insert(hash_text(any));
    return true;
  }

 private:
  Budget& budget_;
  std::unordered_set<std::string> hashed_;
  Items others_;
};

Items those(Call& call, const Items& items, const Seen& seen, bool wanted) {
  Items out;
  Seen taken(call.budget);
  for (const Any& each : items)
    if (seen.has(each) == wanted && taken.add(each)) out.push_back(each);
  return out;
}

Any set_union(Call& call) {
  Items out;
  Seen seen(call.budget);
  for (std::size_t i = 0; i < 2; ++i)
    for (const Any& each : call.items(i))
      if (seen.add(each)) out.push_back(each);
  return out;
}

Any intersect(Call& call) { return those(call, call.items(0), Seen(call.items(1), call.budget), true); }
Any difference(Call& call) { return those(call, call.items(0), Seen(call.items(1), call.budget), false); }

Any symmetric_difference(Call& call) {
  const Items a = call.items(0), b = call.items(1);
  Items out = those(call, a, Seen(b, call.budget), false);
  const Items more = those(call, b, Seen(a, call.budget), false);
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

constexpr Function table[] = {
    {"union", set_union, "a b"},
    {"intersect", intersect, "a b"},
    {"difference", difference, "a b"},
    {"symmetric_difference", symmetric_difference, "a b"},
};

}  // namespace
}  // namespace set_filters_parts

const Functions set_filters = set_filters_parts::table;

}  // namespace cef::expr
