#include <cef/core/file.hpp>
#include <cef/core/reason.hpp>
#include <cef/core/shell_lock.hpp>
#include <cef/core/text.hpp>
#include <cef/tasks/authorized_key.hpp>
#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace cef::tasks {

namespace authorized_key_parts {
namespace {

bool is_base64(std::string_view text) {
  return text.size() >= 16 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
                  c == '=';
         });
}

// $1 is the key's base64, by which a line is known whatever options and comment it has; $2 is not empty for a check.
// The line comes on standard input. The file is replaced as a whole, so that it is never half written, by one at a
// time; what sshd's StrictModes wants of modes is put right, where it is not, and told.
constexpr const char* script = CEF_SHELL_LOCK R"sh(
umask 077
d=$HOME/.ssh f=$HOME/.ssh/authorized_keys
has() { [ -e "$f" ] && grep -v '^[[:space:]]*#' "$f" | grep -qF -- "$1"; }
open_to_others() { [ -n "$(find "$1/." -prune \( -perm -020 -o -perm -002 \) -print 2>/dev/null)" ]; }
close_to_others() {
  open_to_others "$1" || return 0
  chmod go-w "$1" && printf 'mended %s\n' "$1"
}
if has "$1"; then echo present; exit 0; fi
if [ -n "$2" ]; then echo added; exit 0; fi
line=$(cat)
mkdir -p "$d" || exit 1
close_to_others "$HOME" || exit 1
close_to_others "$d" || exit 1
if [ -h "$f" ]; then x=$(readlink -f "$f") && f=$x || { echo "$f is a link that leads nowhere" >&2; exit 1; }; fi
t=$f.cef.$$ lock=$d/.cef-lock
if ! lock_folder "$lock" 300 2; then
  if [ -d "$lock" ]; then echo "$lock is there: somebody else changes the keys" >&2; exit 1; fi
  mkdir "$lock" || exit 1
fi
trap 'rm -f "$t"; rmdir "$lock" 2>/dev/null' EXIT
trap 'exit 1' HUP INT TERM
if has "$1"; then echo present; exit 0; fi
read_only=
if [ -e "$f" ]; then
  cp -p "$f" "$t" || exit 1
  [ -w "$t" ] || { read_only=1; chmod u+w "$t" || exit 1; }
  [ -z "$(tail -c 1 "$t")" ] || echo >>"$t" || exit 1
fi
printf '%s\n' "$line" >>"$t" || exit 1
[ -z "$read_only" ] || chmod u-w "$t" || exit 1
if [ -n "$(find "$t" -prune \( -perm -020 -o -perm -002 \) -print)" ]; then
  chmod go-w "$t" && printf 'mended %s\n' "$f" || exit 1
fi
mv -f "$t" "$f" || exit 1
has "$1" && echo added
)sh";

constexpr Param params[] = {
    {.name = "key", .value = "LINE", .help = "the public key, as in a .pub file", .never_empty = true}};

Columns columns() {
  return {{"installed", "data.key_installed", Unit::none, Align::left, "whether the key had to be added", false}};
}

// Whose modes were changed: what others could write to before.
std::vector<std::string> mended(std::string_view out) {
  std::vector<std::string> paths;
  constexpr std::string_view sign = "mended ";
  while (!out.empty()) {
    const auto end = std::min(out.find('\n'), out.size());
    if (const auto line = out.substr(0, end); line.starts_with(sign)) paths.emplace_back(line.substr(sign.size()));
    out.remove_prefix(std::min(end + 1, out.size()));
  }
  return paths;
}

std::string why_not(const StepResult& ran) {
  return ran.err.empty() ? fmt::format("exit status {}", ran.status) : std::string(first_line(ran.err));
}

Course install(Arguments arguments) {
  Verdict verdict;
  verdict.data["key_installed"] = false;
  const auto key = parse_public_key(arguments.params.value("key", ""));
  if (!key) {
    verdict.error = key.error();
    co_return verdict;
  }
  Step step;
  step.what = Script{script, {key->blob, arguments.check ? "check" : ""}, key->line()};
  const StepResult ran = co_yield std::move(step);
  // A noisy .bashrc may have spoken before.
  const bool present = ran.status == 0 && ran.out.ends_with("present\n");
  const bool added = ran.status == 0 && ran.out.ends_with("added\n");
  if (ran.error) {
    verdict.error = ran.error;
  } else if (added) {
    verdict.status = Status::changed;
    verdict.data["key_installed"] = true;
    verdict.diff["added"] = key->line();
    if (auto paths = mended(ran.out); !paths.empty()) {
      verdict.data["closed_to_others"] = paths;
      verdict.diff["closed_to_others"] = std::move(paths);
    }
  } else if (!present) {
    const std::string why = why_not(ran);
    const Code code = code_of(why).value_or(Code::command_failed);
    std::string hint = hint_for(code, arguments.become, why);
    if (code == Code::command_failed) hint = "look at the home folder's owner, modes and free space on the host";
    verdict.error = Error{code, fmt::format("the key could not be installed: {}", why), std::move(hint)};
  }
  co_return verdict;
}

}  // namespace
}  // namespace authorized_key_parts

std::string PublicKey::line() const { return type + ' ' + blob + (comment.empty() ? "" : ' ' + comment) + '\n'; }

Result<PublicKey> parse_public_key(std::string_view text) {
  std::istringstream line{std::string(first_line(text))};
  PublicKey key;
  line >> key.type >> key.blob >> std::ws;
  std::getline(line, key.comment);
  while (!key.comment.empty() && (key.comment.back() == '\r' || key.comment.back() == ' ')) key.comment.pop_back();
  const bool known = key.type.starts_with("ssh-") || key.type.starts_with("ecdsa-") || key.type.starts_with("sk-");
  if (known && authorized_key_parts::is_base64(key.blob)) return key;
  return Unexpected(Error{Code::key_unreadable, "it does not begin with a key in OpenSSH's format", ""});
}

Result<PublicKey> read_public_key(const std::filesystem::path& path) {
  const auto refuse = [&](const std::string& why) {
    return Unexpected(Error{Code::key_unreadable, fmt::format("public key {}: {}", path.string(), why),
                            "make it from the private key: ssh-keygen -y -f KEY > KEY.pub"});
  };
  const auto text = read_file(path);
  if (!text) return refuse(text.error().message.substr(text.error().message.rfind(": ") + 2));
  if (text->find("PRIVATE KEY") != std::string::npos) return refuse("it is a private key");
  auto key = parse_public_key(*text);
  if (!key) return refuse(key.error().message);
  return key;
}

constinit const Task authorized_key{
    .name = "authorized_key",
    .summary = "a public key in the user's authorized_keys",
    .params = authorized_key_parts::params,
    .columns = authorized_key_parts::columns,
    .course = authorized_key_parts::install,
};

}  // namespace cef::tasks
