#include "app.hpp"

#include "console/error_stream.hpp"
#include "console/output.hpp"
#include "help.hpp"
#include "past/journal_options.hpp"
#include "past/metric_store.hpp"

#include <cef/core/suggest.hpp>
#include <cef/core/text.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace cef::cli {

namespace {

int write_out(std::string_view text) {
  Output output(std::nullopt);
  output.write_text(text);
  const auto written = output.finish();
  return written ? exit_ok : complain(written.error());
}

Error usage(std::string message, std::string hint) { return {Code::usage, std::move(message), std::move(hint)}; }

// Everything after the first `--` is the command, whatever it looks like.
void split_command(std::vector<std::string>& arguments, Context& context) {
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  if (dashes == arguments.end()) return;
  context.has_command = true;
  context.command.assign(dashes + 1, arguments.end());
  arguments.erase(dashes, arguments.end());
}

Error unknown_option(const std::string& word, const Verb* verb) {
  std::vector<std::string> known{"--help", "--version"};
  for (const Param& spec : option_specs())
    if (!verb || verb->has(spec)) known.push_back(fmt::format("--{}", spec.name));
  if (verb)
    for (const Param& option : verb->options) known.push_back(fmt::format("--{}", option.name));
  const std::string name = word.substr(0, word.find('='));
  if (!verb && name == "-m")  // as in `ansible rpi -m ping`
    return usage("cef has verbs in place of -m", "cef ping rpi; cef exec rpi -- COMMAND; cef task rpi MODULE -a 'k=v'");
  const auto near = nearest(name, known);
  return usage(fmt::format("unknown option '{}'{}", name, near ? fmt::format(": did you mean '{}'?", *near) : ""),
               verb ? fmt::format("cef {} --help lists all", verb->name) : "cef --help lists all");
}

Error no_verb(const std::vector<std::string>& words) {
  std::vector<std::string> names;
  for (const Verb& verb : verbs()) names.push_back(verb.name);
  const std::string all = fmt::format("verbs: {}", fmt::join(names, ", "));
  if (words.empty()) return usage("no verb: say what to do", all);
  const std::string& first = words.front();
  if (const std::string_view meant = verb_by_habit(first); !meant.empty())
    return usage(fmt::format("there is no verb '{}': did you mean '{}'?", first, meant),
                 fmt::format("cef {} -h tells about it", meant));
  // `cef group=rpi ping`, `cef rpi ping`: all is there, in another order.
  const auto verb = std::ranges::find_if(words, [](const std::string& word) { return find_verb(word) != nullptr; });
  const auto near = nearest(first, names);
  if (verb != words.end() && (!near || first.find('=') != std::string::npos)) {
    std::string others;
    for (auto word = words.begin(); word != words.end(); ++word)
      if (word != verb) others += " " + *word;
    return usage(fmt::format("the verb comes first: cef {}{}", *verb, others), "");
  }
  return usage(fmt::format("there is no verb '{}'{}", first, near ? fmt::format(": did you mean '{}'?", *near) : ""),
               all);
}

// `-2` is the run before the last one.
bool is_number(std::string_view word) {
  return word.size() > 1 && word.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

const Param* by_shorthand(char letter) {
  for (const Param& spec : option_specs())
    if (spec.shorthand.starts_with(letter)) return &spec;
  return nullptr;
}

// Whether the next word is this one's value: `--forks`, `-f`, or `-vf`, where only the last letter may take one.
bool takes_next(std::string_view word) {
  if (word.starts_with("--")) {
    word.remove_prefix(2);
    return std::ranges::any_of(option_specs(),
                               [&](const Param& spec) { return spec.has_value() && word == spec.name; });
  }
  if (word.size() < 2 || !word.starts_with('-')) return false;
  for (std::size_t i = 1; i < word.size(); ++i) {
    const Param* spec = by_shorthand(word[i]);
    if (!spec) return false;
    if (spec->has_value()) return i + 1 == word.size();  // what follows the letter is its value
  }
  return false;
}

// For a verb with words of its own: `nginx=1.18` is one of them.
bool chooses_hosts(std::string_view word) {
  std::string_view key = word.substr(0, word.find('='));
  if (key.size() == word.size()) return false;
  if (key.ends_with('!')) return true;
  return key == "group" || key == "host" || key == "tag";
}

// Who is to use docker is --user to `docker install`, as who logs in is elsewhere; that is -u there, too.
void tell_users_apart(const Verb& verb, std::vector<std::string>& arguments) {
  if (verb.name != "docker" || std::ranges::find(arguments, "install") == arguments.end()) return;
  for (std::string& word : arguments)
    if (word == "--user" || word.starts_with("--user=")) word.replace(2, 4, "member");
}

// `cef exec rpi uname -r` as it was meant: what comes after the first word that chooses hosts is the command. Empty:
// there is no such word.
std::string with_dashes(const std::vector<std::string>& words) {
  std::string line = "cef";
  std::string_view before;
  int bare = 0;  // the verb, and who is meant
  for (const std::string& word : words) {
    const bool is_bare = !word.starts_with('-') && !takes_next(before) && !chooses_hosts(word);
    if (is_bare && bare < 3 && ++bare == 3) line += " --";
    line += ' ' + word;
    before = word;
  }
  return bare == 3 ? line : "";
}

// The options of a command that no `--` stands before are taken for cef's own.
std::optional<Error> meant_as_command(const Verb* verb, const Context& context) {
  if (!verb || verb->name != "exec" || context.has_command) return std::nullopt;
  const std::string line = with_dashes(context.words);
  if (line.empty()) return std::nullopt;
  return usage("no command", fmt::format("put it after --: {}", line));
}

struct Parsed {
  const Verb* verb = nullptr;
  bool help = false, version = false;
};

// What CLI11 says of an option without its value, in our words: `--format needs a value: table, json, ...`.
std::string no_value_in(std::string what, const Verb* verb) {
  std::replace(what.begin(), what.end(), '\n', ' ');
  const std::string name = what.substr(0, what.find(':'));
  if (!name.starts_with("--") || what.find("required") == std::string::npos) return what;
  const auto told = [&](const auto& params) -> std::optional<std::string> {
    for (const Param& param : params)
      if (param.has_value() && name.substr(2) == param.name)
        return fmt::format("{} needs a value: {}", name,
                           param.kind == Param::Kind::choice ? spelled(param.choices) : std::string(param.value));
    return std::nullopt;
  };
  const auto own = verb ? told(verb->options) : std::nullopt;
  return own ? *own : told(option_specs()).value_or(what);
}

// CLI11 splits the words into options and the rest; which of the rest is the verb and which are selectors is said here,
// so that a mistake gets a message that names what is near.
Result<Parsed> parse(std::vector<std::string> arguments, Context& context) {
  Parsed parsed;
  CLI::App app;
  app.set_help_flag("");
  app.allow_extras();
  for (std::string& word : arguments) {
    if (word == "--no-color" || word == "--no-colour") word = "--color=never";
    if (word.starts_with("--colour")) word.replace(0, std::string_view("--colour").size(), "--color");
  }
  app.add_flag("-h,--help", parsed.help);
  // The verb is the first word that is neither an option nor an option's value; its own options are declared before the
  // rest is read.
  std::string_view before;
  for (const std::string& word : arguments) {
    if (!word.starts_with('-') && !takes_next(before)) {
      parsed.verb = find_verb(word);
      break;
    }
    before = word;
  }
  context.options.declare(app, parsed.verb ? parsed.verb->options : std::span<const Param>());
  // A verb may have a use for the word: model add FILE --version 2.
  const bool has_own =
      parsed.verb && std::ranges::find(parsed.verb->options, "version", &Param::name) != parsed.verb->options.end();
  if (has_own)
    app.add_flag("-V", parsed.version);
  else
    app.add_flag("-V,--version", parsed.version);
  if (parsed.verb) tell_users_apart(*parsed.verb, arguments);
  if (parsed.verb) {
    context.arguments = Arguments(parsed.verb->options);
    for (const Param& option : parsed.verb->options) {
      std::string names = fmt::format("--{}", option.name);
      if (!option.shorthand.empty()) names = fmt::format("-{},{}", option.shorthand, names);
      const auto set = [&given = context.arguments, name = option.name](const std::string& text) {
        given.set(name, text);
      };
      if (option.has_value())
        app.add_option_function<std::string>(names, set)
            ->trigger_on_parse()  // each time it is given
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
            ->allow_extra_args(false);
      else
        app.add_flag_callback(names, [set] { set(""); });
    }
  }

  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return Unexpected(usage(no_value_in(error.what(), parsed.verb),
                            parsed.verb ? fmt::format("cef {} --help lists all options", parsed.verb->name)
                                        : "cef --help lists all options"));
  }
  bool verb_seen = false;
  for (const std::string& word : app.remaining()) {
    if (word.size() > 1 && word.starts_with('-') && !is_number(word))
      return Unexpected(meant_as_command(parsed.verb, context).value_or(unknown_option(word, parsed.verb)));
    if (parsed.verb && !verb_seen && word == parsed.verb->name)
      verb_seen = true;
    else if (parsed.verb && parsed.verb->takes_operands && !chooses_hosts(word))
      context.operands.push_back(word);
    else
      context.selectors.push_back(word);
  }
  return parsed;
}

// Broken at words where the terminal ends, and on below what `begin` stands before.
void add_lines(std::string& text, std::string_view begin, std::string_view words, std::size_t width) {
  constexpr std::size_t indent = 5;  // that of `cef: `
  const bool fits = width < 2 * indent || begin.size() + display_width(words) <= width;
  const auto lines = wrap(std::string(begin.substr(indent)).append(words), fits ? 0 : width - indent);
  for (std::size_t i = 0; i < lines.size(); ++i)
    text += fmt::format("{}{}\n", i == 0 ? begin.substr(0, indent) : "     ", lines[i]);
}

// --color over what the terminal and its variables say.
Result<void> apply_colour(Context& context) {
  const std::string when = context.options.text("color").value_or("auto");
  if (when == "always" || when == "never")
    context.terminal.colour = context.terminal.err_colour = when == "always";
  else if (when != "auto")
    return Unexpected(
        usage(fmt::format("{}: '{}' is not auto, always or never", context.options.find("color")->name, when), ""));
  return {};
}

// `-b` where that was typed, else `--become`.
std::string as_typed(const Param& spec, const std::vector<std::string>& words) {
  const std::string name = fmt::format("--{}", spec.name);
  const bool whole =
      std::ranges::any_of(words, [&](const std::string& word) { return word.substr(0, word.find('=')) == name; });
  return whole || spec.shorthand.empty() ? name : fmt::format("-{}", spec.shorthand);
}

}  // namespace

Result<void> check_options(const Verb& verb, const Context& context) {
  for (const Param& spec : option_specs())
    if (!verb.has(spec) && context.options.is_typed(spec.name))
      return Unexpected(usage(fmt::format("{} has no meaning for {}", as_typed(spec, context.words), verb.name),
                              fmt::format("cef {} --help tells what it has", verb.name)));
  return {};
}

std::string complaint(const Error& error, std::size_t width) {
  std::string text;
  std::string_view message = error.message;
  // Several findings stand on a line each.
  while (!message.empty()) {
    const auto end = std::min(message.find('\n'), message.size());
    add_lines(text, "cef: ", message.substr(0, end), width);
    message.remove_prefix(std::min(end + 1, message.size()));
  }
  if (const auto hint = hint_of(error); !hint.empty()) add_lines(text, "     ", hint, width);
  return text;
}

std::string complaint(const Error& error) { return complaint(error, error_room()); }

std::string warning(std::string_view message) {
  std::string text;
  add_lines(text, "cef: warning: ", message, error_room());
  return text;
}

int complain(const Error& error) {
  write_error(complaint(error));
  switch (error.code) {
    case Code::usage:
    case Code::invalid_inventory:
    case Code::invalid_config:
    case Code::unpack_failed:  // of an archive on this machine
      return exit_usage;
    case Code::lock_held:
      return exit_locked;
    case Code::nothing_matched:
      return exit_nothing_matched;
    case Code::interrupted:
      return exit_interrupted;
    default:
      return exit_internal;
  }
}

void warn(std::string_view message) { write_error(warning(message)); }

void note(std::string_view message) {
  std::string text;
  add_lines(text, "cef: ", message, error_room());
  write_error(text);
}

int run_program(std::vector<std::string> arguments) {
  Context context;
  context.terminal = look_at_terminal();
  context.words = arguments;
  split_command(arguments, context);
  const auto parsed = parse(std::move(arguments), context);
  if (!parsed) return complain(parsed.error());
  const std::size_t width = help_width(context.terminal);
  if (parsed->version)
    return write_out(context.options.is_typed("verbose") ? long_version_text(width) : version_text());
  if (const auto meant = meant_as_command(parsed->verb, context); parsed->help && meant) return complain(*meant);
  if (parsed->help && !parsed->verb && !context.selectors.empty()) return complain(no_verb(context.selectors));
  if (parsed->help) return write_out(parsed->verb ? verb_page(*parsed->verb, width) : program_help(width));
  if (!parsed->verb) {
    if (context.selectors.empty() && !context.has_command && context.terminal.out) {
      write_out(program_help(width));
      return exit_usage;
    }
    return complain(no_verb(context.selectors));
  }
  context.verb = parsed->verb->name;
  if (!context.command.empty() && !parsed->verb->hears_command)
    return complain(usage(fmt::format("{} takes no command after --", context.verb), "cef exec runs one"));
  const Verb& verb = *parsed->verb;
  if (const auto known = check_options(verb, context); !known) return complain(known.error());
  if (const auto right = context.arguments.check(); !right) return complain(right.error());
  if (const auto complete = context.options.complete(verb.groups); !complete) return complain(complete.error());
  if (const auto colour = apply_colour(context); !colour) return complain(colour.error());
  if (const auto limits = journal_limits(context.options); !limits) return complain(limits.error());
  if (const auto kept = store_limits(context.options); !kept) return complain(kept.error());
  return verb.run(verb, context);
}

}  // namespace cef::cli
