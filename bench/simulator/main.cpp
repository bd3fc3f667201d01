// sshsim: ten thousand SSH hosts in one process, for tests and measurements. It lets everybody in and runs nothing.
#include "server.hpp"

#include <fmt/format.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <exception>
#include <getopt.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace {

using cef::simulator::Server;

constexpr int exit_usage = 5;

void print_help() {
  fmt::print(
      R"(usage: sshsim [options]

An SSH server in which every address of 127.0.0.0/8 is a host of its own. It takes every key and runs nothing: `true` and
unknown commands succeed, `false` and `exit N` fail, and `sim:WORDS` does what the words below say.
Prints `port N` when it listens, serves until SIGTERM, SIGINT or the end of its parent, and then prints its counters.

  --port N               port (any that is free)
  --host-key FILE        the key that all hosts share (made for this run)
  --other-host-key FILE  the one that `other-key` shows (made for this run)
  --print-known-hosts    print a known_hosts line for all hosts too
  --at ADDRESS=WORDS     how hosts behave whose address begins so: --at 127.2=mute --at 127.3.0.7=exec-delay=2s,exit=1
                         (may be given again; the longest address counts)

Words, separated by commas (in a command, where shells mind `=`, write sim:output:70,exit:3):
{}
Exit codes: 0 ended as asked, 1 cannot listen or read a key, 5 usage.
)",
      cef::simulator::help());
}

int complain(std::string_view text) {
  fmt::print(stderr, "sshsim: {}\n", text);
  return exit_usage;
}

// Signals as a descriptor; the end of the parent is one of them.
int ending_signals() {
  const pid_t parent = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  if (::getppid() != parent) ::raise(SIGTERM);  // it ended before we could ask to be told
  std::signal(SIGPIPE, SIG_IGN);
  return ::signalfd(-1, &set, SFD_CLOEXEC);
}

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(Server::Options options, bool print_known_hosts) {
  const int ended_by = ending_signals();
  raise_descriptor_limit();
  Server server(std::move(options));
  fmt::print("port {}\n", server.port());
  if (print_known_hosts) fmt::print("{}", server.known_hosts());
  std::fflush(stdout);
  server.run(ended_by);
  const auto& counters = server.counters();
  fmt::print("connections {} logins {} commands {} most_open {} broken {}\n", counters.connections, counters.logins,
             counters.commands, counters.most_open, counters.broken);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Server::Options server;
  bool print_known_hosts = false;
  enum { port = 1, host_key, other_host_key, known_hosts, at, help };
  const option options[] = {{"port", required_argument, nullptr, port},
                            {"host-key", required_argument, nullptr, host_key},
                            {"other-host-key", required_argument, nullptr, other_host_key},
                            {"print-known-hosts", no_argument, nullptr, known_hosts},
                            {"at", required_argument, nullptr, at},
                            {"help", no_argument, nullptr, help},
                            {}};
  for (int choice; (choice = ::getopt_long(argc, argv, "h", options, nullptr)) != -1;) {
    const std::string_view value = optarg ? optarg : "";
    switch (choice) {
      case port:
        if (const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), server.port);
            error != std::errc() || end != value.data() + value.size())
          return complain(fmt::format("--port: '{}' is not a port", value));
        break;
      case host_key:
        server.host_key = value;
        break;
      case other_host_key:
        server.other_host_key = value;
        break;
      case known_hosts:
        print_known_hosts = true;
        break;
      case at:
        if (const auto added = server.rules.add(value); !added)
          return complain(fmt::format("--at: {}", added.error().message));
        break;
      case help:
      case 'h':
        print_help();
        return 0;
      default:
        return exit_usage;
    }
  }
  if (optind < argc) return complain(fmt::format("'{}' is not an option", argv[optind]));
  try {
    return serve(std::move(server), print_known_hosts);
  } catch (const std::exception& failure) {
    complain(failure.what());
    return 1;
  }
}
