#include "repeat.hpp"

#include <cef/core/file.hpp>

namespace cef::cli {

namespace {

std::vector<std::string> texts(const Value& list) {
  std::vector<std::string> texts;
  if (list.is_array())
    for (const Value& item : list)
      if (item.is_string()) texts.push_back(item.get<std::string>());
  return texts;
}

}  // namespace

Value to_repeat(const Context& context) {
  Value options = Value::object();
  for (const Param& spec : option_specs()) {
    // Not again: which hosts, and where the results of the whole run went.
    const Options::Setting* setting = spec.is_repeated ? context.options.find(spec.name) : nullptr;
    if (!setting || setting->source == Options::Source::config) continue;
    const bool typed = setting->source == Options::Source::command_line;
    options[std::string(spec.name)] = {{"values", setting->values}, {"name", setting->name}, {"typed", typed}};
  }
  Value kept{{"options", std::move(options)}, {"verb_options", Value::object()}};
  for (const auto& [name, value] : context.arguments.given()) kept["verb_options"][name] = value;
  if (!context.operands.empty()) kept["operands"] = context.operands;
  if (context.has_command) kept["command"] = context.command;
  return kept;
}

Result<void> repeat(const Value& kept, const Verb& verb, Context& context) {
  const auto part = [&](const char* name) { return kept.is_object() ? kept.value(name, Value()) : Value(); };
  const Value options = part("options"), verb_options = part("verb_options"), command = part("command");
  if (options.is_object())
    for (const auto& [name, setting] : options.items()) {
      if (!setting.is_object()) continue;
      const auto source = setting.value("typed", true) ? Options::Source::command_line : Options::Source::environment;
      context.options.repeat(name, {texts(setting.value("values", Value())), source, setting.value("name", name)});
    }
  context.arguments = Arguments(verb.options);
  if (verb_options.is_object())
    for (const auto& [name, value] : verb_options.items())
      if (value.is_string()) context.arguments.set(name, value.get<std::string>());
  context.has_command = command.is_array();
  context.command = texts(command);
  context.operands = texts(part("operands"));
  if (const auto right = context.arguments.check(); !right) return right;
  return context.options.complete(verb.groups);
}

Result<std::string> read_kept(Context& context, const std::string& path) {
  if (const auto kept = context.files.find(path); kept != context.files.end()) return kept->second;
  auto bytes = read_file(expand_user(path));
  if (bytes) context.files[path] = *bytes;
  return bytes;
}

}  // namespace cef::cli
