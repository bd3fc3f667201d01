#include "cell.hpp"
#include "explain.hpp"
#include "layout.hpp"
#include "levels.hpp"
#include "style.hpp"

#include <cef/core/text.hpp>
#include <cef/render/screen_table.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <utility>

namespace cef::render {

namespace {

constexpr std::string_view dim = "\x1b[2m", plain_again = "\x1b[0m";

// `3 s`, `12 min`: how old a host's values are.
std::string show_age(std::chrono::steady_clock::duration age) {
  const auto seconds = std::max<long long>(0, std::chrono::duration_cast<std::chrono::seconds>(age).count());
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} h", seconds / 3600);
}

// What a status is sorted by: what needs someone comes first.
int urgency(Status status) {
  switch (status) {
    case Status::unreachable:
      return 0;
    case Status::failed:
      return 1;
    case Status::skipped:
      return 4;
    case Status::changed:
      return 5;
    case Status::ok:
      return 6;
  }
  return 6;
}
constexpr int late_urgency = 2, waiting_urgency = 3;

// Colours within the line end in a reset, after which it has to be dimmed again.
std::string dimmed(std::string line) {
  for (std::size_t at = 0; (at = line.find(plain_again, at)) != std::string::npos;
       at += plain_again.size() + dim.size())
    line.insert(at + plain_again.size(), dim);
  return fmt::format("{}{}{}", dim, line, plain_again);
}

}  // namespace

struct ScreenTable::State {
  struct Line {
    std::vector<Value> values;  // by which it is sorted; null where the host as a whole tells: status and age
    std::vector<std::string> cells;
    std::vector<Ink> inks;  // of the cells; empty without colour
  };
  using Place = std::pair<std::size_t, std::size_t>;  // host, and which of its lines
  struct Host {
    std::vector<Line> lines;
    std::optional<Time> answered;  // when the values were found
    Status status = Status::skipped;
    std::string word = "waiting", failure, hint;
    HostResult last;  // what it answered last; after a failure with the values from before
    bool heard = false, late = false, current = true;  // current: the values are those of the last answer
    std::string remark;                                // what could not be found out when it answered
  };

  State(Plan its_plan, const std::vector<std::string>& names, bool shows_ages)
      : plan(std::move(its_plan)), hosts(names.size()), ages(shows_ages) {
    // A remark has a line below its host, and costs no column.
    const auto is_remark = [](const Field& field) { return field.column.remark; };
    if (ages && plan.view.shown.empty()) {
      std::ranges::copy_if(plan.fields, std::back_inserter(remarks), is_remark);
      std::erase_if(plan.fields, is_remark);
    }
    for (const Field& field : plan.fields) {
      std::string title = field.column.name;
      std::ranges::transform(title, title.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      TableColumn column{std::move(title), field.column.align, Role::other};
      if (field.is_host()) column.role = Role::host;
      if (field.is_status()) column.role = Role::status;
      if (field.column.unit != Unit::none) column.align = Align::right;
      if (!plan.sort.empty() && field.column.path == plan.sort.front().field.column.path) sort = columns.size();
      columns.push_back(std::move(column));
      if (!field.is_status() || status) continue;
      status = columns.size() - 1;
      if (!ages) continue;
      // Beside the status stands how old the values are.
      age = columns.size();
      columns.push_back({"AGE", Align::right, Role::other});
    }
    widths.resize(columns.size());
    if (status) widths[*status] = name_of(Status::unreachable).size();
    if (age) widths[*age] = age_width;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      HostResult nothing;
      nothing.host = names[i];
      hosts[i].lines = lines_of(nothing);
      hosts[i].last.host = names[i];
    }
    descending = !plan.sort.empty() && plan.sort.front().descending;
  }

  std::vector<Line> lines_of(const HostResult& result) {
    std::size_t count = 1;
    for (const Field& field : plan.fields) count = std::max(count, items(result, field));
    std::vector<Line> lines(count);
    for (std::size_t item = 0; item < count; ++item) {
      Line& line = lines[item];
      for (const Field& field : plan.fields) {
        Value value = lookup(result, field, item);
        std::string cell = one_line(show(value, field.column.unit), plan.view.escape);
        const std::size_t column = line.cells.size();
        widths[column] = std::max(widths[column], display_width(cell));
        if (plan.view.colour) line.inks.push_back(ink_of(Row{&result, item}, field, value));
        line.values.push_back(std::move(value));
        line.cells.push_back(std::move(cell));
        if (line.cells.size() != age) continue;
        if (plan.view.colour) line.inks.push_back(Ink::none);
        line.values.emplace_back();
        line.cells.emplace_back();
      }
    }
    return lines;
  }

  // All lines, as they stand below each other.
  void put_in_order() {
    if (in_order) return;
    in_order = true;
    order.clear();
    for (std::size_t host = 0; host < hosts.size(); ++host) {
      if (plan.view.only_failures && !needs_someone(hosts[host])) continue;
      for (std::size_t n = 0; n < hosts[host].lines.size(); ++n)
        if (matches(hosts[host], n)) order.emplace_back(host, n);
    }
    if (!sort) return add_reasons();
    std::vector<std::pair<Value, Place>> keyed;
    keyed.reserve(order.size());
    for (const Place& place : order) keyed.emplace_back(key_of(place), place);
    std::ranges::stable_sort(keyed, [this](const auto& a, const auto& b) {
      const Value &left = a.first, &right = b.first;
      if (left.is_null() || right.is_null()) return !left.is_null() && right.is_null();  // last either way
      return descending ? less(right, left) : less(left, right);
    });
    std::ranges::transform(keyed, order.begin(), [](const auto& pair) { return pair.second; });
    add_reasons();
  }

  // Why a host's values are old, or what is missing among them. One that never answered has that in place of values.
  std::string reason_of(const Host& host) const {
    if (!ages || !host.answered) return "";
    return host.current ? host.remark : host.failure;
  }

  // Below the last line of each host.
  void add_reasons() {
    std::vector<Place> all;
    std::vector<bool> has_one(hosts.size());
    for (std::size_t i = order.size(); i-- > 0;) {
      const std::size_t host = order[i].first;
      if (!has_one[host] && !reason_of(hosts[host]).empty()) all.emplace_back(host, reason_line);
      has_one[host] = true;
      all.push_back(order[i]);
    }
    order.assign(all.rbegin(), all.rend());
  }

  std::string remark_of(const HostResult& result) const {
    std::string text;
    for (const Field& field : remarks)
      if (const Value value = lookup(result, field); !value.is_null())
        text += (text.empty() ? "" : ", ") + one_line(show(value, field.column.unit), plan.view.escape);
    return text;
  }

  bool needs_someone(const Host& host) const {
    return !host.failure.empty() || host.late || is_violated(host.last) || !remark_of(host.last).empty();
  }

  bool matches(const Host& host, std::size_t n) const {
    if (wanted.empty()) return true;
    const auto holds = [this](const std::string& text) { return lower(text).find(wanted) != std::string::npos; };
    return holds(host.late ? "late" : host.word) || holds(host.failure) ||
           std::ranges::any_of(host.lines[n].cells, holds);
  }

  // What the line is sorted by.
  Value key_of(const Place& place) const {
    const Host& host = hosts[place.first];
    if (sort == status) return host.late ? late_urgency : host.heard ? urgency(host.status) : waiting_urgency;
    if (sort != age) return host.lines[place.second].values[*sort];
    // The later it answered, the less old it is.
    return host.answered ? Value(-host.answered->time_since_epoch().count()) : Value();
  }

  Table table(std::size_t width, bool header) const {
    Table made{.columns = columns, .rows = {}, .width = width, .header = header, .colour = plan.view.colour};
    if (sort) made.columns[*sort].title += descending ? "▼" : "▲";
    made.least_widths = widths;
    // Lines are laid out one by one, without the titles above them.
    for (std::size_t i = 0; i < columns.size(); ++i)
      made.least_widths[i] = std::max(widths[i], display_width(made.columns[i].title));
    return made;
  }

  std::string line(const Host& host, std::size_t n, std::size_t width, Time now) const {
    if (n == reason_line) {
      const std::string text = "    " + reason_of(host);
      return paint(width > 0 ? cut(text, width) : text, host.current ? Ink::red : Ink::dim, plan.view.colour);
    }
    Table one = table(width, false);
    TableRow row{host.status, host.lines[n].cells, {}, {}, host.lines[n].inks};
    const bool explained = !host.failure.empty() && (!ages || !host.answered);
    if (status) row.cells[*status] = host.late ? "late" : host.word;
    if (age && host.answered) row.cells[*age] = show_age(now - *host.answered);
    if (host.late) row.status = Status::unreachable;  // its colour
    if (explained) row.notes.push_back(host.failure);
    one.rows.push_back(std::move(row));
    std::string text = lay_out(one);
    // A note may go on below: a line has no room for that, but for a sign of it.
    if (text.find('\n') + 1 < text.size()) {
      if (one.width > 1) --one.width;
      text = lay_out(one);
      text.replace(text.find('\n'), std::string::npos, "…");
    } else {
      text.pop_back();
    }
    if (!plan.view.colour || (host.current && !host.late && host.answered)) return text;
    return dimmed(std::move(text));
  }

  static constexpr std::size_t age_width = 7, reason_line = SIZE_MAX;  // the second in place of one of its lines
  std::vector<Field> remarks;
  Plan plan;
  std::vector<Host> hosts;
  std::vector<TableColumn> columns;
  std::vector<std::size_t> widths;
  std::optional<std::size_t> status, age, sort;  // columns
  bool ages, descending = false, in_order = false;
  std::string wanted;  // in small letters
  std::vector<Place> order;
};

ScreenTable::ScreenTable(std::unique_ptr<State> state) : state_(std::move(state)) {}
ScreenTable::ScreenTable(ScreenTable&& other) noexcept = default;
ScreenTable& ScreenTable::operator=(ScreenTable&& other) noexcept = default;
ScreenTable::~ScreenTable() = default;

Result<ScreenTable> ScreenTable::make(View view, const std::vector<std::string>& hosts, bool ages) {
  auto plan = make_plan(std::move(view));
  if (!plan) return Unexpected(plan.error());
  return ScreenTable(std::make_unique<State>(std::move(*plan), hosts, ages));
}

void ScreenTable::set(std::size_t index, const HostResult& result, Time when) {
  State::Host& host = state_->hosts[index];
  host.status = result.status;
  host.word = name_of(result.status);
  host.heard = true;
  host.late = false;
  host.current = !result.error;
  host.failure = result.error ? one_line(explanation(state_->plan.view, result), state_->plan.view.escape) : "";
  host.hint = result.error ? one_line(hint_of(*result.error), state_->plan.view.escape) : "";
  Value former = std::move(host.last.data);
  host.last = result;
  if (result.error && result.data.is_null()) host.last.data = std::move(former);
  if (host.current) {
    host.lines = state_->lines_of(result);
    host.answered = when;
    host.remark = state_->remark_of(result);
  }
  state_->in_order = false;
}

void ScreenTable::set_late(std::size_t host, bool late) {
  if (std::exchange(state_->hosts[host].late, late) != late) state_->in_order = false;
}

void ScreenTable::filter(std::string text) {
  state_->wanted = lower(text);
  state_->in_order = false;
}

void ScreenTable::set_only_failures(bool only) {
  state_->plan.view.only_failures = only;
  state_->in_order = false;
}
bool ScreenTable::only_failures() const { return state_->plan.view.only_failures; }

void ScreenTable::sort_by(std::optional<std::size_t> column, bool descending) {
  state_->sort = column;
  state_->descending = descending;
  state_->in_order = false;
}
std::optional<std::size_t> ScreenTable::sorted_by() const { return state_->sort; }
bool ScreenTable::descending() const { return state_->descending; }
std::size_t ScreenTable::columns() const { return state_->columns.size(); }

std::vector<std::string> ScreenTable::peaks() const {
  std::vector<std::string> list;
  if (state_->hosts.size() < 2) return list;
  for (std::size_t i = 0, column = 0; i < state_->plan.fields.size(); ++i, ++column) {
    const Field& field = state_->plan.fields[i];
    if (state_->age == column) ++column;
    const auto level = field.column.levels.high ? field.column.levels.high : field.column.levels.critical;
    if (!level || field.column.unit == Unit::none) continue;
    std::optional<double> highest;
    std::size_t above = 0;
    for (const State::Host& host : state_->hosts) {
      if (!host.answered || !host.current) continue;
      std::optional<double> its;
      for (const State::Line& line : host.lines)
        if (line.values[column].is_number())
          its = std::max(its.value_or(line.values[column]), double(line.values[column]));
      if (its) highest = std::max(highest.value_or(*its), *its);
      if (its && *its >= *level) ++above;
    }
    if (!highest) continue;
    list.push_back(
        fmt::format("{} {}{}", field.column.name, show(*highest, field.column.unit),
                    above > 0 ? fmt::format(" ({} from {} on)", above, show(*level, field.column.unit)) : ""));
  }
  return list;
}

std::size_t ScreenTable::size() {
  state_->put_in_order();
  return state_->order.size();
}

std::vector<std::string> ScreenTable::draw(std::size_t first, std::size_t count, std::size_t width, Time now) {
  state_->put_in_order();
  std::vector<std::string> lines;
  // A table has a header only above a line.
  Table header = state_->table(width, true);
  header.rows.push_back({Status::ok, std::vector<std::string>(header.columns.size()), {}});
  const std::string text = lay_out(header);
  lines.push_back(text.substr(0, text.find('\n')));
  for (std::size_t i = first; i < std::min(first + count, state_->order.size()); ++i)
    lines.push_back(state_->line(state_->hosts[state_->order[i].first], state_->order[i].second, width, now));
  return lines;
}

std::vector<std::string> ScreenTable::details(std::size_t index, std::size_t width, Time now) {
  state_->put_in_order();
  if (index >= state_->order.size()) return {};
  const auto [which, n] = state_->order[index];
  const State::Host& host = state_->hosts[which];
  const bool escape = state_->plan.view.escape;
  std::size_t name_width = std::string_view("status").size();
  for (const Field& field : state_->plan.all) name_width = std::max(name_width, display_width(field.column.name));
  std::vector<std::string> lines;
  const auto add = [&](std::string_view name, const std::string& value) {
    const auto parts = wrap(value, width > name_width + 2 ? width - name_width - 2 : 1);
    for (std::size_t i = 0; i < parts.size(); ++i)
      lines.push_back(cut(fmt::format("{}  {}", fit(i == 0 ? name : "", name_width), parts[i]), width));
  };
  for (const Field& field : state_->plan.all) {
    if (field.is_status()) {
      const std::string age = host.answered ? fmt::format(", values are {} old", show_age(now - *host.answered)) : "";
      add("status", (host.late ? "late" : host.word) + age);
      if (!host.failure.empty()) add("why", host.failure);
      if (!host.hint.empty()) add("hint", host.hint);
      continue;
    }
    const Value value = lookup(host.last, field, n);
    // Why it failed has been said; what a host does not have says nothing.
    if (field.path.front() == "error" || value.is_null()) continue;
    add(field.column.name, one_line(show(value, field.column.unit), escape));
  }
  for (const Check& check : host.last.checks)
    if (!check.holds) add("limit", one_line(check.sentence(), escape));
  return lines;
}

std::vector<std::string> ScreenTable::draw_host(std::size_t index, Time now) {
  const State::Host& host = state_->hosts[index];
  std::vector<std::string> lines;
  for (std::size_t n = 0; n < host.lines.size(); ++n) lines.push_back(state_->line(host, n, 0, now));
  return lines;
}

}  // namespace cef::render
