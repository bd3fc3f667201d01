// What a simulated host does, said in words: for an address on the command line, or for one command in its own text.
#pragma once

#include <cef/core/duration.hpp>
#include <cef/core/result.hpp>

#include <memory>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::simulator {

enum class Fault {
  none,
  mute,               // accepts the connection and says nothing
  garbage,            // random bytes instead of a banner
  throttled,          // "Not allowed at this time" and the end, as OpenSSH says to a caller it penalises
  close,              // ends the connection at once
  reset,              // and with a reset
  drip,               // its banner at a byte every 300 ms
  endless_banner,     // lines before the banner, for ever
  mute_after_banner,  // an SSH banner and then nothing
  mute_in_kex,        // nothing more once the key exchange has begun
  close_in_kex,
  reset_in_kex,
  disconnect_in_kex,  // and says why
  refuse_auth,        // takes no key
  mute_after_auth,    // logs in and then answers nothing
  close_after_auth,   // logs in and ends the connection
  close_in_exec,      // accepts a command and ends the connection
  hang_in_exec,       // accepts a command, which never ends
  chatter,            // accepts a command and then sends packets for ever, and answers none
};

struct Behaviour {
  Fault fault = Fault::none;
  bool other_key = false;        // shows a host key that nobody knows
  Milliseconds banner_delay{0};  // from the connection to the banner
  Milliseconds exec_delay{0};    // from the command to the first byte of its answer
  std::size_t barrier = 0;       // commands that wait for each other before any is answered; 0: none
  std::size_t output_bytes = 0;  // on standard output
  std::size_t stderr_bytes = 0;  // on standard error, before that
  int exit_status = 0;
  std::string exit_signal;            // without SIG; instead of an exit status
  std::size_t signal_text_bytes = 0;  // of the message that explains the signal
  std::size_t issue_bytes = 0;        // of a text shown before the login
  std::size_t signal_name_bytes = 0;  // of a name that no signal has, in place of exit_signal
  std::string key_exchange;           // the one it offers; empty: libssh's
  std::size_t pesters = 0;            // channels that it asks the client for while a command runs, for ever
  enum { by_key, takes_password, hangs_in_password } login = by_key;
  unsigned prompts = 0;                       // asks that many questions, and again, whatever is answered; takes no key
  std::shared_ptr<const std::string> output;  // on standard output, after output_bytes
  bool waits_for_word = false;                // after its output, until it is told something on its standard input
  std::optional<std::size_t> takes;           // after its output, a file of so many bytes; then says that it is there
};

/// Words with commas between them: `mute`, `exec-delay=200ms,output=4096` (or `exec-delay:200ms`). Later ones count.
/// Errors: usage, with the word that is not understood.
Result<void> apply(std::string_view words, Behaviour& behaviour);

/// The words, for --help: a line each, what it does behind it.
std::string help();

/// Which hosts behave how.
class Rules {
 public:
  /// `127.2=mute`: every address that begins so. Of several rules the one with the longest address counts.
  /// Errors: usage.
  Result<void> add(std::string_view rule);
  Behaviour of(in_addr address) const;

 private:
  struct Rule {
    in_addr_t address, mask;  // in host order
    Behaviour behaviour;
  };
  std::vector<Rule> rules_;
};

/// What a command asks for: `true`, `false`, `exit N`, or `sim:WORDS`, wherever that stands in it. No shell
/// quotes `sim:output:70,exit:3`. A command that begins a supervised one is answered as by a supervisor whose command
/// succeeded at once, and one that pushes a file as by a host that has nothing of it, no tool to hash and room for all.
/// Any other command succeeds.
Behaviour for_command(std::string_view command, Behaviour host);

}  // namespace cef::simulator
