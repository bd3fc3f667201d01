// user and group, by the host's own useradd, usermod and userdel; BusyBox' adduser where those are not.
#include "modules/registry.hpp"
#include "modules/shell.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cef::tasks::modules {

namespace accounts_parts {
namespace {

constexpr const char* common = R"sh(
entry() { getent "$1" "$2" 2>/dev/null || grep -m 1 "^$2:" "/etc/$1"; }
# parts LINE: its fields into $f2 to $f8, by the shell alone
parts() {
  old=$IFS IFS=:
  set -f
  # shellcheck disable=SC2086
  set -- $1
  set +f
  IFS=$old
  f2=${2-} f3=${3-} f4=${4-} f5=${5-} f6=${6-} f7=${7-} f8=${8-}
}
)sh";

constexpr const char* group_script = R"sh(
now=$(entry group "$name")
if [ "$state" = absent ]; then
  [ -n "$now" ] || end
  changed
  [ -n "$check" ] || { if have groupdel; then run groupdel "$name"; else run delgroup "$name"; fi; }
  end
fi
if [ -z "$now" ]; then
  changed
  if [ -z "$check" ]; then
    if have groupadd; then
      run groupadd ${gid:+-g "$gid"} ${system:+-r} ${non_unique:+-o} "$name"
    else
      run addgroup ${gid:+-g "$gid"} ${system:+-S} "$name"
    fi
  fi
else
  parts "$now"
  if [ -n "$gid" ] && [ "$f3" != "$gid" ]; then
    changed
    [ -n "$check" ] || run groupmod -g "$gid" ${non_unique:+-o} "$name"
  fi
fi
now=$(entry group "$name")
parts "$now"
say "gid $f3"
end
)sh";

Course group_course(Arguments arguments) {
  Sheet sheet(arguments);
  sheet.take({"name", "state", "gid", "system", "non_unique"}).add(common).add(group_script);
  Step step = sheet.step();
  std::get<Script>(step.what).of_accounts = true;
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  Value& data = verdict.data;
  data["name"] = text_of(arguments.params, "name");
  data["state"] = text_of(arguments.params, "state");
  data["system"] = is_set(arguments.params, "system");
  if (!answer.text("gid").empty()) data["gid"] = number_of(answer.text("gid"));
  co_return verdict;
}

// `password` is on standard input, where no other process sees it.
constexpr const char* user_script = R"sh(
password=
[ -z "$password_given" ] || password=$(cat)
now=$(getent passwd "$name" 2>/dev/null) || now=$(grep -m 1 "^$name:" /etc/passwd)
if [ "$state" = absent ]; then
  [ -n "$now" ] || end
  changed
  if [ -z "$check" ]; then
    if have userdel; then run userdel ${force:+-f} ${remove:+-r} "$name"; else run deluser ${remove:+--remove-home} "$name"; fi
  fi
  end
fi
shadow() { entry shadow "$name" 2>/dev/null; }
groups_of() { id -Gn "$name" 2>/dev/null | tr ' ' '\n' | grep -v -x "$(id -gn "$name")" | sort; }
if [ -z "$now" ]; then
  changed
  say created
  [ -z "$check" ] || end
  is_new=yes
  if have useradd; then
    # A group of the same name that is there already is the user's.
    [ -n "$group" ] || [ -z "$(entry group "$name")" ] || same=-N
    run useradd ${uid:+-u "$uid"} ${non_unique:+-o} ${system:+-r} ${group:+-g "$group"} ${same-} ${comment:+-c "$comment"} \
      ${home:+-d "$home"} ${shell:+-s "$shell"} ${login_class:+-L "$login_class"} ${expiredate:+-e "$expiredate"} \
      $(if [ -n "$create_home" ]; then echo -m; else echo -M; fi) ${skeleton:+-k "$skeleton"} "$name"
    if [ "$groups_given" = yes ] && [ -n "$groups" ]; then run usermod -G "$groups" "$name"; fi
  else
    run adduser -D ${uid:+-u "$uid"} ${system:+-S} ${group:+-G "$group"} ${comment:+-g "$comment"} ${home:+-h "$home"} \
      ${shell:+-s "$shell"} $([ -n "$create_home" ] || echo -H) "$name"
    for one in $(printf %s "$groups" | tr , ' '); do run addgroup "$name" "$one"; done
  fi
  if [ -n "$password" ]; then
    said=$(printf '%s:%s\n' "$name" "$password" | chpasswd -e 2>&1) || die "chpasswd failed: $said"
  fi
  if [ -n "$password_lock" ]; then run usermod -L "$name"; fi
else
  set --
  if [ -n "$group" ]; then
    want=$(entry group "$group")
    [ -n "$want" ] || want=x:x:$group
    parts "$want"
    want=$f3
  fi
  parts "$now"
  [ -z "$uid" ] || [ "$f3" = "$uid" ] || set -- "$@" -u "$uid" ${non_unique:+-o}
  [ -z "$group" ] || [ "$f4" = "$want" ] || set -- "$@" -g "$group"
  [ -z "$comment_given" ] || [ "$f5" = "$comment" ] || set -- "$@" -c "$comment"
  [ -z "$home" ] || [ "$f6" = "$home" ] || set -- "$@" -d "$home" ${move_home:+-m}
  [ -z "$shell" ] || [ "$f7" = "$shell" ] || set -- "$@" -s "$shell"
  home_is=$f6
  if [ "$groups_given" = yes ]; then
    is=$(groups_of)
    want=$(printf %s "$groups" | tr , '\n' | grep -v -x "$(id -gn "$name")" | sort -u)
    for one in $want; do [ -n "$(entry group "$one")" ] || die "Group $one does not exist"; done
    if [ -n "$append" ]; then
      missing=
      for one in $want; do printf '%s\n' "$is" | grep -q -x -- "$one" || missing=$missing${missing:+,}$one; done
      [ -z "$missing" ] || set -- "$@" -a -G "$missing"
    elif [ "$is" != "$want" ]; then
      set -- "$@" -G "$(printf %s "$want" | tr '\n' ,)"
    fi
  fi
  hash= expires=
  if [ -n "$password$password_lock$expiredate$expiry_days" ]; then
    parts "$(shadow)"
    hash=$f2 expires=$f8
  fi
  if [ -n "$password" ] && [ "$update_password" = always ] && [ "${hash#!}" != "$password" ] && [ "$hash" != "$password" ]; then
    new_password=yes
    changed
  fi
  if [ "$password_lock" = yes ]; then case $hash in !*) ;; *) set -- "$@" -L ;; esac; fi
  if [ "$password_lock" = no ]; then case $hash in !*) set -- "$@" -U ;; esac; fi
  [ -z "$expiredate" ] || [ "$expires" = "$expiry_days" ] || set -- "$@" -e "$expiredate"
  if [ $# -gt 0 ]; then
    changed
    if [ -z "$check" ]; then
      run usermod "$@" "$name"
      is_new=yes
      parts "$(entry passwd "$name")"
      home_is=$f6
    fi
  fi
  if [ -n "${new_password-}" ] && [ -z "$check" ]; then
    said=$(printf '%s:%s\n' "$name" "$password" | chpasswd -e 2>&1) || die "chpasswd failed: $said"
  fi
  if [ -n "$create_home" ] && [ -n "$home_is" ] && ! [ -d "$home_is" ]; then
    changed
    if [ -z "$check" ]; then
      mkdir -p -- "$home_is" || die "$home_is cannot be made"
      [ ! -d /etc/skel ] || cp -R /etc/skel/. "$home_is/"
      parts "$now"
      chown -R "$f3:$f4" "$home_is"
      chmod 755 "$home_is"
    fi
  fi
fi
[ -z "${is_new-}" ] || now=$(entry passwd "$name")
parts "$now"
if [ -n "$generate_ssh_key" ]; then
  key=$ssh_key_file
  [ -n "$key" ] || key=.ssh/id_${ssh_key_type}
  case $key in /*) ;; *) key=$f6/$key ;; esac
  if ! [ -e "$key" ] || [ -n "$force" ] && [ -n "$check" ]; then
    changed
    if [ -z "$check" ]; then
      [ -d "${key%/*}" ] || { mkdir -m 700 -- "${key%/*}" && chown "$f3:$f4" "${key%/*}"; }
      run ssh-keygen -q -t "$ssh_key_type" ${ssh_key_bits:+-b "$ssh_key_bits"} -C "$ssh_key_comment" -N "$ssh_key_passphrase" -f "$key"
      chown "$f3:$f4" "$key" "$key.pub"
    fi
  fi
  say "ssh_key_file $key"
  [ ! -r "$key.pub" ] || { say "ssh_public_key $(cat "$key.pub")"; say "ssh_fingerprint $(ssh-keygen -l -f "$key.pub")"; }
fi
say "uid $f3"
say "gid $f4"
say "comment $f5"
say "home $f6"
say "shell $f7"
end
)sh";

Course user_course(Arguments arguments) {
  const Value& params = arguments.params;
  Sheet sheet(arguments);
  sheet
      .take({"name",
             "state",
             "uid",
             "non_unique",
             "system",
             "group",
             "comment",
             "shell",
             "login_class",
             "create_home",
             "move_home",
             "append",
             "force",
             "remove",
             "update_password",
             "skeleton",
             "generate_ssh_key",
             "ssh_key_type",
             "ssh_key_bits",
             "ssh_key_comment",
             "ssh_key_passphrase",
             "ssh_key_file"})
      .set("password_given", params.contains("password") ? "yes" : "")
      .paths({"home"})
      .set("comment_given", params.contains("comment") ? "yes" : "")
      .set("groups_given", params.contains("groups") ? "yes" : "")
      .set("groups", fmt::format("{}", fmt::join(list_of(params, "groups"), ",")))
      .set("password_lock", !params.contains("password_lock") ? ""
                            : is_set(params, "password_lock") ? "yes"
                                                              : "no");
  if (params.contains("expires")) {
    // Seconds since 1970; shadow has days.
    const auto seconds = static_cast<std::int64_t>(params.value("expires", 0.0));
    sheet.set("expiry_days", seconds < 0 ? "" : std::to_string(seconds / 86'400))
        .add(fmt::format("expiredate={}\n", seconds < 0 ? "''" : fmt::format("$(date -u -d @{} +%Y-%m-%d)", seconds)));
  } else {
    sheet.set("expiredate", "").set("expiry_days", "");
  }
  sheet.add(common).add(user_script);
  Step step = sheet.step(text_of(params, "password"));
  std::get<Script>(step.what).of_accounts = true;
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  Value& data = verdict.data;
  data["name"] = text_of(params, "name");
  data["state"] = text_of(params, "state");
  if (text_of(params, "state") == "absent") {
    data["force"] = is_set(params, "force");
    data["remove"] = is_set(params, "remove");
    co_return verdict;
  }
  for (const char* const number : {"uid", "group"})
    if (const std::string text = answer.text(number == std::string("group") ? "gid" : number); !text.empty())
      data[number] = number_of(text);
  for (const char* const word : {"comment", "home", "shell", "ssh_key_file", "ssh_public_key", "ssh_fingerprint"})
    if (answer.has(word)) data[word] = answer.text(word);
  if (answer.has("created")) {
    data["create_home"] = is_set(params, "create_home");
    data["system"] = is_set(params, "system");
  } else {
    data["append"] = is_set(params, "append");
    data["move_home"] = is_set(params, "move_home");
  }
  if (params.contains("groups")) data["groups"] = fmt::format("{}", fmt::join(list_of(params, "groups"), ","));
  if (params.contains("password")) data["password"] = "NOT_LOGGING_PASSWORD";
  co_return verdict;
}

using Kind = Param::Kind;
constexpr Param state{.name = "state", .kind = Kind::choice, .otherwise = "present", .choices = "absent,present"};
constexpr Param group_params[] = {{.name = "name", .required = true},    state,
                                  {.name = "gid", .kind = Kind::number}, {.name = "system", .kind = Kind::flag},
                                  {.name = "local", .kind = Kind::flag}, {.name = "non_unique", .kind = Kind::flag}};
constexpr Param user_params[] = {
    {.name = "name", .aliases = "user", .required = true},
    state,
    {.name = "uid", .kind = Kind::number},
    {.name = "non_unique", .kind = Kind::flag},
    {.name = "system", .kind = Kind::flag},
    {.name = "group"},
    {.name = "groups", .kind = Kind::list},
    {.name = "append", .kind = Kind::flag},
    {.name = "comment"},
    {.name = "home", .kind = Kind::path},
    {.name = "create_home", .kind = Kind::flag, .otherwise = "yes", .aliases = "createhome"},
    {.name = "move_home", .kind = Kind::flag},
    {.name = "skeleton"},
    {.name = "shell"},
    {.name = "login_class"},
    {.name = "password"},
    {.name = "password_lock", .kind = Kind::flag},
    {.name = "update_password", .kind = Kind::choice, .otherwise = "always", .choices = "always,on_create"},
    {.name = "expires", .kind = Kind::raw},
    {.name = "force", .kind = Kind::flag},
    {.name = "remove", .kind = Kind::flag},
    {.name = "local", .kind = Kind::flag},
    {.name = "generate_ssh_key", .kind = Kind::flag},
    {.name = "ssh_key_type", .otherwise = "rsa"},
    {.name = "ssh_key_bits", .kind = Kind::number},
    {.name = "ssh_key_file"},
    {.name = "ssh_key_comment", .otherwise = "ansible-generated"},
    {.name = "ssh_key_passphrase"}};

Columns group_columns() { return {{"gid", "data.gid", Unit::none, Align::right, "its number"}}; }
Columns user_columns() {
  return {{"uid", "data.uid", Unit::none, Align::right, "its number"},
          {"home", "data.home", Unit::none, Align::left, "its folder"},
          {"shell", "data.shell", Unit::none, Align::left, "what it logs in to", true}};
}

}  // namespace
}  // namespace accounts_parts

constinit const Task group{.name = "group",
                           .summary = "groups of users",
                           .params = accounts_parts::group_params,
                           .columns = accounts_parts::group_columns,
                           .course = accounts_parts::group_course,
                           .needs_root = true};
constinit const Task user{.name = "user",
                          .summary = "users of the host",
                          .params = accounts_parts::user_params,
                          .columns = accounts_parts::user_columns,
                          .course = accounts_parts::user_course,
                          .needs_root = true};

}  // namespace cef::tasks::modules
