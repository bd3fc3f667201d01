// What could stand where the cursor is: verbs, options, and values from the inventory and the journal at hand. Nothing
// is contacted, no program is run, nothing is asked.
#pragma once

#include "app.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cef::cli::complete {

struct Candidate {
  std::string text;     // in place of the word at the cursor
  std::string about{};  // a few words on it, or nothing
};

struct Answer {
  enum class Kind { words, files, folders };  // of files the shell knows more
  Kind kind = Kind::words;
  std::vector<Candidate> candidates{};
  bool ordered = false;  // as they stand, the newest first; otherwise the shell sorts them
};

/// A command line up to the word at the cursor, read as far as it goes.
struct Line {
  const Verb* verb = nullptr;
  std::vector<std::string> words{};  // those after the verb that are no options
  std::map<std::string, std::vector<std::string>, std::less<>> given{};
  const Param* open = nullptr;  // the option whose value is at the cursor
  bool is_command = false;      // past the `--`
};
/// Without the program's name, and without the word at the cursor.
Line read_line(const std::vector<std::string>& before);

/// `words`: the command line without the program's name; the last one is at the cursor, and may be empty.
Answer complete(const std::vector<std::string>& words);

/// Those of the list whose beginning is `text`.
std::vector<Candidate> that_begin(std::vector<Candidate> all, std::string_view text);

/// The options as the line, the environment and the configuration have them; none where they are wrong.
Options options_of(const Line& line);

/// Names of the inventory: kept from one call to the next for as long as its files are the same.
struct Names {
  std::vector<std::string> groups{}, hosts{}, tags{};
  std::vector<std::string> sets{};  // the hosts of each group as a set: `rpi[6401-6406]`
};
Names names_of(const Options& options);

/// Of the journal, newest first.
std::vector<Candidate> recorded_runs(const Options& options, std::string_view text);
std::vector<Candidate> recorded_jobs(const Options& options);

std::vector<Candidate> known_models(const Options& options);
/// Of the playbooks among the line's words.
std::vector<Candidate> playbook_tags(const Line& line);
std::vector<Candidate> playbook_tasks(const Line& line);
/// `name=` for each parameter of the module among the line's words.
std::vector<Candidate> module_params(const Line& line);

/// `bash`, `zsh`, `fish`: what makes the shell ask cef. Empty for another one.
std::string_view script_for(std::string_view shell);
/// The answer as that script reads it: a line with the kind, and a line for each candidate. `words` are what it sends:
/// for bash the line up to the cursor and COMP_WORDBREAKS, for the others the words themselves.
std::string reply(std::string_view shell, const std::vector<std::string>& words);

/// A line of bash up to the cursor.
struct Typed {
  std::vector<std::string> words{};
  char open_quote = 0;   // in which the cursor stands
  std::size_t kept = 0;  // bytes of the last word that bash leaves alone, and puts its completion behind
};
/// `breaks`: bash's COMP_WORDBREAKS.
Typed split_line(std::string_view line, std::string_view breaks = "");

}  // namespace cef::cli::complete
