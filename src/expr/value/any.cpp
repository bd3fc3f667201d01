#include "value/any.hpp"

#include "budget.hpp"
#include "fault.hpp"
#include "value/python_text.hpp"

#include <algorithm>
#include <cmath>

namespace cef::expr {

Any::Any(Items items) : state_(std::make_shared<List>(std::move(items))) {}

Any Any::tuple(Items items) { return std::make_shared<List>(std::move(items), true); }

Any Any::missing(std::string message, std::string name, bool quiet) {
  return std::make_shared<const Missing>(Missing{std::move(message), std::move(name), 0, 0, quiet});
}

Any Any::borrow(const Value& value, bool soft) {
  Any any;
  switch (value.type()) {
    case Value::value_t::boolean:
      return value.get<bool>();
    case Value::value_t::number_integer:
      any = value.get<std::int64_t>();
      break;
    case Value::value_t::number_unsigned: {
      const auto number = value.get<std::uint64_t>();
      if (number > INT64_MAX) return std::to_string(number);  // a float would lose digits
      any = static_cast<std::int64_t>(number);
      break;
    }
    case Value::value_t::number_float:
      any = value.get<double>();
      break;
    case Value::value_t::string:
      return Text(Text(), &value.get_ref<const std::string&>());
    case Value::value_t::array:
      return std::make_shared<List>(value, soft);
    case Value::value_t::object:
      return std::make_shared<Dict>(value, soft);
    default:
      return nullptr;
  }
  any.soft_ = soft;
  return any;
}

const void* Any::identity() const {
  switch (kind()) {
    case Kind::text:
      return std::get<Text>(state_).get();
    case Kind::list:
      return &list();
    case Kind::dict:
      return &dict();
    case Kind::object:
      return object().get();
    default:
      return nullptr;
  }
}

Any Any::of(const Variable& variable, std::string_view name) {
  if (variable.mapping) return std::make_shared<Dict>(variable.mapping);
  if (variable.value) return borrow(*variable.value, variable.templated);
  return variable.missing.empty() ? Any() : missing(variable.missing, std::string(name));
}

void Any::dismantle(Items& parts) {
  if (auto* list = std::get_if<std::shared_ptr<List>>(&state_); list && list->use_count() == 1) {
    for (Any& item : (*list)->items_) parts.push_back(std::move(item));
    (*list)->items_.clear();
  } else if (auto* dict = std::get_if<std::shared_ptr<Dict>>(&state_); dict && dict->use_count() == 1) {
    for (auto& [key, item] : (*dict)->entries_) parts.push_back(std::move(key)), parts.push_back(std::move(item));
    (*dict)->entries_.clear();
  }
}

namespace {

void destroy(Items& parts) {
  while (!parts.empty()) {
    Any last = std::move(parts.back());
    parts.pop_back();
    last.dismantle(parts);
  }
}

bool has_structure(const Any& any) { return any.is_list() || any.is_dict(); }

}  // namespace

List::~List() {
  if (std::none_of(items_.begin(), items_.end(), has_structure)) return;
  destroy(items_);
}

Dict::~Dict() {
  if (std::none_of(entries_.begin(), entries_.end(), [](const Entry& entry) { return has_structure(entry.second); }))
    return;
  Items parts;
  for (auto& [key, item] : entries_) parts.push_back(std::move(item));
  destroy(parts);
}

Items& List::items() {
  if (source_) {
    items_.reserve(source_->size());
    for (const Value& item : *source_) items_.push_back(Any::borrow(item, soft_));
    source_ = nullptr;
  }
  return items_;
}

const Any* Dict::look_up(std::string_view key) {
  const auto known = found_.find(std::string(key));
  if (known != found_.end()) return known->second.given() ? &known->second : nullptr;
  const auto found = mapping_->entry(key);
  const auto made = found_.emplace(key, found ? Any::of(*found, key) : Any()).first;
  return found ? &made->second : nullptr;
}

std::vector<Dict::Entry>& Dict::entries() {
  if (mapping_) {
    for (std::string& key : mapping_->keys())
      if (const Any* value = look_up(key)) entries_.emplace_back(Any(std::move(key)), *value);
    mapping_ = nullptr;
    index();
  }
  if (source_) {
    entries_.reserve(source_->size());
    for (const auto& [key, item] : source_->items()) {
      Text name(Text(), &key);
      entries_.emplace_back(Any(std::move(name)), Any::borrow(item, soft_));
    }
    source_ = nullptr;
    index();
  }
  return entries_;
}

void Dict::index() {
  index_.clear();
  if (entries_.size() <= few) return;
  for (std::size_t i = 0; i < entries_.size(); ++i) index_.emplace(hash_text(entries_[i].first), i);
}

std::size_t Dict::position(std::string_view key) {
  if (!index_.empty()) {
    const auto found = index_.find(fmt::format("s{}", key));
    return found == index_.end() ? entries_.size() : found->second;
  }
  std::size_t i = 0;
  while (i < entries_.size() && !(entries_[i].first.is_text() && entries_[i].first.text() == key)) ++i;
  return i;
}

std::size_t Dict::position(const Any& key) {
  if (key.is_text()) return position(std::string_view(key.text()));
  const std::string hash = hash_text(key);
  if (!index_.empty()) {
    const auto found = index_.find(hash);
    return found == index_.end() ? entries_.size() : found->second;
  }
  std::size_t i = 0;
  while (i < entries_.size() && hash_text(entries_[i].first) != hash) ++i;
  return i;
}

const Any* Dict::find(std::string_view key) {
  if (mapping_) return look_up(key);
  entries();
  const std::size_t i = position(key);
  return i < entries_.size() ? &entries_[i].second : nullptr;
}

const Any* Dict::find(const Any& key) {
  if (mapping_ && key.is_text()) return look_up(key.text());
  entries();
  const std::size_t i = position(key);
  return i < entries_.size() ? &entries_[i].second : nullptr;
}

void Dict::set(Any key, Any value) {
  entries();
  const std::size_t i = position(key);
  if (i < entries_.size()) {
    entries_[i].second = std::move(value);
    return;
  }
  entries_.emplace_back(std::move(key), std::move(value));
  if (!index_.empty())
    index_.emplace(hash_text(entries_.back().first), i);
  else
    index();
}

std::optional<Any> Dict::take(const Any& key) {
  entries();
  const std::size_t i = position(key);
  if (i == entries_.size()) return std::nullopt;
  Any value = std::move(entries_[i].second);
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
  index();
  return value;
}

void Dict::clear() {
  source_ = nullptr;
  mapping_ = nullptr;
  entries_.clear();
  index_.clear();
}

namespace {

std::string hash_below(const Any& key, int& nodes) {
  if (++nodes > 1000) fail("a tuple that long or deep is no key");
  switch (key.kind()) {
    case Any::Kind::undefined:
      fail_undefined(key);
    case Any::Kind::none:
      return "z";
    case Any::Kind::boolean:
    case Any::Kind::integer:
      return fmt::format("n{}", key.whole_number());
    case Any::Kind::real: {
      const double number = key.real_number();
      if (std::floor(number) == number && std::fabs(number) < 9e18)
        return fmt::format("n{}", static_cast<std::int64_t>(number));
      return fmt::format("f{}", number);
    }
    case Any::Kind::text:
      return "s" + key.text();
    case Any::Kind::list: {
      if (!key.list().tuple()) break;
      std::string all = "t";
      for (const Any& item : key.list().items()) {
        const std::string part = hash_below(item, nodes);
        all += fmt::format("{}:{}", part.size(), part);
      }
      return all;
    }
    case Any::Kind::object:
      return fmt::format("o{}", key.identity());
    default:
      break;
  }
  fail("unhashable type: '{}'", type_name(key));
}

}  // namespace

std::string hash_text(const Any& key) {
  int nodes = 0;
  return hash_below(key, nodes);
}

void Object::set(std::string_view name, Any) {
  fail("'{}' object has no attribute '{}' that can be set", type(), name);
}
Any Object::call(Call&) { fail("'{}' object is not callable", type()); }
std::string Object::text() const { return fmt::format("<{} object>", type()); }

void fail_undefined(const Any& any) {
  const Missing& missing = any.why_missing();
  throw Fault{Problem{Problem::Kind::undefined, missing.message, {}, missing.line, missing.column}};
}

std::string type_name(const Any& any) {
  switch (any.kind()) {
    case Any::Kind::absent:
      return "absent";
    case Any::Kind::undefined:
      return "AnsibleUndefined";
    case Any::Kind::none:
      return "NoneType";
    case Any::Kind::boolean:
      return "bool";
    case Any::Kind::integer:
      return "int";
    case Any::Kind::real:
      return "float";
    case Any::Kind::text:
      return "str";
    case Any::Kind::list:
      return any.list().tuple() ? "tuple" : "list";
    case Any::Kind::dict:
      return "dict";
    case Any::Kind::object:
      return std::string(any.object()->type());
  }
  return {};
}

namespace {

Value value_below(const Any& any, Budget& budget, int depth) {
  budget.step();
  if (depth > Budget::deepest) fail("the value contains itself, or is nested too deeply");
  switch (any.kind()) {
    case Any::Kind::absent:
    case Any::Kind::none:
      return nullptr;
    case Any::Kind::undefined:
      require_defined(any);
      return "";
    case Any::Kind::boolean:
      return any.flag();
    case Any::Kind::integer:
      return any.whole_number();
    case Any::Kind::real:
      return any.real_number();
    case Any::Kind::text:
      budget.bytes(any.text().size());
      return any.text();
    case Any::Kind::list: {
      Value all = Value::array();
      for (const Any& item : any.list().items()) all.push_back(value_below(item, budget, depth + 1));
      return all;
    }
    case Any::Kind::dict: {
      Value all = Value::object();
      // Not by operator[]: it would search all keys for each one.
      auto& object = all.get_ref<Value::object_t&>();
      for (const auto& [key, item] : any.dict().entries())
        static_cast<Value::object_t::Container&>(object).emplace_back(key_text(key),
                                                                      value_below(item, budget, depth + 1));
      return all;
    }
    case Any::Kind::object:
      return any.object()->text();
  }
  return nullptr;
}

}  // namespace

Value to_value(const Any& any, Budget& budget) { return value_below(any, budget, 0); }

}  // namespace cef::expr
