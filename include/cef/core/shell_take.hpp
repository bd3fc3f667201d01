// A function for scripts that run on hosts.
#pragma once

/// POSIX sh that defines `take N`: passes on the next N bytes of its standard input and reads no more, for what follows
/// is the script's; BusyBox's head reads ahead. On one line, free of quotes; ends with "; ".
#define CEF_SHELL_TAKE                                                                                       \
  "take() { [ $exact ] || { dd count=0 iflag=fullblock </dev/null >/dev/null && exact=dd || exact=head; }; " \
  "if [ $exact = head ]; then head -c $1; else { [ $1 -lt 65536 ] || dd bs=65536 count=$(($1/65536)) "       \
  "iflag=fullblock; } && { [ $(($1%65536)) = 0 ] || dd bs=$(($1%65536)) count=1 iflag=fullblock; }; fi; } "  \
  "2>/dev/null; "
