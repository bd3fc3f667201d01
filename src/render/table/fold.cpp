#include "fold.hpp"

#include "explain.hpp"

#include <algorithm>
#include <unordered_map>

namespace cef::render {

std::vector<std::string> Group::names() const {
  std::vector<std::string> list;
  for (const Row& row : rows) list.push_back(row.result->host);
  return list;
}

std::vector<const HostResult*> Group::hosts() const {
  std::vector<const HostResult*> list;
  for (const Row& row : rows) list.push_back(row.result);
  return list;
}

std::vector<Group> group(const View& view, const std::vector<Row>& rows, const std::vector<std::string>& keys) {
  std::vector<Group> groups;
  std::unordered_map<std::string_view, std::size_t> known;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto [it, is_new] = known.emplace(keys[i], groups.size());
    if (is_new) groups.emplace_back();
    groups[it->second].rows.push_back(rows[i]);
  }
  if (view.sort.empty()) std::ranges::stable_sort(groups, {}, [](const Group& group) { return group.rows.size(); });
  return groups;
}

std::string failure_key(const HostResult& result) {
  std::string key(name_of(result.status));
  if (!result.error) return key;
  key += '\0' + std::string(name_of(result.error->code)) + '\0' + without_particulars(result);
  // Numbers in a message are particulars, but how a command ended is not.
  if (result.data.is_object() && result.data.contains("rc")) key += '\0' + result.data["rc"].dump();
  return key;
}

Value median(const std::vector<Row>& rows, const Field& field) {
  std::vector<double> numbers;
  for (const Row& row : rows)
    if (const Value value = lookup(*row.result, field, row.item); value.is_number()) numbers.push_back(value);
  if (numbers.empty()) return nullptr;
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::ranges::nth_element(numbers, middle);
  return *middle;
}

}  // namespace cef::render
