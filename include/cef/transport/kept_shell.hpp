// For those who run many small scripts on a host, one after the other: a shell that is kept for them, so that a script
// costs no channel, no login shell and no sudo of its own.
#pragma once

#include <cef/transport/session.hpp>

#include <optional>
#include <string>

namespace cef::transport {

/// From now on exec_kept() keeps a shell for each user on the host. Means nothing to a session that can keep none.
void keep_shells(Session& session);

struct KeptScript {
  std::string text;
  bool is_private = false;  // nobody is to see it in a list of processes
};

/// Ends the shells, but that of one user (who logged in: ""), and waits for that: no account that is changed is to be
/// in use, nor to go on as it was.
asio::awaitable<void> end_kept_shells(Session& session, std::optional<std::string> but_of);

/// Runs `script`, which `command` has for a POSIX shell of its own, in a subshell of the kept one; or else the command,
/// where no shell is kept, or the command is one of those that need their own: with a deadline, which the host is told,
/// or much input, or output that somebody wants as it comes. What the script starts must write nothing when it is done:
/// it would be among the words of a later one. A script that is given up is ended on the host, and the shell with it.
/// Errors: those of Session::exec; connection_lost also when the shell ends under the script.
asio::awaitable<Result<ExecResult>> exec_kept(Session& session, Command command, KeptScript script, Deadline deadline);

}  // namespace cef::transport
