#include "rows.hpp"

#include <algorithm>
#include <utility>

namespace cef::render {

namespace {

void sort(const Plan& plan, std::vector<Row>& list) {
  // By the key that counts least first: each later sorting leaves what is equal as it was.
  for (auto key = plan.sort.rbegin(); key != plan.sort.rend(); ++key) {
    std::vector<std::pair<Value, Row>> keyed;
    keyed.reserve(list.size());
    for (const Row& row : list) keyed.emplace_back(lookup(*row.result, key->field, row.item), row);
    std::ranges::stable_sort(keyed, [&](const auto& a, const auto& b) {
      if (a.first.is_null() || b.first.is_null()) return !a.first.is_null() && b.first.is_null();  // last either way
      return key->descending ? less(b.first, a.first) : less(a.first, b.first);
    });
    std::ranges::transform(keyed, list.begin(), [](const auto& pair) { return pair.second; });
  }
}

}  // namespace

bool less(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return a.get<double>() < b.get<double>();
  if (a.is_number() != b.is_number()) return a.is_number();
  if (a.is_string() && b.is_string()) return a.get_ref<const std::string&>() < b.get_ref<const std::string&>();
  return dump(a) < dump(b);
}

bool is_failure(const HostResult& result) {
  return result.status == Status::failed || result.status == Status::unreachable;
}

bool is_left_out(const HostResult& result) {
  return result.error && (result.status == Status::skipped || result.error->code == Code::interrupted);
}

bool lacks_record(const HostResult& result) {
  return result.status == Status::skipped && !result.error && result.data.is_null();
}

bool is_shown(const View& view, const HostResult& result) {
  if (!view.statuses.empty() && !view.statuses.contains(result.status)) return false;
  if (view.keeps && !view.keeps(result)) return false;
  return !view.only_failures || is_failure(result) || is_violated(result);
}

std::vector<Row> rows_of(const Plan& plan, const std::vector<Field>& fields, const HostResult& result) {
  std::size_t count = 1;
  for (const Field& field : fields) count = std::max(count, items(result, field));
  std::vector<Row> list;
  for (std::size_t item = 0; item < count; ++item)
    if (std::ranges::all_of(plan.where, [&](const Condition& one) { return meets(one, fields, result, item); }))
      list.push_back({&result, item});
  return list;
}

std::vector<Row> rows(const Plan& plan, const std::vector<Field>& fields, const Report& report) {
  std::vector<Row> list;
  list.reserve(report.results.size());
  for (const HostResult& result : report.results) {
    if (!is_shown(plan.view, result)) continue;
    for (const Row& row : rows_of(plan, fields, result)) list.push_back(row);
  }
  sort(plan, list);
  return list;
}

std::vector<Row> sorted_hosts(const Plan& plan, const Report& report) {
  std::vector<Row> list;
  list.reserve(report.results.size());
  for (const HostResult& result : report.results) list.push_back({&result, 0});
  sort(plan, list);
  return list;
}

}  // namespace cef::render
