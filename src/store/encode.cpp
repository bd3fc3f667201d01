#include "encode.hpp"

#include <cef/core/utf8.hpp>

#include <algorithm>
#include <utility>

namespace cef::store {

namespace {

std::string to_bytes(const Value& value) {
  std::string bytes;
  Value::to_cbor(value, nlohmann::detail::output_adapter<char>(bytes));
  return bytes;
}

constexpr std::size_t deepest = 500;  // reading, copying and printing a value take the stack by its depth

// Whether no value in the CBOR lies deeper; the reader calls it with what it meets.
class Depth {
 public:
  bool null() { return true; }
  bool boolean(bool /*value*/) { return true; }
  bool number_integer(std::int64_t /*value*/) { return true; }
  bool number_unsigned(std::uint64_t /*value*/) { return true; }
  bool number_float(double /*value*/, const std::string& /*text*/) { return true; }
  bool string(std::string& /*text*/) { return true; }
  bool binary(Value::binary_t& /*bytes*/) { return true; }
  bool key(std::string& /*name*/) { return true; }
  bool start_object(std::size_t /*size*/) { return ++depth_ <= deepest; }
  bool start_array(std::size_t /*size*/) { return ++depth_ <= deepest; }
  bool end_object() { return depth_-- > 0; }
  bool end_array() { return depth_-- > 0; }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/, const Value::exception& /*what*/) {
    return false;
  }

 private:
  std::size_t depth_ = 0;
};

// What cannot be read (a damaged file) is an empty object: the rest of the run can still be told.
Value from_bytes(std::string_view bytes) {
  Depth depth;
  if (!Value::sax_parse(bytes.begin(), bytes.end(), &depth, Value::input_format_t::cbor)) return Value::object();
  Value value = Value::from_cbor(bytes.begin(), bytes.end(), true, false);
  return value.is_object() ? value : Value::object();
}

// The most that is not more than `limit` bytes and does not cut a character in two.
std::size_t cut_at(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text.size();
  for (std::size_t back = 1; back <= 3 && back <= limit; ++back) {
    const auto first = static_cast<unsigned char>(text[limit - back]);
    if ((first & 0xC0) == 0x80) continue;  // a later byte of one
    const Character last = cef::decode(text.substr(limit - back));
    return last.valid && last.size > back ? limit - back : limit;
  }
  return limit;
}

bool has_long_text(const Value& data, std::size_t limit) {
  if (!data.is_object()) return false;
  for (const Value& field : data)
    if (field.is_string() && field.get_ref<const std::string&>().size() > limit) return true;
  return false;
}

void read(const Value& from, const char* name, std::string& to) {
  if (const auto it = from.find(name); it != from.end() && it->is_string()) to = it->get<std::string>();
}

void read(const Value& from, const char* name, std::vector<std::string>& to) {
  if (const auto it = from.find(name); it != from.end() && it->is_array())
    for (const Value& item : *it)
      if (item.is_string()) to.push_back(item.get<std::string>());
}

// Enough of a check to tell of it again.
Check violation(const Value& from) {
  Check check;
  read(from, "metric", check.metric);
  read(from, "expected", check.assertion.expected);
  read(from, "error", check.error);
  const Value value = from.is_object() ? from.value("value", Value()) : Value();
  check.assertion.is_boolean = value.is_boolean();
  if (value.is_boolean()) check.value = value.get<bool>() ? 1 : 0;
  if (value.is_number()) check.value = value.get<double>();
  return check;
}

}  // namespace

void shorten(Value& record, std::size_t kept_bytes) {
  if (!has_long_text(record, kept_bytes)) return;
  Value notes = Value::object();
  for (auto& [name, field] : record.items()) {
    if (!field.is_string()) continue;
    auto& text = field.get_ref<std::string&>();
    if (text.size() <= kept_bytes) continue;
    notes[name + "_truncated"] = true;
    notes[name + "_bytes"] = text.size();
    text.resize(cut_at(text, kept_bytes));
    text.shrink_to_fit();
  }
  record.update(notes);
}

std::string encode(const RunRecord& run) {
  return to_bytes({{"words", run.words},
                   {"selectors", run.selectors},
                   {"inventory", run.inventory},
                   {"directory", run.directory},
                   {"user", run.user},
                   {"machine", run.machine},
                   {"version", run.version},
                   {"retry_of", run.retry_of},
                   {"output_field", run.output_field},
                   {"repeat", run.repeat},
                   {"unrepeatable", run.unrepeatable}});
}

void decode(std::string_view bytes, RunRecord& run) {
  const Value about = from_bytes(bytes);
  read(about, "words", run.words);
  read(about, "selectors", run.selectors);
  read(about, "inventory", run.inventory);
  read(about, "directory", run.directory);
  read(about, "user", run.user);
  read(about, "machine", run.machine);
  read(about, "version", run.version);
  read(about, "retry_of", run.retry_of);
  read(about, "output_field", run.output_field);
  if (const auto it = about.find("repeat"); it != about.end()) run.repeat = *it;
  read(about, "unrepeatable", run.unrepeatable);
}

std::string encode(const HostResult& result, std::size_t kept_bytes) {
  Value record{{"groups", result.groups}};
  if (!result.stages.is_null()) record["stages"] = result.stages;
  if (!result.data.is_null()) {
    record["data"] = result.data;
    shorten(record["data"], kept_bytes);
  }
  for (const Check& check : result.checks)
    if (!check.holds) record["violations"].push_back(check.to_json());
  return to_bytes(record);
}

void decode(std::string_view bytes, HostResult& result) {
  Value record = from_bytes(bytes);
  read(record, "groups", result.groups);
  if (const auto it = record.find("stages"); it != record.end()) result.stages = std::move(*it);
  if (const auto it = record.find("data"); it != record.end()) result.data = std::move(*it);
  if (const auto it = record.find("violations"); it != record.end() && it->is_array())
    for (const Value& each : *it) result.checks.push_back(violation(each));
}

}  // namespace cef::store
