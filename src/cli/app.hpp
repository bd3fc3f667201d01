// What every verb is given, and what a verb is.
#pragma once

#include "console/terminal.hpp"
#include "options/arguments.hpp"
#include "options/groups.hpp"
#include "options/options.hpp"

#include <cef/core/column.hpp>
#include <cef/core/metric.hpp>
#include <cef/core/result.hpp>
#include <cef/engine/exit.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cef::cli {

using enum engine::Exit;

struct Context {
  Options options;
  Terminal terminal;
  std::string verb;                          // as typed
  std::vector<std::string> words;            // all of the command line, as typed
  std::vector<std::string> selectors;        // words of the form key=value
  std::vector<std::string> operands;         // the other words, for a verb that has a use for them
  std::vector<std::string> command;          // what came after `--`
  bool has_command = false;                  // whether there was a `--`
  Arguments arguments;                       // the verb's own options
  std::map<std::string, std::string> files;  // local files that the work is made of, by path: read_kept()
  std::string retry_of;                      // id of the run that is repeated, or empty

  int verbosity() const { return options.count("verbose"); }
};

struct Verb {
  std::string name;
  std::string summary;                // one line
  std::string usage;                  // what follows the verb
  std::string details{};              // for its help: more words
  std::vector<std::string> examples;  // command lines that work
  std::vector<Param> options{};       // its own
  Columns columns{};                  // of its table, for help
  int (*run)(const Verb& verb, Context& context);
  Metrics metrics{};            // the numbers in its records
  bool hears_command = false;   // has a use, or words of its own, for what comes after `--`
  std::string sort{};           // how its table is sorted unless --sort says so; empty: inventory order
  bool takes_operands = false;  // words that are neither options nor group=, host= or tag= are its own
  Groups groups = 0;            // of the shared options, by verbs.def
  std::string lacking{};        // what a host does not have that it skips: `no NVIDIA device`

  bool has(const Param& shared) const { return (groups & bit(static_cast<Group>(shared.group))) != 0; }
};

/// All verbs, in help's order.
const std::vector<Verb>& verbs();
/// Or null.
const Verb* find_verb(std::string_view name);

/// Errors: usage, for a shared option on this command line that has no meaning for the verb.
Result<void> check_options(const Verb& verb, const Context& context);

/// `cef: message` and the hint, as lines; of at most `width` cells (0: as long as they are), or as the terminal of
/// standard error has room for.
std::string complaint(const Error& error, std::size_t width);
std::string complaint(const Error& error);
std::string warning(std::string_view message);
/// What the command line names is not there, or cannot be read: no host has been contacted for it.
inline Error as_usage(Error error) {
  error.code = Code::usage;
  return error;
}
/// Writes the complaint to standard error, and returns the exit code that fits the error.
int complain(const Error& error);
void warn(std::string_view message);
/// The same for what is nobody's fault.
void note(std::string_view message);

/// The whole program. `arguments` without the program's name.
int run_program(std::vector<std::string> arguments);

}  // namespace cef::cli
