#include "plan.hpp"

#include <cef/core/error_json.hpp>
#include <cef/core/field_unit.hpp>
#include <cef/core/suggest.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace cef::render {

namespace {

// The fields of a result object; a path that begins with one of them needs no column.
const std::vector<std::string> result_fields{"host",     "status", "groups", "duration_ms",
                                             "attempts", "stages", "error",  "data"};

Field to_field(Column column) {
  std::vector<std::string> path = split_path(column.path);
  return {std::move(column), std::move(path)};
}

// The columns of every verb that does something: a table begins with host and status, and CSV also says why a host
// failed. A verb that names the host's column itself lists hosts and names all its columns.
Columns with_common(Columns columns) {
  const auto has = [&](std::string_view path) {
    return std::ranges::find(columns, path, &Column::path) != columns.end();
  };
  if (!has("host")) {
    const Column host{.name = "host", .path = "host", .help = "name in the inventory"};
    const Column status{.name = "status", .path = "status", .help = "how it went"};
    columns.insert(columns.begin(), {host, status});
  }
  if (has("status")) {
    columns.push_back({.name = "error", .path = "error.code", .help = "why it failed, in a word", .extra = true});
    columns.push_back({.name = "message", .path = "error.message", .help = "why it failed", .extra = true});
  }
  return columns;
}

const Value* child(const Value& value, const std::string& key, std::size_t item) {
  if (value.is_object()) {
    const auto it = value.find(key);
    return it == value.end() ? nullptr : &*it;
  }
  if (!value.is_array()) return nullptr;
  std::size_t index = item;
  if (key != "*") {
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
    if (error != std::errc() || end != key.data() + key.size()) return nullptr;
  }
  return index < value.size() ? &value[index] : nullptr;
}

// `sensors[0]` is the list and the index in it.
void add_segment(std::vector<std::string>& segments, std::string_view text) {
  const std::size_t open = text.find('[');
  const std::string_view index = open == 0 || !text.ends_with(']') ? "" : text.substr(std::min(open, text.size()));
  const std::string_view inner = index.size() > 2 ? index.substr(1, index.size() - 2) : "";
  const bool is_index = inner == "*" || (!inner.empty() && inner.find_first_not_of("0123456789") == inner.npos);
  segments.emplace_back(is_index ? text.substr(0, open) : text);
  if (is_index) segments.emplace_back(inner);
}

// Whether there is such a field, null or not, from the path's segment `i` on; of a list, in any element.
bool exists(const Value& value, const std::vector<std::string>& path, std::size_t i) {
  if (i == path.size()) return true;
  if (path[i] == "*" && value.is_array())
    return value.empty() || std::ranges::any_of(value, [&](const Value& each) { return exists(each, path, i + 1); });
  const Value* next = child(value, path[i], 0);
  return next && (next->is_null() || exists(*next, path, i + 1));
}

// What stands in a record beside the path's first segment that is not there: `data.sensors` for `data.sensor`.
std::optional<std::string> near_path(const Value& record, const std::vector<std::string>& path) {
  const Value* value = &record;
  std::string before = "data";
  for (std::size_t i = 1; i < path.size(); ++i) {
    const Value* next = child(*value, path[i], 0);
    if (!next && value->is_object()) {
      std::vector<std::string> keys;
      for (const auto& [key, ignored] : value->items()) keys.push_back(key);
      const auto near = nearest(path[i], keys);
      return near ? std::optional(fmt::format("{}.{}", before, *near)) : std::nullopt;
    }
    if (!next) return std::nullopt;
    before += '.' + path[i];
    value = next;
  }
  return std::nullopt;
}

Value top_level(const HostResult& result, const std::string& name) {
  if (name == "host") return result.host;
  if (name == "status") return std::string(name_of(result.status));
  if (name == "duration_ms") return result.duration_ms;
  if (name == "attempts") return result.attempts;
  if (name == "groups") return result.groups;
  if (name == "stages") return result.stages;
  if (name == "error" && result.error) return to_json(*result.error);
  return nullptr;
}

}  // namespace

Result<Field> find_field(const Columns& columns, const std::string& name) {
  // The table's header has them in capitals, and that is what people copy.
  const auto is_called = [wanted = lower(name)](const Column& column) { return lower(column.name) == wanted; };
  if (const auto it = std::ranges::find_if(columns, is_called); it != columns.end()) return to_field(*it);
  std::vector<std::string> path = split_path(name);
  const auto is_at = [&](const Column& column) { return split_path(column.path) == path; };
  if (const auto it = std::ranges::find_if(columns, is_at); it != columns.end()) return to_field(*it);
  if (std::ranges::find(result_fields, path.front()) != result_fields.end())
    return Field{{.name = name, .path = name, .unit = unit_of_field(name).unit, .help = ""}, std::move(path)};

  std::vector<std::string> names;
  for (const Column& column : columns) names.push_back(column.name);
  const auto near = nearest(name, names);
  return Unexpected(Error{
      Code::usage,
      near ? fmt::format("there is no column '{}': did you mean '{}'?", name, *near)
           : fmt::format("there is no column '{}'", name),
      fmt::format("columns: {}; or a path into the JSON, such as data.name or error.code", fmt::join(names, ", "))});
}

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> segments;
  for (;;) {
    const std::size_t dot = path.find('.');
    add_segment(segments, path.substr(0, dot));
    if (dot == std::string_view::npos) return segments;
    path.remove_prefix(dot + 1);
  }
}

Result<Plan> make_plan(View view) {
  Plan plan;
  view.columns = with_common(std::move(view.columns));
  for (const std::string& name : view.shown) {
    auto field = find_field(view.columns, name);
    if (!field) return Unexpected(field.error());
    plan.fields.push_back(*std::move(field));
  }
  plan.all = plan.fields;
  if (view.shown.empty())
    for (const Column& column : view.columns) {
      plan.all.push_back(to_field(column));
      if (!column.extra) plan.fields.push_back(plan.all.back());
    }
  for (std::string_view rest = view.sort; !rest.empty();) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const bool descending = name.starts_with('-');
    if (descending) name.remove_prefix(1);
    if (name.empty()) continue;
    auto field = find_field(view.columns, std::string(name));
    if (!field) return Unexpected(field.error());
    plan.sort.push_back({*std::move(field), descending});
  }
  for (const std::string& text : view.where) {
    auto condition = parse_condition(view, text);
    if (!condition) return Unexpected(condition.error());
    plan.where.push_back(*std::move(condition));
  }
  if (!plan.where.empty())
    view.keeps = [where = plan.where, fields = plan.fields](const HostResult& result) {
      std::size_t count = 1;
      for (const Field& field : fields) count = std::max(count, items(result, field));
      for (std::size_t item = 0; item < count; ++item)
        if (std::ranges::all_of(where, [&](const Condition& one) { return meets(one, fields, result, item); }))
          return true;
      return false;
    };
  plan.view = std::move(view);
  return plan;
}

Value lookup(const HostResult& result, const Field& field, std::size_t item) {
  const bool in_data = field.path.front() == "data";
  const Value top = in_data ? Value() : top_level(result, field.path.front());
  const Value* value = in_data ? &result.data : &top;
  for (std::size_t i = 1; value && i < field.path.size(); ++i) value = child(*value, field.path[i], item);
  return value ? *value : Value();
}

std::vector<std::string> absent_columns(const View& view, const Report& report) {
  std::vector<std::string> sentences;
  const auto has_record = [](const HostResult& result) { return result.data.is_object(); };
  if (std::ranges::none_of(report.results, has_record)) return sentences;
  const Columns columns = with_common(view.columns);
  for (const std::string& name : view.shown) {
    const auto field = find_field(columns, name);
    if (!field || field->column.name != name || field->path.front() != "data") continue;
    if (std::ranges::find(columns, field->column.path, &Column::path) != columns.end()) continue;
    std::optional<std::string> near;
    const bool any = std::ranges::any_of(report.results, [&](const HostResult& result) {
      if (!has_record(result)) return false;
      if (exists(result.data, field->path, 1)) return true;
      if (!near) near = near_path(result.data, field->path);
      return false;
    });
    if (!any)
      sentences.push_back(
          fmt::format("no {} has {}{}", view.noun, name, near ? fmt::format(": did you mean {}?", *near) : ""));
  }
  return sentences;
}

std::size_t items(const HostResult& result, const Field& field) {
  const Value* value = field.path.front() == "data" ? &result.data : nullptr;
  for (std::size_t i = 1; value && i < field.path.size(); ++i) {
    if (field.path[i] == "*") return value->is_array() ? std::max<std::size_t>(1, value->size()) : 1;
    value = child(*value, field.path[i], 0);
  }
  return 1;
}

}  // namespace cef::render
