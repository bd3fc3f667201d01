// Programs that run on the controller: how they are started, and what one says whose answer is waited for.
#pragma once

#include <cef/core/descriptor.hpp>
#include <cef/core/duration.hpp>
#include <cef/core/result.hpp>

#include <cstddef>
#include <string>
#include <sys/types.h>
#include <vector>

namespace cef {

/// No program that is started has its ends, but as a standard stream.
struct Pipe {
  Pipe();
  Descriptor read_end, write_end;
  int error = 0;  // errno, when there is none
};

struct Spawn {
  std::vector<std::string> command{};  // looked up in PATH unless it holds a slash
  int in = -1, out = -1, err = -1;     // descriptors for its standard streams; -1: this process's
  /// Who gets what the terminal sends: it as this process does, or it alone; `session`: it has no terminal.
  enum class Group { ours, own, session } group = Group::own;
};

/// Starts a program with signals as at login; the caller waits for it. Errors: io_failed, with the system's word only.
Result<pid_t> spawn(const Spawn& program);

struct ProgramCall {
  std::vector<std::string> command;
  Milliseconds limit{0};        // zero: none
  std::size_t limit_bytes = 0;  // of both streams
  /// It talks to the user: standard input and error are this process's, and so is the terminal. Else its input is
  /// empty, and it is ended together with all that it started.
  bool interactive = false;
};

struct ProgramOutput {
  std::string out, err;
  std::string failure;  // why there is no usable output; empty when the program ended with status 0
  bool started = true;
};

/// Runs a program and collects what it prints. It is killed when it takes longer or prints more than it may, and when a
/// signal comes that ends cef: that then does so when this returns.
ProgramOutput run_program(const ProgramCall& call);

}  // namespace cef
