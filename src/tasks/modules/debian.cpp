// alternatives, debconf, dpkg_selections and locale_gen: by Debian's own tools. openssh_keypair.
#include "modules/files.hpp"
#include "modules/registry.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

namespace cef::tasks::modules {

namespace debian_parts {
namespace {

using Kind = Param::Kind;

constexpr const char* alternatives_script = R"sh(
have update-alternatives || die "there is no update-alternatives on this host"
query=$(update-alternatives --query "$name" 2>/dev/null)
now=$(printf '%s\n' "$query" | sed -n 's/^Value: //p' | head -n 1)
how=$(printf '%s\n' "$query" | sed -n 's/^Status: //p' | head -n 1)
known=
printf '%s\n' "$query" | grep -q -x -F -e "Alternative: $path" && known=yes
case $state in
  absent)
    [ -n "$known" ] || end
    changed
    [ -n "$check" ] || run update-alternatives --remove "$name" "$path"
    end ;;
  auto)
    [ "$how" = auto ] || { changed; [ -n "$check" ] || run update-alternatives --auto "$name"; }
    end ;;
esac
if [ -z "$known" ]; then
  [ -n "$link" ] || link=$(printf '%s\n' "$query" | sed -n 's/^Link: //p' | head -n 1)
  [ -n "$link" ] || die "Needed to install the alternative, but unable to do so as we are missing the link"
  changed
  [ -n "$check" ] || run update-alternatives --install "$link" "$name" "$path" "$priority"
fi
if [ "$state" = selected ] && [ "$now" != "$path" ]; then
  changed
  [ -n "$check" ] || run update-alternatives --set "$name" "$path"
fi
end
)sh";

Course alternatives_course(Arguments arguments) {
  Sheet sheet(arguments);
  sheet.take({"name", "state", "priority"}).paths({"path", "link"}).add(alternatives_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  co_return verdict_of(Answer(ran));
}

constexpr Param alternatives_params[] = {
    {.name = "name", .required = true},
    {.name = "path", .kind = Kind::path, .required = true},
    {.name = "link", .kind = Kind::path},
    {.name = "priority", .kind = Kind::number, .otherwise = "50"},
    {.name = "state", .kind = Kind::choice, .otherwise = "selected", .choices = "absent,auto,present,selected"}};

// The answer comes on standard input: it may be a password.
constexpr const char* debconf_script = R"sh(
have debconf-show || die "there is no debconf on this host"
value=$(cat)
# debconf-show marks with a star what was seen.
now=$(debconf-show "$name" 2>/dev/null | sed -n "s,^[* ] *$question: *,,p" | head -n 1)
shown=$(debconf-show "$name" 2>/dev/null)
t=$(mktemp 2>&1) || die "no temporary file can be made: ${t##*: }"
trap 'rm -f "$t"' EXIT
printf '%s\n' "$shown" >"$t"
blob shown "$t"
[ -n "$question" ] || end
[ -n "$vtype" ] || { [ -n "$unseen" ] && vtype=string; } || die "when supplying a question you must supply a valid vtype"
want=$value
if [ "$vtype" = boolean ]; then want=$(printf %s "$value" | tr A-Z a-z); fi
have_it=
case $shown in *"$question:"*) have_it=yes ;; esac
if [ "$vtype" = password ]; then
  # What is secret is not shown: debconf itself is asked.
  now=$(echo "GET $question" | DEBIAN_FRONTEND=noninteractive debconf-communicate "$name" 2>/dev/null | sed -n 's/^0 //p')
fi
if [ -n "$have_it" ] && [ "$now" = "$want" ]; then end; fi
changed
say "want $want"
[ -z "$check" ] || end
said=$(printf '%s %s %s %s\n' "$name" "$question" "$vtype" "$want" | debconf-set-selections ${unseen:+-u} 2>&1) || die "debconf-set-selections failed: $said"
end
)sh";

// `* toy/where: here`, of which the star says that it was seen.
Value selections_in(std::string_view shown) {
  Value selections = Value::object();
  for (const std::string& line : lines_of(shown)) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::string_view name = trim(std::string_view(line).substr(0, colon));
    if (name.starts_with('*')) name = trim(name.substr(1));
    selections[std::string(name)] = std::string(trim(std::string_view(line).substr(colon + 1)));
  }
  return selections;
}

Course debconf_course(Arguments arguments) {
  const Value& params = arguments.params;
  Sheet sheet(arguments);
  sheet.take({"name", "question", "vtype", "unseen"}).add(debconf_script);
  Step step = sheet.step(text_of(params, "value"));
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  Value before = selections_in(answer.text("shown"));
  const std::string question = text_of(params, "question");
  if (!answer.has("want")) {
    verdict.data["current"] = std::move(before);
  } else if (text_of(params, "vtype") != "password") {
    verdict.data["current"] = Value{{question, answer.text("want")}};
    if (before.contains(question))
      before = Value{{question, before[question]}};
    else
      before[question] = "";
    verdict.data["previous"] = std::move(before);
  }
  co_return verdict;
}

constexpr Param debconf_params[] = {{.name = "name", .aliases = "pkg", .required = true},
                                    {.name = "question", .aliases = "selection,setting"},
                                    {.name = "vtype"},
                                    {.name = "value", .aliases = "answer"},
                                    {.name = "unseen", .kind = Kind::flag}};

constexpr const char* selections_script = R"sh(
have dpkg || die "there is no dpkg on this host"
now=$(dpkg --get-selections "$name" 2>/dev/null | awk 'NR == 1 { print $2 }')
[ -n "$now" ] || now='not present'
say "before $now"
[ "$now" != "$selection" ] || end
changed
[ -z "$check" ] || end
said=$(printf '%s %s\n' "$name" "$selection" | dpkg --set-selections 2>&1) || die "dpkg --set-selections failed: $said"
end
)sh";

Course selections_course(Arguments arguments) {
  Sheet sheet(arguments);
  sheet.take({"name", "selection"}).add(selections_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  verdict.data["before"] = answer.text("before");
  verdict.data["after"] = text_of(arguments.params, "selection");
  co_return verdict;
}

constexpr Param selections_params[] = {
    {.name = "name", .required = true},
    {.name = "selection", .kind = Kind::choice, .choices = "deinstall,hold,install,purge", .required = true}};

// /etc/locale.gen has all of them, most behind a `#`.
constexpr const char* locale_script = R"sh(
have locale-gen || die "/etc/locale.gen and /var/lib/locales/supported.d/local are missing. Is the package \"locales\" installed?"
plain() { printf %s "$1" | sed -e 's/\.[uU][tT][fF]-*8$/.utf8/'; }
there() { locale -a 2>/dev/null | grep -q -x -F -e "$(plain "$1")" -e "$1"; }
for name in "$@"; do
  if there "$name"; then is=yes; else is=; fi
  case $state:$is in
    present:)
      changed
      [ -z "$check" ] || continue
      if [ -f /etc/locale.gen ]; then
        grep -q -E "^#? *$name( |\$)" /etc/locale.gen || grep -q "^$name" /usr/share/i18n/SUPPORTED || die "The locale you have entered is not available on your system: $name"
        if grep -q -E "^# *$name( |\$)" /etc/locale.gen; then
          sed -i -E "s/^# *($name( .*)?)\$/\1/" /etc/locale.gen
        elif ! grep -q -E "^$name( |\$)" /etc/locale.gen; then
          grep "^$name" /usr/share/i18n/SUPPORTED | head -n 1 >>/etc/locale.gen
        fi
        run locale-gen
      else
        run locale-gen "$name"
      fi ;;
    absent:yes)
      changed
      [ -z "$check" ] || continue
      sed -i -E "s/^($name( .*)?)\$/# \1/" /etc/locale.gen
      run locale-gen ;;
  esac
done
end
)sh";

Course locale_course(Arguments arguments) {
  Sheet sheet(arguments);
  const auto names = list_of(arguments.params, "name");
  sheet.take({"state"}).words(names).add(locale_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  Verdict verdict = verdict_of(Answer(ran));
  verdict.data["name"] = names;
  co_return verdict;
}

constexpr Param locale_params[] = {
    {.name = "name", .kind = Kind::list, .required = true},
    {.name = "state", .kind = Kind::choice, .otherwise = "present", .choices = "absent,present"}};

// The passphrase comes on standard input.
constexpr const char* keypair_script = R"sh(
have ssh-keygen || die "there is no ssh-keygen on this host"
passphrase=$(cat)
if [ "$state" = absent ]; then
  for f in "$path" "$path.pub"; do
    [ -e "$f" ] || continue
    changed
    [ -n "$check" ] || rm -f -- "$f"
  done
  end
fi
is=
if [ -e "$path" ]; then
  is=$(ssh-keygen -l -f "$path" 2>/dev/null)
  bits=${is%% *}
  kind=$(printf %s "$is" | sed -n 's/.*(\(.*\))$/\1/p' | tr A-Z a-z)
  [ -n "$is" ] || [ "$again" = yes ] || die "Unable to read the key. The key is protected with a passphrase or broken. Will not proceed."
  [ -z "$size" ] || [ "$size" = "$bits" ] || is=
  [ "$kind" = "$type" ] || is=
  [ "$regenerate" != always ] || is=
  if [ -z "$is" ]; then
    case $regenerate in never) is=kept ;; fail) die "Key has wrong type and/or size. Will not proceed." ;; esac
  fi
fi
case $path in */*) [ -d "${path%/*}/" ] || die "The directory ${path%/*} does not exist or the file is not a directory" ;; esac
if [ -z "$is" ]; then
  changed
  [ -z "$check" ] || end
  rm -f -- "$path" "$path.pub"
  run ssh-keygen -q -t "$type" ${size:+-b "$size"} -C "$comment" -N "$passphrase" -f "$path"
elif ! [ -e "$path.pub" ]; then
  changed
  [ -n "$check" ] || ssh-keygen -y -P "$passphrase" -f "$path" >"$path.pub" 2>/dev/null || die "the public key cannot be made of $path"
elif [ -n "$comment_given" ] && [ "$(cut -d ' ' -f 3- "$path.pub")" != "$comment" ]; then
  changed
  [ -n "$check" ] || run ssh-keygen -q -c -C "$comment" -P "$passphrase" -f "$path"
fi
[ -n "$mode" ] || mode=0600
attributes "$path"
mode=0644
[ ! -e "$path.pub" ] || attributes "$path.pub"
say "told $(ssh-keygen -l -f "$path.pub" 2>/dev/null)"
say "public $(cut -d ' ' -f 1,2 "$path.pub" 2>/dev/null)"
facts "$path"
end
)sh";

Course keypair_course(Arguments arguments) {
  const Value& params = arguments.params;
  Sheet sheet = file_sheet(arguments);
  sheet.take({"state", "type", "size", "comment", "regenerate"})
      .paths({"path"})
      .set("again", text_of(params, "regenerate") == "full_idempotence" || is_set(params, "force") ? "yes" : "")
      .set("comment_given", params.contains("comment") ? "yes" : "")
      .add(is_set(params, "force") ? "regenerate=always\n" : "")
      .add(keypair_script);
  Step step = sheet.step(text_of(params, "passphrase"));
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  Value& data = verdict.data;
  const auto words = split_words(answer.text("told")).value_or(std::vector<std::string>());
  data["filename"] = text_of(params, "path");
  data["type"] = text_of(params, "type");
  if (words.size() > 1) {
    data["size"] = number_of(words[0]);
    data["fingerprint"] = words[1];
  }
  data["public_key"] = answer.text("public");
  data["comment"] = text_of(params, "comment");
  Value facts = Value::object();
  put_facts(facts, answer);
  for (const char* const name : {"mode", "owner", "group"})
    if (facts.contains(name)) data[name] = facts[name];
  co_return verdict;
}

constexpr Param keypair_params[] = {
    {.name = "path", .kind = Kind::path, .required = true},
    {.name = "state", .kind = Kind::choice, .otherwise = "present", .choices = "absent,present"},
    {.name = "type", .kind = Kind::choice, .otherwise = "rsa", .choices = "ecdsa,ed25519,rsa"},
    {.name = "size", .kind = Kind::number},
    {.name = "comment"},
    {.name = "passphrase"},
    {.name = "force", .kind = Kind::flag},
    {.name = "regenerate",
     .kind = Kind::choice,
     .otherwise = "partial_idempotence",
     .choices = "always,fail,full_idempotence,never,partial_idempotence"},
    CEF_FILE_PARAMS};

}  // namespace
}  // namespace debian_parts

constinit const Task alternatives{.name = "alternatives",
                                  .summary = "which of several programs a name stands for",
                                  .params = debian_parts::alternatives_params,
                                  .columns = message_columns,
                                  .course = debian_parts::alternatives_course,
                                  .needs_root = true};
constinit const Task debconf{.name = "debconf",
                             .summary = "answers for packages that would ask",
                             .params = debian_parts::debconf_params,
                             .columns = message_columns,
                             .course = debian_parts::debconf_course,
                             .needs_root = true};
constinit const Task dpkg_selections{.name = "dpkg_selections",
                                     .summary = "packages that are held at their version",
                                     .params = debian_parts::selections_params,
                                     .columns = message_columns,
                                     .course = debian_parts::selections_course,
                                     .needs_root = true};
constinit const Task locale_gen{.name = "locale_gen",
                                .summary = "locales of the host",
                                .params = debian_parts::locale_params,
                                .columns = message_columns,
                                .course = debian_parts::locale_course,
                                .needs_root = true};
constinit const Task openssh_keypair{.name = "openssh_keypair",
                                     .summary = "a pair of keys for ssh",
                                     .params = debian_parts::keypair_params,
                                     .columns = message_columns,
                                     .course = debian_parts::keypair_course};

}  // namespace cef::tasks::modules
