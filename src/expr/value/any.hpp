// A value while an expression is evaluated: what core's Value can say, and what Python has besides: undefined names,
// tuples, keys that are no texts, functions, dates. Texts and structures of variables are borrowed, not copied.
#pragma once

#include <cef/core/value.hpp>
#include <cef/expr/world.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace cef::expr {

class Any;
class List;
class Dict;
class Object;

using Items = std::vector<Any>;
using Named = std::vector<std::pair<std::string, Any>>;
using Text = std::shared_ptr<const std::string>;

/// What is not there, and why: the message is that of the error which using it is.
struct Missing {
  std::string message;
  std::string name;
  int line = 0;
  int column = 0;
  bool quiet =
      false;  // an inline `if` without `else`: nothing where it is shown or gone through, but not defined either
};

class Any {
 public:
  enum class Kind { absent, undefined, none, boolean, integer, real, text, list, dict, object };

  Any() = default;                                                      // absent: an argument that was not given
  Any(std::nullptr_t) : state_(nullptr) {}                              // NOLINT
  Any(bool value) : state_(value) {}                                    // NOLINT
  Any(std::int64_t value) : state_(value) {}                            // NOLINT
  Any(int value) : state_(std::int64_t{value}) {}                       // NOLINT
  Any(std::size_t value) : state_(static_cast<std::int64_t>(value)) {}  // NOLINT
  Any(double value) : state_(value) {}                                  // NOLINT
  Any(std::string value) : state_(std::make_shared<const std::string>(std::move(value))) {}  // NOLINT
  Any(std::string_view value) : Any(std::string(value)) {}                                   // NOLINT
  Any(const char* value) : Any(std::string(value)) {}                                        // NOLINT
  Any(Text value) : state_(std::move(value)) {}                                              // NOLINT
  Any(std::shared_ptr<List> value) : state_(std::move(value)) {}                             // NOLINT
  Any(std::shared_ptr<Dict> value) : state_(std::move(value)) {}                             // NOLINT
  Any(std::shared_ptr<Object> value) : state_(std::move(value)) {}                           // NOLINT
  Any(std::shared_ptr<const Missing> value) : state_(std::move(value)) {}                    // NOLINT
  Any(Items items);                                                                          // NOLINT

  /// Refers to `value`, which must live as long as this does. `soft`: see Variable::templated.
  static Any borrow(const Value& value, bool soft = false);
  /// What a World says a name stands for.
  static Any of(const Variable& variable, std::string_view name);
  static Any tuple(Items items);
  static Any missing(std::string message, std::string name = {}, bool quiet = false);

  Kind kind() const { return static_cast<Kind>(state_.index()); }
  bool is(Kind kind_wanted) const { return kind() == kind_wanted; }
  bool given() const { return !is(Kind::absent); }
  bool undefined() const { return is(Kind::undefined); }
  bool none() const { return is(Kind::none); }
  bool boolean() const { return is(Kind::boolean); }
  bool integer() const { return is(Kind::integer); }
  bool real() const { return is(Kind::real); }
  bool is_text() const { return is(Kind::text); }
  bool is_list() const { return is(Kind::list); }
  bool is_dict() const { return is(Kind::dict); }
  /// Python's bool is a number.
  bool number() const { return boolean() || integer() || real(); }
  bool whole() const { return boolean() || integer(); }
  bool soft() const { return soft_; }

  // Only for their kinds.
  bool flag() const { return std::get<bool>(state_); }
  std::int64_t whole_number() const { return boolean() ? std::int64_t{flag()} : std::get<std::int64_t>(state_); }
  double real_number() const { return real() ? std::get<double>(state_) : static_cast<double>(whole_number()); }
  const std::string& text() const { return *std::get<Text>(state_); }
  List& list() const { return *std::get<std::shared_ptr<List>>(state_); }
  Dict& dict() const { return *std::get<std::shared_ptr<Dict>>(state_); }
  const std::shared_ptr<Object>& object() const { return std::get<std::shared_ptr<Object>>(state_); }
  const Missing& why_missing() const { return *std::get<std::shared_ptr<const Missing>>(state_); }
  const void* identity() const;
  /// Moves what only this refers to into `parts`, one level of it, so that it can be destroyed without recursion.
  void dismantle(Items& parts);

 private:
  struct Absent {};
  std::variant<Absent, std::shared_ptr<const Missing>, std::nullptr_t, bool, std::int64_t, double, Text,
               std::shared_ptr<List>, std::shared_ptr<Dict>, std::shared_ptr<Object>>
      state_;
  bool soft_ = false;
};

/// A list or a tuple. One that is borrowed is read when it is first looked into.
class List {
 public:
  explicit List(Items items, bool tuple = false) : items_(std::move(items)), tuple_(tuple) {}
  List(const Value& source, bool soft) : source_(&source), soft_(soft) {}
  ~List();  // of lists in lists of any depth
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  Items& items();
  std::size_t size() const { return source_ ? source_->size() : items_.size(); }
  bool tuple() const { return tuple_; }

 private:
  friend class Any;

  Items items_;
  const Value* source_ = nullptr;
  bool soft_ = false;
  bool tuple_ = false;
};

/// A mapping in the order its keys were put in.
class Dict {
 public:
  using Entry = std::pair<Any, Any>;

  Dict() = default;
  Dict(const Value& source, bool soft) : source_(&source), soft_(soft) {}
  explicit Dict(std::shared_ptr<Mapping> mapping) : mapping_(std::move(mapping)) {}
  ~Dict();
  Dict(const Dict&) = delete;
  Dict& operator=(const Dict&) = delete;

  /// Nothing when there is no such key. Fails for keys that Python cannot hash.
  const Any* find(const Any& key);
  const Any* find(std::string_view key);
  const Any* find(const std::string& key) { return find(std::string_view(key)); }
  const Any* find(const char* key) { return find(std::string_view(key)); }
  void set(Any key, Any value);
  /// What stood there.
  std::optional<Any> take(const Any& key);
  void clear();
  std::vector<Entry>& entries();
  std::size_t size() const { return source_ ? source_->size() : mapping_ ? mapping_->keys().size() : entries_.size(); }

 private:
  const Any* look_up(std::string_view key);
  std::size_t position(const Any& key);
  std::size_t position(std::string_view key);
  void index();
  friend class Any;

  static constexpr std::size_t few = 12;  // are searched faster than hashed

  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> index_;  // by hash_text(); only when there are many
  const Value* source_ = nullptr;
  std::shared_ptr<Mapping> mapping_;  // until all of it is here; what was looked up is in `found_`
  std::unordered_map<std::string, Any> found_;
  bool soft_ = false;
};

/// What equal keys have in common: 1, 1.0 and True are one key. Fails for lists, mappings, undefined.
std::string hash_text(const Any& key);

struct Call;

/// What is none of Python's plain values: a macro, a namespace, a loop, a date, a method of something.
class Object {
 public:
  virtual ~Object() = default;
  virtual std::string_view type() const = 0;
  /// Nothing when it has none of that name.
  virtual std::optional<Any> attribute(std::string_view) { return std::nullopt; }
  virtual void set(std::string_view name, Any value);
  /// `this + other`, `this - other`; nothing when that has no meaning.
  virtual std::optional<Any> combined(char, const Any&) { return std::nullopt; }
  /// Lets go of all that it holds: at the end of an evaluation, since it may hold itself.
  virtual void clear() {}
  virtual bool callable() const { return false; }
  virtual Any call(Call& call);
  virtual std::string text() const;
};

class Budget;

/// A result as core's Value. Fails for what is undefined, with its message. Objects become their text.
Value to_value(const Any& any, Budget& budget);

/// Python's name of its type: `str`, `AnsibleUnsafeText` is never one.
std::string type_name(const Any& any);

/// Throws what using an undefined value is.
[[noreturn]] void fail_undefined(const Any& any);
inline void require_defined(const Any& any) {
  if (any.undefined() && !any.why_missing().quiet) fail_undefined(any);
}

}  // namespace cef::expr
