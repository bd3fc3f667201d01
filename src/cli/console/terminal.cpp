#include "terminal.hpp"

#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace cef::cli {

namespace {

std::size_t width_of(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

// Set and not empty: no-color.org.
bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value && *value;
}

}  // namespace

Terminal look_at_terminal() {
  Terminal terminal;
  terminal.out = ::isatty(STDOUT_FILENO) == 1;
  terminal.err = ::isatty(STDERR_FILENO) == 1;
  if (terminal.out) terminal.width = width_of(STDOUT_FILENO);
  const char* kind = std::getenv("TERM");
  const bool dumb = kind && std::string_view(kind) == "dumb";
  const char* force = std::getenv("CLICOLOR_FORCE");
  const bool forced = force && *force && std::string_view(force) != "0", never = is_set("NO_COLOR");
  terminal.colour = ((terminal.out && !dumb) || forced) && !never;
  terminal.err_colour = ((terminal.err && !dumb) || forced) && !never;
  return terminal;
}

std::size_t error_room() { return ::isatty(STDERR_FILENO) == 1 ? error_width() : 0; }

std::size_t error_width() { return width_of(STDERR_FILENO); }

bool is_in_foreground(int terminal) { return ::tcgetpgrp(terminal) == ::getpgrp(); }

}  // namespace cef::cli
