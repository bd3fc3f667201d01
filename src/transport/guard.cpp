#include "guard.hpp"

#include "sudo.hpp"

#include <cef/core/shell.hpp>
#include <cef/core/shell_take.hpp>

#include <fmt/format.h>

namespace cef::transport {

// POSIX sh, dash and BusyBox included. It crosses the user's login shell in quotes, so it is one line, and free of
// single quotes, backslashes and exclamation marks, which fish and csh read in their own way.
//
// $m, the script's own process, leads a session that holds all that the command starts, but for what starts a session
// of its own; that is found by its parents or, when these are gone, by CEF_MARK in its environment. `hold` waits for
// the end of file descriptor 3, the session's standard input. When the command is done first, $m is gone, and `hold`
// ends without doing anything.
//
// sudo was to speak English, if it hands that on at all, the command as before.
#define CEF_SAY_THAT_IT_RUNS                                                                                          \
  "export SHLVL=1; "                                                                                                  \
  "[ -z \"$4\" ] || { [ \"$LC_ALL\" != C ] || { unset LC_ALL; [ -z \"$5\" ] || export LC_ALL=\"$5\"; }; echo \"$4\" " \
  ">&2; }; "

// Whom sudo makes of the user may be one who cannot log in: such an account has no shell.
#define CEF_SHELL "s=${SHELL:-/bin/sh}; case $s in */nologin|*/false) s=/bin/sh;; esac; "

const char* const free_script = CEF_SAY_THAT_IT_RUNS CEF_SHELL "exec \"$s\" -c \"$1\"";

// Defines `finish`, which ends all that belongs to $m. CEF_MARK is another one each time: what an earlier command left
// behind is not this one's. `marked` adds to $k the processes that bear the mark; grep is not to find itself. `scan`
// adds the processes of the session, and all descendants, but not this one ($me). Of the marked ones and those of the
// session only such count as are not older than $since. They have a second to go by themselves; then the rest, and what
// they started meanwhile, is killed.
#define CEF_FINISH                                                                                           \
  "CEF_MARK=; read -r CEF_MARK 2>/dev/null </proc/sys/kernel/random/uuid; export CEF_MARK; since=0; "        \
  "line() { { read -r l <$1; } 2>/dev/null; }; "                                                             \
  "marked() { [ \"$CEF_MARK\" ] || return; for f in $(CEF_MARK= grep -lsF \"CEF_MARK=$CEF_MARK\" "           \
  "/proc/[0-9]*/environ 2>/dev/null); do line ${f%environ}stat || continue; p=${l%% *}; set -- ${l##*) }; "  \
  "[ ${20} -ge $since ] || continue; case \"$k\" in *\" $p \"*) ;; *) k=\"$k$p \";; esac; done; }; "         \
  "scan() { g=1; while [ $g = 1 ]; do g=0; for f in /proc/[0-9]*/stat; do "                                  \
  "line $f || continue; p=${l%% *}; set -- ${l##*) }; "                                                      \
  "case \"$k\" in *\" $p \"*) continue;; esac; [ $p = $me ] && continue; "                                   \
  "if [ \"$4\" = $m ] && [ ${20} -ge $since ]; then k=\"$k$p \"; g=1; "                                      \
  "else case \"$k\" in *\" $2 \"*) k=\"$k$p \"; g=1;; esac; fi; done; done; }; "                             \
  "finish() { trap \"\" TERM; read -r me x </proc/self/stat; k=\" $m \"; marked; scan; kill -TERM $k; "      \
  "i=0; while [ $i -lt 10 ]; do i=$((i+1)); a=; for p in $k; do kill -0 $p && a=1; done; [ $a ] || return; " \
  "sleep 0.1 || sleep 1; done; marked; scan; kill -KILL $k; }; "

const char* const guard_script =
    "exec 3<&0 0</dev/null; m=$$; " CEF_SAY_THAT_IT_RUNS CEF_FINISH
    // timeout says 124 when time is up; any other way it ends is either the end of the input or a timeout that is not
    // there or takes other arguments, and then the shell waits itself.
    "hold() { r=1; [ $1 -gt 0 ] && { timeout $1 cat <&3 >/dev/null; r=$?; }; "
    "case $r in 0|124) ;; *) while read -r x <&3; do :; done;; esac; kill -0 $m && finish; }; "
    // Pieces of input, until one of no bytes. In the background, as nobody knows when the next one comes: the command
    // may be done before that.
    CEF_SHELL_TAKE "feed() { while read -r n <&3 && [ \"$n\" -gt 0 ]; do take $n <&3 || break; done; }; "
    // What is for the POSIX shell needs no other one before it.
    CEF_SHELL
    "go() { case $1 in \"exec /bin/sh -c \"*) eval \"$1\"; exit;; esac; exec \"$s\" -c \"$1\"; }; "
    // exec, not a redirection of hold: for that dash would keep the old standard output open elsewhere.
    "if [ $2 -lt 0 ]; then { { exec 2>/dev/null; feed; exec >/dev/null; hold $3; } & } | { exec 3<&-; go \"$1\"; }; "
    "elif [ $2 -gt 0 ]; then { head -c $2 <&3; { exec >/dev/null 2>&1; hold $3; } & } | { exec 3<&-; go \"$1\"; }; "
    "else { exec >/dev/null 2>&1; hold $3; } & (exec 3<&-; go \"$1\"); fi; exit $?";

// What is between the session's input and the shell sees the input's end also while a script runs. It tells the shell
// to end, and when that is not done in a moment, ends it: what cannot be written to any more is gone. (Its first
// process may be there for long, for somebody to fetch its status.) What earlier scripts have started is not the
// script's that runs: `young` has $since be the start of the oldest child of the shell, which is a child of $m.
const char* const keeper_script =
    "exec 3<&0 0</dev/null; m=$$; " CEF_FINISH
    "young() { read -r me x </proc/self/stat; since=999999999999999; s=; for f in /proc/[0-9]*/stat; do "
    "line $f || continue; p=${l%% *}; set -- ${l##*) }; [ $p = $me ] && continue; [ \"$2\" = $m ] && s=$p; done; "
    "[ \"$s\" ] || return; for f in /proc/[0-9]*/stat; do line $f || continue; set -- ${l##*) }; "
    "[ \"$2\" = $s ] && [ ${20} -lt $since ] && since=${20}; done; }; "
    "{ { exec 2>/dev/null; cat <&3; trap \"\" PIPE; echo exit; i=0; while [ $i -lt 15 ] && (echo); do i=$((i+1)); "
    "done; "
    "exec >/dev/null; [ $i -lt 15 ] || { young; finish; }; } & } | { exec 3<&-; unset -f line marked scan finish "
    "young; eval \"$1\"; exec /bin/sh; }; exit $?";

namespace {

// Between the login shell and sudo: a POSIX shell, so that the locale can be changed for sudo alone. The guard is
// within sudo, so that it may end what runs as another user.
std::string through_sudo(const Command& command) {
  std::string options = command.become_password ? fmt::format("-S -p \"$6\"") : std::string("-n");
  if (command.become_afresh) options += " -k";
  return fmt::format(
      "l=$LC_ALL; LC_ALL=C; export LC_ALL; exec sudo {} -H -u \"$5\" -- /bin/sh -c \"$1\" cef \"$2\" \"$3\" \"$4\" "
      "\"$7\" \"$l\"",
      options);
}

}  // namespace

std::string input_size(const Command& command) {
  return command.streams.source ? "-1" : std::to_string(command.input.size());
}

std::string remote_line(const Command& command, Milliseconds limit, std::string_view mark) {
  static const std::string quoted_guard = shell_quote(guard_script), quoted_free = shell_quote(free_script);
  const bool free = command.lifetime == Lifetime::free;
  if (free && !command.become) return command.text;
  // The controller's own deadline comes first wherever the link still works.
  const auto seconds = limit.count() > 0 ? limit.count() / 1000 + 5 : 0;
  const std::string text = shell_quote(command.text);
  std::string line = "exec /bin/sh -c ";
  line.reserve(quoted_guard.size() + text.size() + 512);
  if (command.become) line += shell_quote(through_sudo(command)) + " cef ";
  line += free ? quoted_free : quoted_guard;
  line += command.become ? " " : " cef ";
  line += text;
  line += fmt::format(" {} {}", input_size(command), seconds);
  if (command.become) line += fmt::format(" {} {} {}", shell_quote(*command.become), prompt_of(mark), start_of(mark));
  return line;
}

}  // namespace cef::transport
