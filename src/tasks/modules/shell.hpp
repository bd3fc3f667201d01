// What modules send to a host and hear of it: scripts that begin with what they were told, and answers of lines
// `=cef NAME REST`.
#pragma once

#include <cef/tasks/task.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::tasks::modules {

/// One word of sh, as it is.
std::string as_word(std::string_view text);
/// One word of sh in which a leading `~` and `$NAME` are what the user on the host has for them; a variable that is
/// not set stays as it is written.
std::string expanded(std::string_view text);
/// The words of a command line, as a shell would tell them apart, with nothing expanded. Nothing: a quote without end.
std::optional<std::vector<std::string>> split_words(std::string_view line);

/// A param's text, or empty when it was not given.
std::string text_of(const Value& params, std::string_view name);
bool is_set(const Value& params, std::string_view name);  // given, and not false
std::vector<std::string> list_of(const Value& params, std::string_view name);

/// A script's beginning: params as variables of their names, `check` and `diff`; and functions for all of them (see
/// shell.cpp): say, die, changed, blob, end.
class Sheet {
 public:
  explicit Sheet(const Arguments& arguments);

  /// Texts and numbers as they are, booleans as `yes` or nothing; one that was not given is empty.
  Sheet& take(std::initializer_list<std::string_view> names);
  /// Paths, expanded.
  Sheet& paths(std::initializer_list<std::string_view> names);
  Sheet& set(std::string_view variable, std::string_view value);
  /// `$@`
  Sheet& words(const std::vector<std::string>& words);
  /// More of the script.
  Sheet& add(std::string_view text);

  /// As the user of the arguments.
  Step step(std::string input = {}) const;
  /// The same, which takes its standard input from a file of the controller.
  Step step_with_file(std::string path) const;

 private:
  Arguments arguments_;
  std::string text_;
};

/// The first line of what was said of a script that did not come to its end: by itself, or by what the host has in its
/// place, such as nologin, which speaks to standard output.
std::string_view reason_of(const StepResult& ran);

/// What a script said.
class Answer {
 public:
  explicit Answer(const StepResult& ran);

  bool has(std::string_view name) const { return said_.contains(name); }
  /// The last one's rest; empty when there is none.
  std::string text(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  std::vector<std::string> names() const;
  /// Why it failed: what it said, or that it did not come to its end.
  const std::optional<Error>& error() const { return error_; }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> said_;
  std::optional<Error> error_;
};

/// changed where the script said so; its error, if any.
Verdict verdict_of(const Answer& answer);

Error failed(std::string message);

/// Reads numbers that a host sent: 0 for what is none.
std::int64_t number_of(std::string_view text);
std::vector<std::string> lines_of(std::string_view text);

/// `stdout` and `stdout_lines`, `stderr` and `stderr_lines`, without their last line feeds.
void put_output(Value& data, std::string_view name, std::string_view text);

/// For modules whose record has nothing for a table of its own.
Columns message_columns();

}  // namespace cef::tasks::modules
