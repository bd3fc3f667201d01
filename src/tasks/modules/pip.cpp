#include "modules/registry.hpp"
#include "modules/shell.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

namespace cef::tasks::modules {

namespace pip_parts {
namespace {

// What pip has is asked of pip; names are alike but for case, `-`, `_` and `.`.
constexpr const char* script = R"sh(
[ -z "$chdir" ] || cd -- "$chdir" || die "Unable to change directory to $chdir"
[ -z "$umask" ] || umask "$umask"
if [ -n "$virtualenv" ]; then
  if ! [ -x "$virtualenv/bin/pip" ]; then
    changed
    [ -z "$check" ] || end
    # shellcheck disable=SC2086
    set_up() { $virtualenv_command ${virtualenv_python:+--python="$virtualenv_python"} ${site_packages:+--system-site-packages} "$virtualenv"; }
    case $virtualenv_command in
      *venv*) ;;
      *) have "${virtualenv_command%% *}" || virtualenv_command='python3 -m venv' virtualenv_python= ;;
    esac
    run set_up
  fi
  pip=$virtualenv/bin/pip
elif [ -n "$executable" ]; then
  pip=$executable
else
  for pip in pip3 pip ''; do [ -z "$pip" ] || { have "$pip" && break; }; done
  [ -n "$pip" ] || die "Unable to find any of pip3, pip to use. pip needs to be installed."
fi
have "$pip" || die "Failed to find required executable \"$pip\""
canonical() { tr 'A-Z_.' 'a-z--'; }
if [ -n "$requirements" ]; then
  say "requirements $requirements"
  [ -e "$requirements" ] || die "requirements file $requirements is not there"
  if [ -n "$check" ]; then changed; end; fi
  # shellcheck disable=SC2086
  if [ "$state" = absent ]; then run "$pip" uninstall -y -r "$requirements" $extra_args
  elif [ "$state" = latest ]; then run "$pip" install -U -r "$requirements" $extra_args
  else run "$pip" install -r "$requirements" $extra_args; fi
  case $run_out in *'Successfully installed'* | *'Successfully uninstalled'*) changed ;; esac
  say "cmd $pip install -r $requirements"
  end
fi
[ $# -gt 0 ] || end
have_list=$("$pip" list --format=freeze 2>/dev/null | canonical)
n=$#
while [ "$n" -gt 0 ]; do
  word=$1
  shift
  n=$((n - 1))
  name=$(printf %s "$word" | sed -e 's/[][<>=!~ ;].*//' | canonical)
  now=$(printf '%s\n' "$have_list" | sed -n "s/^$name==//p" | head -n 1)
  case $state in
    absent) [ -n "$now" ] || continue; set -- "$@" "$name" ;;
    present)
      case $word in
        *://* | */*) set -- "$@" "$word"; continue ;;
        *==*) [ "$now" = "$(printf %s "${word#*==}" | canonical)" ] || set -- "$@" "$word" ;;
        *[\<\>~!]*)
          # What a bound means, pip knows.
          if [ -n "$now" ] && "$pip" install --no-deps --no-index --dry-run "$word" >/dev/null 2>&1; then continue; fi
          set -- "$@" "$word" ;;
        *) [ -n "$now" ] || set -- "$@" "$word" ;;
      esac ;;
    *) set -- "$@" "$word" ;;
  esac
done
[ $# -gt 0 ] || end
if [ -n "$check" ]; then changed; end; fi
# shellcheck disable=SC2086
case $state in
  absent) run "$pip" uninstall -y $extra_args "$@" ;;
  latest) run "$pip" install -U $extra_args "$@" ;;
  forcereinstall) run "$pip" install -U --force-reinstall $extra_args "$@" ;;
  *) run "$pip" install ${editable:+-e} $extra_args "$@" ;;
esac
case $run_out in *'Successfully installed'* | *'Successfully uninstalled'*) changed ;; esac
t=$(mktemp) && printf '%s\n' "$run_out" >"$t" && blob stdout "$t" && rm -f "$t"
say "cmd $pip $*"
end
)sh";

Course course(Arguments arguments) {
  const Value& params = arguments.params;
  std::vector<std::string> names;
  for (const std::string& name : list_of(params, "name")) names.emplace_back(trim(name));
  if (const std::string version = text_of(params, "version"); !version.empty() && names.size() == 1)
    names[0] += (version.find_first_of("<>=!~") == std::string::npos ? "==" : "") + version;
  Sheet sheet(arguments);
  sheet.take({"state", "extra_args", "editable", "umask", "virtualenv_command", "virtualenv_python"})
      .paths({"virtualenv", "executable", "requirements", "chdir"})
      .set("site_packages", is_set(params, "virtualenv_site_packages") ? "yes" : "")
      .words(names)
      .add(script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  Value& data = verdict.data;
  data["name"] = names;
  data["state"] = text_of(params, "state");
  data["version"] = params.contains("version") ? params["version"] : Value(nullptr);
  data["virtualenv"] = params.contains("virtualenv") ? params["virtualenv"] : Value(nullptr);
  data["requirements"] = params.contains("requirements") ? params["requirements"] : Value(nullptr);
  if (answer.has("cmd")) data["cmd"] = answer.text("cmd");
  put_output(data, "stdout", answer.text("stdout"));
  put_output(data, "stderr", "");
  co_return verdict;
}

using Kind = Param::Kind;
constexpr Param params[] = {
    {.name = "name", .kind = Kind::list},
    {.name = "state", .kind = Kind::choice, .otherwise = "present", .choices = "absent,forcereinstall,latest,present"},
    {.name = "version"},
    {.name = "requirements", .kind = Kind::path},
    {.name = "virtualenv", .kind = Kind::path},
    {.name = "virtualenv_command", .otherwise = "virtualenv"},
    {.name = "virtualenv_python"},
    {.name = "virtualenv_site_packages", .kind = Kind::flag},
    {.name = "executable", .kind = Kind::path},
    {.name = "chdir", .kind = Kind::path},
    {.name = "extra_args"},
    {.name = "editable", .kind = Kind::flag},
    {.name = "umask"}};

}  // namespace
}  // namespace pip_parts

constinit const Task pip{.name = "pip",
                         .summary = "packages of Python, by the host's own pip",
                         .params = pip_parts::params,
                         .columns = message_columns,
                         .course = pip_parts::course,
                         .exclusive = "name,requirements executable,virtualenv",
                         .needs_one = "name,requirements,virtualenv"};

}  // namespace cef::tasks::modules
