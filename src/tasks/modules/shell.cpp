#include "modules/shell.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <cctype>
#include <charconv>

namespace cef::tasks::modules {

namespace {

// LC_ALL: so that tools say what is parsed here, and lengths are bytes.
constexpr const char* functions = R"sh(
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
say() { printf '=cef %s\n' "$*"; }
end() { say end; exit 0; }
die() { say "failed $*"; exit 0; }
changed() { say changed; }
# blob NAME FILE: its bytes, whatever they are
blob() { printf '=cef %s< %s\n' "$1" "$(($(wc -c <"$2")))"; cat -- "$2"; echo; }
# run COMMAND...: with its output kept; when it fails, so does this. No pipe: a daemon may keep that open for ever.
run() {
  run_t=$(mktemp 2>&1) || die "no temporary file can be made: ${run_t##*: }"
  "$@" >"$run_t" 2>&1 </dev/null && run_rc=0 || run_rc=$?
  run_out=$(cat "$run_t")
  rm -f "$run_t"
  [ "$run_rc" -eq 0 ] || { say "rc $run_rc"; die "$* failed: $(printf %s "$run_out" | tail -n 5 | tr '\n' ' ')"; }
}
have() { command -v "$1" >/dev/null 2>&1; }
)sh";

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

std::string variable_of(std::string_view name) {
  std::string variable(name);
  for (char& c : variable)
    if (!is_name(c)) c = '_';
  return variable;
}

std::string value_text(const Value& value) {
  if (value.is_null()) return "";
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

std::string as_word(std::string_view text) {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'')
      word += "'\\''";
    else
      word += c;
  }
  return word + "'";
}

std::string expanded(std::string_view text) {
  std::string word;
  if (text.starts_with('~')) {
    const std::string_view name = text.substr(1, text.find('/') - 1);
    bool plain = true;
    for (const char c : name) plain = plain && (is_name(c) || c == '-' || c == '.');
    if (plain) {  // a shell that knows no such user leaves it as it is
      word = fmt::format("~{}", name);
      text.remove_prefix(1 + name.size());
      if (text.starts_with('/')) {  // in quotes it would not end the user's name
        word += '/';
        text.remove_prefix(1);
      }
    }
  }
  std::string plain;
  const auto flush = [&] {
    if (!plain.empty()) word += as_word(std::exchange(plain, {}));
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool braced = text[i] == '$' && i + 1 < text.size() && text[i + 1] == '{';
    std::size_t end = i + 1 + (braced ? 1 : 0);
    const std::size_t begin = end;
    while (text[i] == '$' && end < text.size() && is_name(text[end])) ++end;
    const std::string_view name = text.substr(begin, end - begin);
    const bool closed = !braced || (end < text.size() && text[end] == '}');
    if (text[i] != '$' || name.empty() || is_digit(name[0]) || !closed) {
      plain += text[i];
      continue;
    }
    if (braced) ++end;
    flush();
    word += braced ? fmt::format("\"${{{0}-\\${{{0}\\}}}}\"", name) : fmt::format("\"${{{0}-\\${0}}}\"", name);
    i = end - 1;
  }
  flush();
  return word.empty() ? "''" : word;
}

std::optional<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool open = false;
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else if (c == '\\' && quote == '"' && i + 1 < line.size() && (line[i + 1] == '"' || line[i + 1] == '\\'))
        word += line[++i];
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      open = true;
    } else if (c == '\\') {
      if (i + 1 >= line.size()) return std::nullopt;
      word += line[++i];
      open = true;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (open) words.push_back(std::exchange(word, {}));
      open = false;
    } else {
      word += c;
      open = true;
    }
  }
  if (quote != 0) return std::nullopt;
  if (open) words.push_back(std::move(word));
  return words;
}

std::string text_of(const Value& params, std::string_view name) {
  const auto found = params.find(name);
  return found == params.end() ? "" : value_text(*found);
}

bool is_set(const Value& params, std::string_view name) {
  const auto found = params.find(name);
  return found != params.end() && !found->is_null() && (!found->is_boolean() || found->get<bool>());
}

std::vector<std::string> list_of(const Value& params, std::string_view name) {
  std::vector<std::string> list;
  const auto found = params.find(name);
  if (found == params.end() || !found->is_array()) return list;
  for (const Value& entry : *found) list.push_back(value_text(entry));
  return list;
}

Sheet::Sheet(const Arguments& arguments) : arguments_(arguments), text_(functions) {
  set("check", arguments.check ? "yes" : "");
  set("diff", arguments.diff ? "yes" : "");
}

Sheet& Sheet::take(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) set(name, text_of(arguments_.params, name));
  return *this;
}

Sheet& Sheet::paths(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    text_ += fmt::format("{}={}\n", variable_of(name), expanded(text_of(arguments_.params, name)));
  return *this;
}

Sheet& Sheet::set(std::string_view variable, std::string_view value) {
  text_ += fmt::format("{}={}\n", variable_of(variable), as_word(value));
  return *this;
}

Sheet& Sheet::words(const std::vector<std::string>& words) {
  text_ += "set --";
  for (const std::string& word : words) text_ += ' ' + as_word(word);
  text_ += '\n';
  return *this;
}

Sheet& Sheet::add(std::string_view text) {
  text_ += text;
  return *this;
}

Step Sheet::step(std::string input) const {
  Step step;
  step.what = Script{.text = text_, .arguments = {}, .input = std::move(input), .leaves_nothing = true};
  step.become = arguments_.become;
  return step;
}

Step Sheet::step_with_file(std::string path) const {
  Step step = this->step();
  std::get<Script>(step.what).input_file = std::move(path);
  return step;
}

std::string_view reason_of(const StepResult& ran) {
  std::string_view why = trim(ran.err);
  if (why.empty() && ran.out.find("=cef ") == std::string::npos) why = trim(ran.out);
  return first_line(why);
}

Answer::Answer(const StepResult& ran) {
  constexpr std::string_view mark = "=cef ";
  const std::string_view out = ran.out;
  std::size_t at = out.starts_with(mark) ? 0 : out.find("\n=cef ");
  if (at != std::string_view::npos && out[at] == '\n') ++at;
  while (at < out.size()) {
    std::string_view line = first_line(out.substr(at));
    std::size_t next = at + line.size() + 1;
    line.remove_prefix(mark.size());
    const auto space = line.find(' ');
    std::string_view name = line.substr(0, space);
    std::string_view rest = space == std::string_view::npos ? "" : line.substr(space + 1);
    if (name.ends_with('<')) {
      name.remove_suffix(1);
      const auto size = static_cast<std::size_t>(number_of(rest));
      rest = out.substr(std::min(next, out.size()), size);
      next += rest.size();
      if (next < out.size() && out[next] == '\n') ++next;
    }
    said_[std::string(name)].emplace_back(rest);
    if (out.substr(std::min(next, out.size())).starts_with(mark)) {
      at = next;
      continue;
    }
    // What a tool said in between is nobody's.
    at = next == 0 || next > out.size() ? std::string_view::npos : out.find("\n=cef ", next - 1);
    if (at != std::string_view::npos) ++at;
  }
  if (ran.error) {
    error_ = ran.error;
  } else if (has("failed")) {
    error_ = failed(text("failed"));
  } else if (!has("end")) {
    const std::string_view why = reason_of(ran);
    error_ = failed(ran.signal.empty() ? fmt::format("the script ended with exit status {}{}{}", ran.status,
                                                     why.empty() ? "" : ": ", why)
                                       : fmt::format("the script was ended by signal {}", ran.signal));
  }
}

std::string Answer::text(std::string_view name) const {
  const auto found = said_.find(name);
  return found == said_.end() ? "" : found->second.back();
}

std::vector<std::string> Answer::all(std::string_view name) const {
  const auto found = said_.find(name);
  return found == said_.end() ? std::vector<std::string>() : found->second;
}

std::vector<std::string> Answer::names() const {
  std::vector<std::string> names;
  for (const auto& [name, rests] : said_) names.push_back(name);
  return names;
}

Verdict verdict_of(const Answer& answer) {
  Verdict verdict;
  verdict.data = Value::object();
  if (answer.has("changed")) verdict.status = Status::changed;
  verdict.error = answer.error();
  if (verdict.error && answer.has("rc")) verdict.data["rc"] = number_of(answer.text("rc"));
  return verdict;
}

Error failed(std::string message) { return {Code::module_failed, std::move(message), ""}; }

std::int64_t number_of(std::string_view text) {
  text = trim(text);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    std::string_view line = first_line(text);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
  }
  return lines;
}

void put_output(Value& data, std::string_view name, std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  data[std::string(name)] = std::string(text);
  data[std::string(name) + "_lines"] = lines_of(text);
}

Columns message_columns() { return {{"message", "data.msg", Unit::none, Align::left, "what it says"}}; }

}  // namespace cef::tasks::modules
