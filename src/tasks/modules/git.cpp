#include "modules/registry.hpp"
#include "modules/shell.hpp"

#include <fmt/format.h>

namespace cef::tasks::modules {

namespace git_parts {
namespace {

constexpr const char* script = R"sh(
have "${executable:-git}" || die "Failed to find required executable \"git\""
[ -z "$umask" ] || umask "$umask"
git() { command "${executable:-git}" "$@"; }
export GIT_TERMINAL_PROMPT=0
# As a path it would know no depth.
case $repo in /*) repo=file://$repo ;; esac
ssh="ssh -o BatchMode=yes $ssh_opts"
[ -z "$key_file" ] || ssh="$ssh -i $key_file -o IdentitiesOnly=yes"
[ -z "$accept" ] || ssh="$ssh -o StrictHostKeyChecking=$accept"
export GIT_SSH_COMMAND="$ssh"
depth_words=${depth:+--depth=$depth}
# The commit that a version is, as the remote says; an id is itself.
wanted() {
  case $version in
    HEAD) git ls-remote "$1" HEAD 2>/dev/null | head -n 1 | cut -f 1 ;;
    *)
      found=$(git ls-remote "$1" "refs/heads/$version" "refs/tags/$version" "refs/tags/$version^{}" 2>/dev/null | tail -n 1 | cut -f 1)
      printf %s "${found:-$version}" ;;
  esac
}
if ! [ -e "$dest/.git" ] && ! { [ -n "$bare" ] && [ -e "$dest/HEAD" ]; }; then
  [ -z "$clone" ] || [ ! -d "$dest" ] || [ -z "$(ls -A -- "$dest")" ] ||
    die "Failed to clone: $dest is there and is not empty"
  changed
  if [ -n "$check" ] || [ -z "$clone" ]; then
    after=$(wanted "$repo")
    [ -n "$after" ] || die "the repository $repo cannot be read"
    say "after $after"
    end
  fi
  mkdir -p -- "$(dirname -- "$dest")"
  set -- clone --origin "$remote" $depth_words
  [ -z "$bare" ] || set -- "$@" --bare
  [ -z "$single_branch" ] || set -- "$@" --single-branch
  [ -z "$reference" ] || set -- "$@" --reference "$reference"
  if [ -n "$depth$single_branch" ] && [ "$version" != HEAD ] && git ls-remote "$repo" "refs/heads/$version" "refs/tags/$version" 2>/dev/null | grep -q .; then
    set -- "$@" --branch "$version"
    run git "$@" -- "$repo" "$dest"
  else
    run git "$@" -- "$repo" "$dest"
    if [ "$version" != HEAD ]; then
      cd -- "$dest" || exit 1
      git cat-file -e "$version^{commit}" 2>/dev/null || run git fetch $depth_words "$remote" "$version"
      run git checkout --force "$version"
    fi
  fi
  if [ -z "$bare" ] && [ -n "$recursive" ] && [ -e "$dest/.gitmodules" ]; then
    cd -- "$dest" && run git submodule update --init --recursive
  fi
  say "after $(cd -- "$dest" && git rev-parse HEAD)"
  end
fi
cd -- "$dest" || die "$dest cannot be entered"
before=$(git rev-parse HEAD 2>/dev/null)
say "before $before"
now=$(git config --get "remote.$remote.url")
if [ "$now" != "$repo" ]; then
  say remote_url_changed
  changed
  [ -n "$check" ] || { git remote set-url "$remote" "$repo" 2>/dev/null || run git remote add "$remote" "$repo"; }
fi
dirty=
if [ -z "$bare" ] && [ -n "$(git status --porcelain --untracked-files=no 2>/dev/null)" ]; then
  dirty=yes
  [ -n "$force" ] || die "Local modifications exist in the destination: $dest (force=no)."
fi
[ -n "$update" ] || { say "after $before"; end; }
after=$(wanted "$repo")
[ -n "$after" ] || die "Failed to download remote objects and refs: $repo"
full=$(git rev-parse --verify -q "$after^{commit}" 2>/dev/null || printf %s "$after")
if [ "$full" = "$before" ] && [ -z "$dirty" ]; then say "after $before"; end; fi
changed
if [ -n "$check" ]; then say "after $full"; end; fi
run git fetch --force --tags $depth_words "$remote"
git cat-file -e "$after^{commit}" 2>/dev/null || run git fetch $depth_words "$remote" "$version"
[ -z "$dirty" ] || run git reset --hard
if [ -n "$bare" ]; then
  run git fetch "$remote" '+refs/heads/*:refs/heads/*'
elif [ "$version" = HEAD ]; then
  branch=$(git symbolic-ref -q --short HEAD || echo)
  run git reset --hard "$after"
elif git show-ref --verify -q "refs/remotes/$remote/$version"; then
  run git checkout --force -B "$version" "$remote/$version"
  run git reset --hard "$remote/$version"
else
  run git checkout --force "$version"
fi
if [ -z "$bare" ] && [ -n "$recursive" ] && [ -e .gitmodules ]; then run git submodule update --init --recursive; fi
say "after $(git rev-parse HEAD)"
end
)sh";

Course course(Arguments arguments) {
  const Value& params = arguments.params;
  Sheet sheet(arguments);
  sheet
      .take({"version", "remote", "depth", "force", "update", "clone", "bare", "recursive", "single_branch", "ssh_opts",
             "executable", "umask"})
      .paths({"repo", "dest", "key_file", "reference"})
      .set("accept", is_set(params, "accept_hostkey")      ? "no"
                     : is_set(params, "accept_newhostkey") ? "accept-new"
                                                           : "")
      .add(script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  Value& data = verdict.data;
  const std::string before = answer.text("before");
  data["before"] = before.empty() ? Value(nullptr) : Value(before);
  if (answer.has("after")) data["after"] = answer.text("after");
  data["remote_url_changed"] = answer.has("remote_url_changed");
  co_return verdict;
}

using Kind = Param::Kind;
constexpr Param params[] = {{.name = "repo", .aliases = "name", .required = true},
                            {.name = "dest", .kind = Kind::path, .required = true},
                            {.name = "version", .otherwise = "HEAD"},
                            {.name = "remote", .otherwise = "origin"},
                            {.name = "depth", .kind = Kind::number},
                            {.name = "force", .kind = Kind::flag},
                            {.name = "update", .kind = Kind::flag, .otherwise = "yes"},
                            {.name = "clone", .kind = Kind::flag, .otherwise = "yes"},
                            {.name = "bare", .kind = Kind::flag},
                            {.name = "recursive", .kind = Kind::flag, .otherwise = "yes"},
                            {.name = "single_branch", .kind = Kind::flag},
                            {.name = "accept_hostkey", .kind = Kind::flag},
                            {.name = "accept_newhostkey", .kind = Kind::flag},
                            {.name = "key_file", .kind = Kind::path},
                            {.name = "ssh_opts"},
                            {.name = "reference"},
                            {.name = "executable"},
                            {.name = "umask"}};

Columns columns() {
  return {{"before", "data.before", Unit::none, Align::left, "the commit that was there"},
          {"after", "data.after", Unit::none, Align::left, "the commit that is there"}};
}

}  // namespace
}  // namespace git_parts

constinit const Task git{.name = "git",
                         .summary = "a repository of git, at a version",
                         .params = git_parts::params,
                         .columns = git_parts::columns,
                         .course = git_parts::course};

}  // namespace cef::tasks::modules
