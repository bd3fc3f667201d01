#include <cef/core/suggest.hpp>
#include <cef/core/text.hpp>
#include <cef/tasks/modules.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace cef::tasks {

namespace {

using Kind = Param::Kind;

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parts;
}

Unexpected<Error> wrong(std::string message, std::string hint = "") {
  return Unexpected(Error{Code::usage, std::move(message), std::move(hint)});
}

// As Python's str() has it.
std::string text_of(const Value& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  return value.dump();
}

std::optional<bool> truth(const Value& value) {
  if (value.is_boolean()) return value.get<bool>();
  const std::string text = lower(trim(text_of(value)));
  for (const char* const yes : {"y", "yes", "on", "1", "true", "t", "1.0"})
    if (text == yes) return true;
  for (const char* const no : {"n", "no", "off", "0", "false", "f", "0.0"})
    if (text == no) return false;
  return std::nullopt;
}

std::optional<std::int64_t> whole(const Value& value) {
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (std::trunc(number) != number || std::abs(number) > 9e15) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (!value.is_string()) return std::nullopt;
  const std::string text(trim(value.get_ref<const std::string&>()));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_symbolic(std::string_view mode) {
  for (const std::string_view clause : split(mode, ',')) {
    const auto sign = clause.find_first_of("+-=");
    if (sign == std::string_view::npos) return false;
    if (clause.substr(0, sign).find_first_not_of("ugoa") != std::string_view::npos) return false;
    if (clause.substr(sign).find_first_not_of("+-=rwxXstugo") != std::string_view::npos) return false;
  }
  return !mode.empty();
}

// Octal digits of a text stand for themselves. A number was written without quotes: YAML has read 0644 as octal
// already, and 644 as what it says, which is 01204.
std::optional<std::string> mode_of(const Value& value) {
  if (value.is_number_integer() && value.get<std::int64_t>() >= 0 && value.get<std::int64_t>() <= 07777)
    return fmt::format("{:04o}", value.get<std::int64_t>());
  if (!value.is_string()) return std::nullopt;
  std::string text(trim(value.get_ref<const std::string&>()));
  if (text.starts_with("0o")) text.erase(1, 1);
  if (text == "preserve" || is_symbolic(text)) return text;
  if (text.empty() || text.find_first_not_of("01234567") != std::string::npos) return std::nullopt;
  const std::string digits = text.size() > 4 ? text.substr(text.find_first_not_of('0')) : text;
  if (digits.size() > 4) return std::nullopt;
  return std::string(4 - digits.size(), '0') + digits;
}

// A list that came as text, as command lines have it, or one value in place of a list of one.
Value list_of(const Value& value) {
  Value list = Value::array();
  if (value.is_array()) {
    for (const Value& entry : value) list.push_back(entry.is_structured() ? entry : Value(text_of(entry)));
  } else if (value.is_string()) {
    for (const std::string_view part : split(value.get_ref<const std::string&>(), ','))
      list.push_back(std::string(part));
  } else if (value.is_object()) {
    list.push_back(value);
  } else {
    list.push_back(text_of(value));
  }
  return list;
}

std::optional<Value> mapping_of(const Value& value) {
  if (value.is_object()) return value;
  if (!value.is_string()) return std::nullopt;
  const std::string text(trim(value.get_ref<const std::string&>()));
  if (text.starts_with('{')) {
    auto read = Value::parse(text, nullptr, false);
    if (read.is_object()) return read;
    return std::nullopt;
  }
  Value mapping = Value::object();
  for (const std::string_view part : split(text, ',')) {
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    mapping[std::string(trim(part.substr(0, equals)))] = std::string(trim(part.substr(equals + 1)));
  }
  return mapping;
}

// One of the choices; `yes` and true are alike where a choice is one of them.
std::optional<std::string> choice_of(const Param& param, const Value& value) {
  const std::string text = text_of(value);
  const auto choices = split(param.choices, ',');
  if (std::ranges::find(choices, text) != choices.end()) return text;
  const auto meant = truth(value);
  for (const std::string_view choice : choices)
    if (meant && truth(Value(std::string(choice))) == meant) return std::string(choice);
  return std::nullopt;
}

Result<Value> read_value(const std::string& where, const Param& param, const Value& value) {
  const auto refuse = [&](std::string_view what) {
    return wrong(fmt::format("{}: '{}' is not {}", where, text_of(value), what));
  };
  switch (param.kind) {
    case Kind::flag:
      if (const auto yes = truth(value)) return Value(*yes);
      return refuse("yes or no");
    case Kind::number:
      if (const auto number = whole(value)) return Value(*number);
      return refuse("a whole number");
    case Kind::list:
    case Kind::paths:
      return list_of(value);
    case Kind::choice:
      if (auto choice = choice_of(param, value)) return Value(std::move(*choice));
      return refuse(spelled(param.choices));
    case Kind::mode:
      if (auto mode = mode_of(value)) return Value(std::move(*mode));
      return refuse("a mode like \"0644\" or u=rw,g=r");
    case Kind::mapping:
      if (auto mapping = mapping_of(value)) return std::move(*mapping);
      return refuse("a mapping");
    case Kind::raw:
      return value;
    default:
      if (value.is_structured()) return refuse("text");
      return Value(text_of(value));
  }
}

const Param* find_param(const Task& module, std::string_view name) {
  for (const Param& param : module.params) {
    if (param.name == name) return &param;
    const auto aliases = split(param.aliases, ',');
    if (std::ranges::find(aliases, name) != aliases.end()) return &param;
  }
  return nullptr;
}

Error unknown(const Task& module, const std::string& name) {
  std::vector<std::string> names;
  for (const Param& param : module.params) {
    names.emplace_back(param.name);
    for (const std::string_view alias : split(param.aliases, ',')) names.emplace_back(alias);
  }
  const auto near = nearest(name, names);
  return {Code::usage, fmt::format("{} has no parameter '{}'", module.name, name),
          near ? fmt::format("did you mean '{}'?", *near) : ""};
}

std::string joined(std::span<const std::string_view> names, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? last : std::string_view(", ");
    text += names[i];
  }
  return text;
}

Result<void> keep_rules(const Task& module, const Value& params) {
  for (const Param& param : module.params)
    if (param.required && !params.contains(param.name))
      return wrong(fmt::format("{} needs the parameter '{}'", module.name, param.name));
  const auto given = [&](std::string_view name) { return params.contains(name); };
  for (const std::string_view rule : split(module.exclusive, ' ')) {
    const auto names = split(rule, ',');
    if (std::ranges::count_if(names, given) > 1)
      return wrong(fmt::format("{}: only one of {} can be given", module.name, joined(names, " and ")));
  }
  for (const std::string_view rule : split(module.needs_one, ' ')) {
    const auto names = split(rule, ',');
    if (std::ranges::none_of(names, given))
      return wrong(fmt::format("{} needs one of the parameters {}", module.name, joined(names, " and ")));
  }
  return {};
}

}  // namespace

Result<Value> read_params(const Task& module, const Value& given) {
  Value params = Value::object();
  for (const auto& [name, value] : given.items()) {
    if (name == "_raw_params" && module.free_form) {
      params[name] = text_of(value);
      continue;
    }
    if (name == "_raw_params")
      return wrong(fmt::format("{}: '{}' is not name=value", module.name, text_of(value)),
                   "quote a value that has spaces in it");
    const Param* param = find_param(module, name);
    if (!param) return Unexpected(unknown(module, name));
    if (value.is_null()) continue;
    auto read = read_value(fmt::format("{}: {}", module.name, name), *param, value);
    if (!read) return Unexpected(read.error());
    params[std::string(param->name)] = std::move(*read);
  }
  if (auto kept = keep_rules(module, params); !kept) return Unexpected(kept.error());
  for (const Param& param : module.params) {
    if (param.otherwise.empty() || params.contains(param.name)) continue;
    auto read = read_value(std::string(param.name), param, Value(std::string(param.otherwise)));
    if (!read) return Unexpected(read.error());
    params[std::string(param.name)] = std::move(*read);
  }
  return params;
}

}  // namespace cef::tasks
