// command, shell, raw and script: what has no module.
#include "modules/registry.hpp"
#include "modules/shell.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

namespace cef::tasks::modules {

namespace command_parts {
namespace {

// In the environment that the command is to have: nothing is set here that it could see. `$@` is the command, `creates`
// and `removes` are patterns of files, `chdir` is where to go first. What the command says comes first, then one line:
// its status, when it began and when it ended.
constexpr const char* body = R"sh(
[ -z "$chdir" ] || cd -- "$chdir" || { printf '=cef lost %s\n' "$chdir"; exit 0; }
cef_any() { IFS=; for f in $1; do [ -e "$f" ] || [ -h "$f" ] || continue; return 0; done; return 1; }
[ -z "$creates" ] || ! (cef_any "$creates") || { printf '=cef exists\n'; exit 0; }
[ -z "$removes" ] || (cef_any "$removes") || { printf '=cef absent\n'; exit 0; }
[ -z "$check" ] || { printf '=cef checked\n'; exit 0; }
begin=$(date '+%s|%Y-%m-%d %H:%M:%S|%N')
(unset chdir creates removes check begin; exec "$@")
rc=$?
[ "$rc" -ne 127 ] || case $1 in
  */*) [ -e "$1" ] || rc=missing ;;
  *) IFS=:; rc=missing; for f in $PATH; do [ -x "$f/$1" ] && rc=127; done ;;
esac
printf '\n=cef ran %s|%s|%s\n' "$rc" "$begin" "$(date '+%s|%Y-%m-%d %H:%M:%S|%N')"
)sh";

// $0's place is taken by what came on standard input.
constexpr const char* own_script = R"sh(
t=$(mktemp -d "${TMPDIR:-/tmp}/cef.XXXXXXXX") || exit 1
trap 'rm -rf "$t"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$t/$name" || exit 1
chmod 700 "$t/$name"
if [ -n "$executable" ]; then set -- "$t/$name" "$@"; eval "set -- $executable \"\$@\""; else set -- "$t/$name" "$@"; fi
exec </dev/null
)sh";

struct Moment {
  std::int64_t micros = 0;  // since 1970
  std::string text;
};

std::vector<std::string> cut_at(std::string_view text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text)
    if (c == at)
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

// As Python shows it; a host whose date knows no fractions has none.
Moment moment_of(const std::string& seconds, const std::string& text, std::string_view nanos) {
  Moment moment;
  const bool known = !nanos.empty() && nanos.find_first_not_of("0123456789") == std::string_view::npos;
  const std::int64_t micros = known ? number_of(nanos.substr(0, 6)) : 0;
  moment.micros = number_of(seconds) * 1'000'000 + micros;
  moment.text = micros == 0 ? text : fmt::format("{}.{:06}", text, micros);
  return moment;
}

std::string delta_of(std::int64_t micros) {
  const std::int64_t seconds = micros / 1'000'000, rest = micros % 1'000'000;
  const std::string days = seconds < 86'400    ? ""
                           : seconds < 172'800 ? "1 day, "
                                               : fmt::format("{} days, ", seconds / 86'400);
  return fmt::format("{}{}:{:02}:{:02}{}", days, seconds % 86'400 / 3600, seconds / 60 % 60, seconds % 60,
                     rest == 0 ? "" : fmt::format(".{:06}", rest));
}

// What a command is, and where its output ended.
struct Ran {
  std::string out;
  std::vector<std::string> fields;  // of the last line; empty: it was not run
};

Ran read(const StepResult& ran) {
  Ran read;
  constexpr std::string_view mark = "\n=cef ran ";
  const auto at = ran.out.rfind(mark);
  if (at == std::string::npos) return read;
  read.out = ran.out.substr(0, at);
  read.fields = cut_at(first_line(std::string_view(ran.out).substr(at + mark.size())), '|');
  return read;
}

Verdict not_run(const StepResult& ran, const Arguments& arguments, Verdict verdict) {
  const std::string creates = text_of(arguments.params, "creates"), removes = text_of(arguments.params, "removes");
  const char* const did = arguments.check ? "Would" : "Did";
  Value& data = verdict.data;
  const auto said = [&](std::string_view word) {
    return ran.out.find(fmt::format("=cef {}", word)) != std::string::npos;
  };
  data["rc"] = 0;
  std::string out;
  if (said("exists")) {
    data["msg"] = fmt::format("{} not run command since '{}' exists", did, creates);
    out = fmt::format("skipped, since {} exists", creates);
  } else if (said("absent")) {
    data["msg"] = fmt::format("{} not run command since '{}' does not exist", did, removes);
    out = fmt::format("skipped, since {} does not exist", removes);
  } else if (said("checked")) {
    data["msg"] = "Command would have run if not in check mode";
    verdict.status = creates.empty() && removes.empty() ? Status::skipped : Status::changed;
  } else {
    const std::string where = text_of(arguments.params, "chdir");
    verdict.error =
        said("lost") ? failed(fmt::format("Unable to change directory before execution: {}: {}", where, reason_of(ran)))
                     : failed(fmt::format("the command could not be run: {}", reason_of(ran)));
    data["msg"] = verdict.error->message;
    data.erase("rc");
  }
  put_output(data, "stdout", out);
  put_output(data, "stderr", "");
  return verdict;
}

Verdict judge(const StepResult& ran, const Arguments& arguments, Value command) {
  Verdict verdict;
  verdict.data = Value::object();
  Value& data = verdict.data;
  if (!command.is_null()) data["cmd"] = std::move(command);
  if (ran.error) {
    verdict.error = ran.error;
    return verdict;
  }
  const Ran told = read(ran);
  if (told.fields.size() < 7) return not_run(ran, arguments, std::move(verdict));
  if (told.fields[0] == "missing") {
    const std::string word = data["cmd"].is_array() ? data["cmd"][0].get<std::string>() : std::string();
    if (data["cmd"].is_array())
      data["cmd"] = fmt::format("{}", fmt::join(data["cmd"].get<std::vector<std::string>>(), " "));
    data["rc"] = 2;
    data["msg"] = fmt::format("[Errno 2] No such file or directory: b'{}'", word);
    put_output(data, "stdout", "");
    put_output(data, "stderr", "");
    verdict.error = failed(data["msg"]);
    return verdict;
  }
  verdict.status = Status::changed;
  const Moment begin = moment_of(told.fields[1], told.fields[2], told.fields[3]);
  const Moment end = moment_of(told.fields[4], told.fields[5], told.fields[6]);
  data["start"] = begin.text;
  data["end"] = end.text;
  data["delta"] = delta_of(std::max<std::int64_t>(end.micros - begin.micros, 0));
  data["rc"] = number_of(told.fields[0]);
  data["msg"] = data["rc"] == 0 ? "" : "non-zero return code";
  put_output(data, "stdout", told.out);
  put_output(data, "stderr", ran.err);
  if (arguments.params.contains("strip_empty_ends") && !is_set(arguments.params, "strip_empty_ends")) {
    data["stdout"] = told.out;
    data["stderr"] = ran.err;
  }
  if (data["rc"] != 0) verdict.error = failed("non-zero return code");
  return verdict;
}

std::string head(const Arguments& arguments) {
  std::string text;
  for (const char* const name : {"chdir", "creates", "removes"})
    text += fmt::format("{}={}\n", name, expanded(text_of(arguments.params, name)));
  return text + fmt::format("check={}\n", arguments.check ? "yes" : "");
}

Step step_of(const Arguments& arguments, std::string text) {
  Script what;
  what.text = std::move(text);
  if (is_set(arguments.params, "stdin")) {
    what.input = text_of(arguments.params, "stdin");
    if (is_set(arguments.params, "stdin_add_newline") && !what.input.ends_with('\n')) what.input += '\n';
  }
  Step step;
  step.what = std::move(what);
  step.become = arguments.become;
  return step;
}

Verdict refused(std::string message, int rc) {
  Verdict verdict;
  verdict.data = Value{{"rc", rc}, {"msg", message}, {"stdout", ""}, {"stderr", ""}};
  verdict.error = failed(std::move(message));
  return verdict;
}

std::string command_line(const Value& params) {
  return is_set(params, "cmd") ? text_of(params, "cmd") : text_of(params, "_raw_params");
}

Course command_course(Arguments arguments) {
  const std::string line = command_line(arguments.params);
  std::vector<std::string> words = list_of(arguments.params, "argv");
  if (!trim(line).empty() && !words.empty()) co_return refused("only command or argv can be given, not both", 256);
  if (words.empty()) {
    auto split = split_words(line);
    if (!split) co_return refused("the command line has a quote that does not end", 256);
    words = std::move(*split);
  }
  if (words.empty()) co_return refused("no command given", 256);
  std::string text = head(arguments) + "set --";
  const bool literal =
      arguments.params.contains("expand_argument_vars") && !is_set(arguments.params, "expand_argument_vars");
  for (const std::string& word : words) text += ' ' + (literal ? as_word(word) : expanded(word));
  Step step = step_of(arguments, text + body);
  const StepResult ran = co_yield std::move(step);
  Value command(words);
  co_return judge(ran, arguments, std::move(command));
}

Course shell_course(Arguments arguments) {
  const std::string line = command_line(arguments.params);
  if (trim(line).empty()) co_return refused("no command given", 256);
  const std::string executable = text_of(arguments.params, "executable");
  Step step =
      step_of(arguments, fmt::format("{}set -- {} -c {}{}", head(arguments),
                                     executable.empty() ? "/bin/sh" : expanded(executable), as_word(line), body));
  const StepResult ran = co_yield std::move(step);
  Value command(line);
  co_return judge(ran, arguments, std::move(command));
}

Course raw_course(Arguments arguments) {
  Verdict verdict;
  verdict.data = Value::object();
  const std::string line = text_of(arguments.params, "_raw_params");
  if (arguments.check) {
    verdict.status = Status::skipped;
    verdict.data["msg"] = "raw does nothing in check mode";
    co_return verdict;
  }
  const std::string executable = text_of(arguments.params, "executable");
  Step step = step_of(arguments, executable.empty() ? line : fmt::format("exec {} -c {}", executable, as_word(line)));
  const StepResult ran = co_yield std::move(step);
  verdict.error = ran.error;
  if (ran.error) co_return verdict;
  verdict.status = Status::changed;
  verdict.data["rc"] = ran.status;
  verdict.data["stdout"] = ran.out;
  verdict.data["stdout_lines"] = lines_of(ran.out);
  verdict.data["stderr"] = ran.err;
  verdict.data["stderr_lines"] = lines_of(ran.err);
  if (ran.status != 0) {
    verdict.error = failed("non-zero return code");
    verdict.data["msg"] = "non-zero return code";
  }
  co_return verdict;
}

Course script_course(Arguments arguments) {
  const auto words = split_words(command_line(arguments.params));
  if (!words || words->empty()) co_return refused("which script is to be run?", 256);
  const std::string& file = words->front();
  std::string text = head(arguments);
  text += fmt::format("name={}\nexecutable={}\nset --", as_word(file.substr(file.rfind('/') + 1)),
                      as_word(text_of(arguments.params, "executable")));
  for (std::size_t i = 1; i < words->size(); ++i) text += ' ' + as_word((*words)[i]);
  // A script that is not to be run need not be there; what keeps it from running is told by the other part.
  Step step = step_of(arguments, text + own_script + body);
  std::get<Script>(step.what).input_file = file;
  const StepResult ran = co_yield std::move(step);
  Verdict verdict = judge(ran, arguments, nullptr);
  const auto says = [&](std::string_view word) { return ran.out.find(word) != std::string::npos; };
  if (!verdict.error && verdict.status == Status::ok && (says("=cef exists") || says("=cef absent")) &&
      !verdict.data.contains("start"))
    verdict.status = Status::skipped;
  if (arguments.check && verdict.status == Status::changed) verdict.status = Status::skipped;
  for (const char* const name : {"start", "end", "delta"}) verdict.data.erase(name);
  co_return verdict;
}

Columns columns() {
  return {{"rc", "data.rc", Unit::none, Align::right, "exit status"},
          {"stdout", "data.stdout", Unit::none, Align::left, "what it said"},
          {"stderr", "data.stderr", Unit::none, Align::left, "what it complained of", true}};
}

using Kind = Param::Kind;
constexpr Param cmd{.name = "cmd"};
constexpr Param chdir{.name = "chdir", .kind = Kind::path};
constexpr Param creates{.name = "creates", .kind = Kind::path};
constexpr Param removes{.name = "removes", .kind = Kind::path};
constexpr Param executable{.name = "executable"};
constexpr Param input{.name = "stdin"};
constexpr Param input_newline{.name = "stdin_add_newline", .kind = Kind::flag, .otherwise = "yes"};
constexpr Param strip{.name = "strip_empty_ends", .kind = Kind::flag, .otherwise = "yes"};
constexpr Param warn{.name = "warn", .kind = Kind::flag};

constexpr Param command_params[] = {cmd,     {.name = "argv", .kind = Kind::list},
                                    chdir,   creates,
                                    removes, executable,
                                    input,   input_newline,
                                    strip,   {.name = "expand_argument_vars", .kind = Kind::flag},
                                    warn};
constexpr Param shell_params[] = {cmd, chdir, creates, removes, executable, input, input_newline, strip, warn};
constexpr Param raw_params[] = {executable};
constexpr Param script_params[] = {cmd, chdir, creates, removes, executable};

}  // namespace
}  // namespace command_parts

constinit const Task command{.name = "command",
                             .summary = "run a program with its arguments, without a shell",
                             .params = command_parts::command_params,
                             .columns = command_parts::columns,
                             .course = command_parts::command_course,
                             .free_form = true};
constinit const Task shell{.name = "shell",
                           .summary = "run a command line by a shell",
                           .params = command_parts::shell_params,
                           .columns = command_parts::columns,
                           .course = command_parts::shell_course,
                           .free_form = true};
constinit const Task raw{.name = "raw",
                         .summary = "run a command line as it is, and nothing around it",
                         .params = command_parts::raw_params,
                         .columns = command_parts::columns,
                         .course = command_parts::raw_course,
                         .free_form = true};
constinit const Task script{.name = "script",
                            .summary = "run a script of the controller",
                            .params = command_parts::script_params,
                            .columns = command_parts::columns,
                            .course = command_parts::script_course,
                            .free_form = true};

}  // namespace cef::tasks::modules
