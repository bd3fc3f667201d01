// What the supervisor of supervisor.hpp sends to a host: POSIX sh for dash and BusyBox too, without a line break, which
// csh would not take. All of a job is in its folder, /var/tmp/cef-UID/ID (DIR below), which only its user can look
// into:
//
//   command, label    what runs, and what cef calls it
//   run               the script that runs it
//   started           a folder: who makes it runs the command, so that nothing is run twice
//   pid               of that script: its number, its start, its session or -, and the host's boot
//   keep              its number and those of its helpers, which are not the command's
//   out, err          what the command said
//   whole, within     gone once the disk was full, or the command said more than it may
//   killed            a folder: somebody ended it
//   rc                the command is done; what it said may still be on its way
//   spare, end        room for the exit status, kept from the beginning as the disk may be full; renamed when it is
//                     there and all is over
//   bell.PID          a pipe for who follows it
//
// A follower says on standard output, after a line `=cef job ID BOOT`, with the login shell's words before it:
//
//   s                 the command was started
//   w                 the host may end it with the login (KillUserProcesses)
//   o N, e N          N bytes of its standard output, standard error: they follow the line
//   f                 some are missing: the disk was full
//   m                 it said more than it may, and was ended
//   k                 somebody ended it
//   d RC              it is over, and that was all
//   l WHY             it will never be over: rebooted, killed, never (it did not begin), gone (nobody knows it)
//   r                 it runs; where nobody is to wait
//   x WHY             it could not be started, or not be looked for: why
//
// and is told in lines: `gone` removes the folder, `keep` all of it but what keeps the command from being run again,
// `kill` ends the command. At the end of its input it goes, and nothing else happens.
#pragma once

#include <cef/remote/supervisor.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace cef::remote {

/// How many bytes of each output are known.
struct LogPlace {
  std::uint64_t out = 0, err = 0;
};

// Command lines for the login shell. The one that begins a job must be sent assignment.input first.
std::string begin_line(std::string_view id, const Assignment& assignment, bool follows);
std::string attach_line(std::string_view id, LogPlace from, bool waits);
/// Says `k` when it is ended, `l WHY` when there is nothing to end.
std::string kill_line(std::string_view id);
/// `j ID STATE STARTED ENDED RC LABEL N` for each, and N bytes of its command; what is not known is `-`. `id`: of that
/// one alone; empty: all.
std::string list_line(std::string_view id);
/// Removes those that are over, and says `j` of each.
std::string clean_line();

}  // namespace cef::remote
