// The command line a host is sent: the user's command, and beside it a guard that ends the command and everything it
// started when the controller lets go of it.
#pragma once

#include <cef/transport/session.hpp>

#include <string>
#include <string_view>

namespace cef::transport {

/// What to ask the server to run for `command`. The session's standard input must carry what InputFeed gives. For a
/// tied command it then stays open: its end is the sign to end everything, which is seen once the command has read what
/// was sent before. `limit` also ends a tied one, in case the link is dead and no sign can arrive; zero: none. `mark`:
/// with `become`, what sudo's prompt and the first words of what it starts are known by; see sudo.hpp.
std::string remote_line(const Command& command, Milliseconds limit, std::string_view mark);

/// After the exit status the rest of the output may follow; a daemon that the command left behind may hold the output
/// open for ever. Silence this long tells the two apart.
inline constexpr Milliseconds rest_of_output{2000};

/// How long to wait for a command that was given up, and all that it started, to end.
inline constexpr Milliseconds grace_after_timeout{2000}, grace_after_stop{500};

/// The script of the guard, for those who start a shell themselves: arguments are the command, the number of bytes of
/// input (-1: in pieces, each after a line with the number of its bytes, 0 at the end), the limit in seconds (0: none);
/// and under sudo what to say first, and the LC_ALL that the command is to have.
extern const char* const guard_script;
/// The same for a free command, of which there is nothing to guard.
extern const char* const free_script;
/// A guard for a shell that is kept open, and reads its scripts from the session's standard input; its argument is the
/// first one. The end of that input ends the shell, and the script that it runs with all that this has started.
extern const char* const keeper_script;
/// The second argument of guard_script.
std::string input_size(const Command& command);

}  // namespace cef::transport
