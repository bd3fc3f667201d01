#include "run/argument_spec.hpp"

#include "run/evaluate.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace cef::playbook {

namespace {

std::string_view python_type(const Value& value) {
  if (value.is_boolean()) return "<class 'bool'>";
  if (value.is_number_integer()) return "<class 'int'>";
  if (value.is_number()) return "<class 'float'>";
  if (value.is_string()) return "<class 'str'>";
  if (value.is_array()) return "<class 'list'>";
  return value.is_object() ? "<class 'dict'>" : "<class 'NoneType'>";
}

bool is_number(const Value& value, bool whole) {
  if (value.is_boolean()) return true;
  if (whole ? value.is_number_integer() : value.is_number()) return true;
  if (!value.is_string()) return false;
  const std::string_view text = trim(value.get_ref<const std::string&>());
  double number = 0;
  std::int64_t integer = 0;
  const char* const end = text.data() + text.size();
  return !text.empty() && (whole ? std::from_chars(text.data(), end, integer).ptr == end
                                 : std::from_chars(text.data(), end, number).ptr == end);
}

bool is_flag(const Value& value) {
  if (value.is_boolean()) return true;
  if (value.is_number()) return value == 0 || value == 1;
  constexpr std::string_view words[] = {"y", "yes", "on", "1", "true", "t", "n", "no", "off", "0", "false", "f"};
  return value.is_string() && std::ranges::find(words, lower(value.get<std::string>())) != std::end(words);
}

// Why a value is not of a type, and nothing when it is or can be made so.
std::string type_error(const Value& value, const std::string& type) {
  const auto cannot = [&](std::string_view what) {
    return fmt::format("{} cannot be converted to {}", python_type(value), what);
  };
  if (type == "int") return is_number(value, true) ? "" : cannot("an int");
  if (type == "float") return is_number(value, false) ? "" : cannot("a float");
  if (type == "bool") return is_flag(value) ? "" : cannot("a bool");
  if (type == "list") return value.is_array() || value.is_string() || value.is_number() ? "" : cannot("a list");
  if (type == "dict") {
    if (value.is_object()) return "";
    const bool may_be =
        value.is_string() && value.get_ref<const std::string&>().find_first_of("{=") != std::string::npos;
    return may_be              ? ""
           : value.is_string() ? "dictionary requested, could not parse JSON or key=value"
                               : cannot("a dict");
  }
  return "";
}

void check(const Value& spec, const Value& given, const std::string& where, std::vector<std::string>& errors) {
  const std::string found_in = where.empty() ? "" : " found in " + where;
  std::string missing;
  for (const auto& [name, rule] : spec.items())
    if (rule.is_object() && rule.contains("required") && is_true(rule["required"]) &&
        (!given.contains(name) || given[name].is_null()))
      missing += (missing.empty() ? "" : ", ") + name;
  if (!missing.empty()) errors.push_back(fmt::format("missing required arguments: {}{}", missing, found_in));
  for (const auto& [name, rule] : spec.items()) {
    const auto own = given.find(name);
    if (own == given.end() || own->is_null() || !rule.is_object()) continue;
    const std::string type = rule.value("type", "str");
    if (const std::string why = type_error(*own, type); !why.empty()) {
      errors.push_back(fmt::format("argument '{}' is of type {}{} and we were unable to convert to {}: {}", name,
                                   python_type(*own), found_in, type, why));
      continue;
    }
    const Value list = type == "list" && own->is_array() ? *own : Value::array({*own});
    const std::string elements = type == "list" ? rule.value("elements", "") : "";
    for (const Value& item : elements.empty() ? Value::array() : list)
      if (const std::string why = type_error(item, elements); !why.empty())
        errors.push_back(
            fmt::format("Elements value for option '{}'{} is of type {} and we were unable to convert to {}: {}", name,
                        found_in, python_type(item), elements, why));
    if (const auto choices = rule.find("choices"); choices != rule.end() && choices->is_array()) {
      std::string all;
      for (const Value& each : *choices) all += (all.empty() ? "" : ", ") + as_text(each);
      for (const Value& item : list)
        if (std::ranges::none_of(*choices, [&](const Value& each) { return as_text(each) == as_text(item); }))
          errors.push_back(
              fmt::format("value of {} must be one of: {}, got: {}{}", name, all, as_text(item), found_in));
    }
    if (const auto options = rule.find("options"); options != rule.end() && options->is_object())
      for (const Value& item : list)
        if (item.is_object()) check(*options, item, where.empty() ? name : where + " -> " + name, errors);
  }
}

}  // namespace

std::vector<std::string> spec_errors(const Value& spec, const Value& given) {
  std::vector<std::string> errors;
  check(spec, given, "", errors);
  return errors;
}

}  // namespace cef::playbook
