#include "read_json.hpp"

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cef::inventory {

namespace {

// The parser calls it with what it meets, by the names that nlohmann::json::sax_parse wants.
class Builder {
 public:
  Value take() { return std::move(root_); }

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  // A whole number that does not fit is a text, which keeps its digits.
  bool number_float(double value, const std::string& text) {
    return text.find_first_of(".eE") == std::string::npos ? add(text) : add(value);
  }
  bool string(std::string& text) { return add(std::move(text)); }
  bool binary(Value::binary_t& bytes) { return add(std::move(bytes)); }
  bool start_object(std::size_t /*size*/) { return open(Value::object()); }
  bool start_array(std::size_t /*size*/) { return open(Value::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    Open& object = open_.back();
    // Past the object's own look through its keys, which is what takes the time.
    std::vector<Value::object_t::value_type>& fields = object.value->get_ref<Value::object_t&>();
    const auto [place, is_new] = object.places.emplace(name, fields.size());
    if (is_new) fields.emplace_back(std::move(name), Value());
    object.field = place->second;
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/, const Value::exception& /*what*/) {
    return false;
  }

 private:
  struct Open {
    Value* value;  // its container gets no more values until it is closed
    std::size_t field = 0;
    std::unordered_map<std::string, std::size_t> places{};  // of an object's keys
  };

  Value& place(Value value) {
    if (open_.empty()) return root_ = std::move(value);
    Open& parent = open_.back();
    if (parent.value->is_array()) return parent.value->get_ref<Value::array_t&>().emplace_back(std::move(value));
    std::vector<Value::object_t::value_type>& fields = parent.value->get_ref<Value::object_t&>();
    return fields[parent.field].second = std::move(value);
  }
  bool add(Value value) {
    place(std::move(value));
    return true;
  }
  bool open(Value value) {
    Value& container = place(std::move(value));
    open_.push_back({&container});
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  Value root_;
  std::vector<Open> open_;
};

}  // namespace

std::optional<Value> read_json(std::string_view text) {
  Builder builder;
  if (!Value::sax_parse(text.begin(), text.end(), &builder)) return std::nullopt;
  return builder.take();
}

}  // namespace cef::inventory
