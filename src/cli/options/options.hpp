// The options that all verbs share: described once in specs.cpp, read from the command line, then CEF_... variables,
// then config.yml. A value keeps where it came from, because a host's variables stand between environment and config.
#pragma once

#include "groups.hpp"

#include <cef/core/param.hpp>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cef::cli {

/// Every shared option, in help's order; CEF_NAME and the config key are made from its name, and `group` is a Group.
std::span<const Param> option_specs();

/// What stands between commas; nothing for empty pieces.
std::vector<std::string> split_list(std::string_view text);

class Options {
 public:
  enum class Source { command_line, environment, config };
  struct Setting {
    std::vector<std::string> values;
    Source source = Source::command_line;
    std::string name;  // as the user wrote it: --forks, CEF_FORKS, or `forks` in a file
  };

  /// Declares the options on `app`; letters that the verb's `own` options have are theirs. Must outlive its parsing.
  void declare(CLI::App& app, std::span<const Param> own = {});
  /// Reads environment and config files for what the command line left open. Options that are not of these groups are
  /// passed over, as if nobody had set them. Errors: invalid_config, with the file; usage, for an empty text.
  Result<void> complete(Groups groups = groups::all);

  /// What a former run was given, for complete(): weaker than the command line, stronger than the environment.
  void repeat(const std::string& name, Setting setting) { repeated_[name] = std::move(setting); }
  /// Relative paths on the command line become absolute, for a change of folder.
  void resolve_paths();

  /// Written on this command line, not on that of a run that is repeated.
  bool is_typed(std::string_view name) const;
  const Setting* find(std::string_view name) const;
  /// Set on the command line or in the environment: stronger than a host's variables.
  bool is_forced(std::string_view name) const;

  // Typed; nullopt when not set. Errors: usage, naming the option as it was written.
  bool flag(std::string_view name) const;
  int count(std::string_view name) const;
  std::optional<std::string> text(std::string_view name) const;
  std::vector<std::string> values(std::string_view name) const;  // one for each time it was given
  std::vector<std::string> list(std::string_view name) const;    // the same, commas split
  Result<std::optional<std::int64_t>> number(std::string_view name) const;
  Result<std::optional<Milliseconds>> duration(std::string_view name) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> given_;
  std::map<std::string, Setting, std::less<>> repeated_;
  std::map<std::string, Setting, std::less<>> settings_;
};

}  // namespace cef::cli
