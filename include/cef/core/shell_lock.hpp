// A function for scripts that run on hosts.
#pragma once

/// POSIX sh that defines `lock_folder LOCK TRIES MINUTES`: makes the folder LOCK, which only one can. It is tried
/// again, ten times a second, while another has it; one that has been there for MINUTES is nobody's. Fails after so
/// many tries, or at once where no such folder can be made. Sets n and i. On one line; ends with "; ".
#define CEF_SHELL_LOCK                                                                                    \
  "lock_folder() { n=0 i=0; until mkdir \"$1\" 2>/dev/null; do n=$((n+1)); [ -d \"$1\" ] || i=$((i+1)); " \
  "[ $n -lt $2 ] && [ $i -lt 3 ] || return 1; "                                                           \
  "[ -z \"$(find \"$1/.\" -prune -mmin +$3 2>/dev/null)\" ] || rmdir \"$1\" 2>/dev/null; "                \
  "sleep 0.1 2>/dev/null || sleep 1; done; }; "
