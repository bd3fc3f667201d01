#include "calls/lookups.hpp"

#include "fault.hpp"
#include "run/run.hpp"
#include "value/chars.hpp"
#include "value/operators.hpp"
#include "value/python_text.hpp"

#include <algorithm>

namespace cef::expr {

namespace {

Items flattened_once(const Items& terms) {
  Items out;
  for (const Any& term : terms) {
    require_defined(term);
    if (term.is_list())
      out.insert(out.end(), term.list().items().begin(), term.list().items().end());
    else
      out.push_back(term);
  }
  return out;
}

Items dict_items(const Items& terms) {
  Items out;
  for (const Any& term : flattened_once(terms)) {
    if (!term.is_dict()) fail("the lookup 'dict' expects mappings, not '{}'", type_name(term));
    for (const auto& [key, value] : term.dict().entries()) {
      auto pair = std::make_shared<Dict>();
      pair->set("key", key);
      pair->set("value", value);
      out.emplace_back(std::move(pair));
    }
  }
  return out;
}

Items indexed(const Items& terms) {
  Items out;
  std::size_t i = 0;
  for (Any& each : flattened_once(terms)) out.push_back(Any::tuple({i++, std::move(each)}));
  return out;
}

std::vector<Items> lists_of(const Items& terms, std::string_view name) {
  if (terms.empty()) fail("the lookup '{}' needs at least one list", name);
  std::vector<Items> lists;
  for (const Any& term : terms) {
    require_defined(term);
    lists.push_back(term.is_list() ? term.list().items() : Items{term});
  }
  return lists;
}

// As long as the longest; what is missing is None.
Items together(const Items& terms, Budget& budget) {
  const auto lists = lists_of(terms, "together");
  std::size_t count = 0;
  for (const Items& each : lists) count = std::max(count, each.size());
  budget.bytes(count * (lists.size() + 3) * sizeof(Any));
  Items out;
  for (std::size_t i = 0; i < count; ++i) {
    Items row;
    for (const Items& each : lists) row.push_back(i < each.size() ? each[i] : Any(nullptr));
    out.emplace_back(std::move(row));
  }
  return out;
}

Items nested(const Items& terms, Budget& budget) {
  Items rows;
  rows.emplace_back(Items());
  for (const Items& list : lists_of(terms, "nested")) {
    budget.bytes(rows.size() * list.size() * (4 + terms.size()) * sizeof(Any));
    Items longer;
    for (const Any& row : rows)
      for (const Any& each : list) {
        Items more = row.list().items();
        more.push_back(each);
        longer.emplace_back(std::move(more));
      }
    rows = std::move(longer);
  }
  return rows;
}

Items variables(Call& call, const Items& terms, const Any& otherwise) {
  Items out;
  for (const Any& term : terms) {
    if (!term.is_text()) fail("the lookup 'vars' expects names, not '{}'", type_name(term));
    Any value = call.evaluation.variable(term.text());
    if (!value.given()) value = otherwise;
    if (!value.given())
      throw Fault{Problem{
          Problem::Kind::undefined, fmt::format("No variable found with this name: {}", term.text()), {}, 0, 0}};
    out.push_back(std::move(value));
  }
  return out;
}

/// `start=1 end=10 stride=2 format=%02d`, or short: `5`, `2-10/2`, `4:host%02d`. Source: Ansible's sequence.py.
class Sequence {
 public:
  void read(std::string_view text) {
    if (text.find('=') == std::string_view::npos) return read_short(text);
    for (const std::string_view word : split_blanks(text)) {
      const std::size_t equals = word.find('=');
      if (equals == std::string_view::npos) fail("the lookup 'sequence' does not understand '{}'", word);
      set(word.substr(0, equals), word.substr(equals + 1));
    }
  }

  void set(std::string_view key, std::string_view value) {
    if (key == "start")
      start_ = number(value);
    else if (key == "end")
      end_ = number(value);
    else if (key == "count")
      count_ = number(value);
    else if (key == "stride")
      stride_ = number(value), strided_ = true;
    else if (key == "format")
      format_ = value;
    else
      fail("the lookup 'sequence' has no parameter '{}'", key);
  }

  void write(Items& out, Budget& budget) {
    if (count_ && end_) fail("the lookup 'sequence' takes count or end, not both");
    if (!count_ && !end_) fail("the lookup 'sequence' needs count or end");
    if (count_) end_ = *count_ == 0 ? start_ : start_ + *count_ * stride_ - stride_;
    if (count_ && *count_ == 0) return;
    if (stride_ == 0) return;
    if (stride_ > 0 && *end_ < start_) fail("to count backwards make stride negative");
    if (stride_ < 0 && *end_ > start_) fail("to count forward don't make stride negative");
    for (std::int64_t i = start_; stride_ > 0 ? i <= *end_ : i >= *end_; i += stride_) {
      budget.step();
      budget.bytes(sizeof(Any) + 32);
      out.emplace_back(format_percent(format_, i, budget));
    }
  }

 private:
  static std::int64_t number(std::string_view text) {
    const bool negative = text.starts_with('-');
    std::int64_t value = 0;
    const std::string_view digits = text.substr(negative ? 1 : 0);
    const bool hex = digits.starts_with("0x");
    for (const char c : hex ? digits.substr(2) : digits) {
      const auto digit = static_cast<std::int64_t>(std::string_view("0123456789abcdef").find(c));
      if (digit < 0 || digit > (hex ? 15 : 9) || value > 1'000'000'000)
        fail("the lookup 'sequence' does not understand the number '{}'", text);
      value = value * (hex ? 16 : 10) + digit;
    }
    if (digits.empty()) fail("the lookup 'sequence' does not understand the number '{}'", text);
    return negative ? -value : value;
  }

  void read_short(std::string_view text) {
    if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
      format_ = text.substr(colon + 1);
      text = text.substr(0, colon);
    }
    if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
      stride_ = number(text.substr(slash + 1));
      text = text.substr(0, slash);
    }
    if (const std::size_t dash = text.find('-'); dash != std::string_view::npos && dash > 0) {
      start_ = number(text.substr(0, dash));
      text = text.substr(dash + 1);
    }
    end_ = number(text);
  }

  std::int64_t start_ = 1, stride_ = 1;
  std::optional<std::int64_t> end_, count_;
  std::string format_ = "%d";
  bool strided_ = false;
};

Items sequence(const Items& terms, const Named& named, Budget& budget) {
  Items out;
  Sequence by_name;
  for (const auto& [key, value] : named) by_name.set(key, text_of(value, budget));
  for (const Any& term : terms) {
    Sequence each = by_name;
    each.read(text_of(term, budget));
    each.write(out, budget);
  }
  return out;
}

// The mapping without what stands at `path`, from its part `at` on.
Any without(const Any& mapping, const std::vector<std::string_view>& path, std::size_t at) {
  auto rest = std::make_shared<Dict>();
  for (const auto& [key, value] : mapping.dict().entries()) {
    const bool is_on_path = key.is_text() && key.text() == path[at];
    if (is_on_path && at + 1 == path.size()) continue;
    rest->set(key, is_on_path ? without(value, path, at + 1) : value);
  }
  return rest;
}

// As the filter, but what a skipped task registered is passed over, and the items are without their lists.
Items subelements(Call& call, const Items& terms) {
  if (terms.size() < 2 || terms.size() > 3) fail("the lookup 'subelements' expects a list of two or three items");
  const auto is_skipped = [](const Any& each) {
    const Any* const skipped = each.is_dict() ? each.dict().find("skipped") : nullptr;
    return skipped && !(skipped->boolean() && !skipped->flag());
  };
  if (is_skipped(terms[0])) return {};
  if (!terms[1].is_text()) fail("the second item for the lookup 'subelements' is a text that points to the list");
  const auto path = split_at(terms[1].text(), ".");
  Any skips = false;
  if (terms.size() == 3) {
    if (!terms[2].is_dict()) fail("the third item for the lookup 'subelements' is a mapping: {{skip_missing: true}}");
    if (const Any* const said = terms[2].dict().find("skip_missing"))
      skips = apply(call.evaluation, *find_filter("bool"), {*said}, {});
  }
  Items elements;
  if (terms[0].is_dict())
    for (const auto& [key, value] : terms[0].dict().entries()) elements.push_back(value);
  else
    elements = iterate(terms[0], call.budget);
  Items out;
  for (const Any& element : elements) {
    if (is_skipped(element)) continue;
    if (!element.is_dict()) fail("the lookup 'subelements' expects mappings, not {}", shown(element, call.budget));
    const Any pairs = apply(call.evaluation, *find_filter("subelements"), {Items{element}, terms[1], skips}, {});
    if (pairs.list().items().empty()) continue;
    const Any rest = without(element, path, 0);
    for (const Any& pair : pairs.list().items()) out.push_back(Any::tuple({rest, pair.list().items()[1]}));
  }
  return out;
}

std::optional<Items> known(Call& call, std::string_view name, const Items& terms, const Named& named) {
  if (name == "items") return flattened_once(terms);
  if (name == "list") return terms;
  if (name == "dict") return dict_items(terms);
  if (name == "indexed_items") return indexed(terms);
  if (name == "together") return together(terms, call.budget);
  if (name == "nested" || name == "cartesian") return nested(terms, call.budget);
  if (name == "sequence") return sequence(terms, named, call.budget);
  if (name == "flattened") return apply(call.evaluation, *find_filter("flatten"), {Any(terms)}, {}).list().items();
  if (name == "subelements") return subelements(call, terms);
  if (name == "random_choice") {
    if (terms.empty()) return Items();
    return Items(1, terms[call.evaluation.world().random() % terms.size()]);
  }
  if (name == "vars") {
    Any otherwise;
    for (const auto& [key, value] : named)
      if (key == "default") otherwise = value;
    return variables(call, terms, otherwise);
  }
  return std::nullopt;
}

std::optional<Items> asked(Call& call, std::string_view name, const Items& terms, const Named& named) {
  Request request;
  request.kind = Request::Kind::lookup;
  request.name = name;
  for (const Any& term : terms) request.positional.push_back(to_value(term, call.budget));
  for (const auto& [key, value] : named) request.named.emplace_back(key, to_value(value, call.budget));
  auto answer = call.evaluation.world().call(request);
  if (!answer) return std::nullopt;
  const Any value = call.evaluation.keep(std::move(*answer));
  return value.is_list() ? value.list().items() : Items{value};
}

Any joined(const Items& all, Budget& budget) {
  if (all.size() == 1) return all[0];
  if (!std::all_of(all.begin(), all.end(), [](const Any& each) { return each.is_text(); })) return all;
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) (text += i > 0 ? "," : "") += all[i].text();
  budget.bytes(text.size());
  return text;
}

Any look(Call& call, bool want_list) {
  const std::string full = call.text(0);
  const std::string_view name = std::string_view(full).substr(full.rfind('.') + 1);
  Named named;
  std::string errors = "strict";
  for (auto& [key, value] : call.named) {
    if (key == "wantlist")
      want_list = want_list || truth(value);
    else if (key == "errors")
      errors = text_of(value, call.budget);
    else if (key != "allow_unsafe")
      named.emplace_back(key, std::move(value));
  }
  try {
    auto found = known(call, name, call.rest, named);
    if (!found) found = asked(call, name, call.rest, named);
    if (!found) {
      const auto why = why_refused(name);
      fail("there is no lookup '{}'{}{}", full, why.empty() ? "" : ": ", why);
    }
    return want_list ? Any(*found) : joined(*found, call.budget);
  } catch (const Trouble&) {
    if (errors == "strict") throw;
    return want_list ? Any(Items()) : Any(nullptr);
  }
}

}  // namespace

Any lookup(Call& call) { return look(call, false); }
Any query(Call& call) { return look(call, true); }

}  // namespace cef::expr
