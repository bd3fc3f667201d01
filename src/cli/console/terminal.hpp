// What the standard streams are connected to.
#pragma once

#include <cstddef>

namespace cef::cli {

struct Terminal {
  bool out = false, err = false;  // is standard output, standard error a terminal
  std::size_t width = 0;          // cells of standard output's terminal; 0: not a terminal
  bool colour = false;            // for standard output: NO_COLOR and CLICOLOR_FORCE hold
  bool err_colour = false;        // the same for standard error
};

Terminal look_at_terminal();

/// Whether this program may read from it: one in the background would be stopped by the system, and stay so.
bool is_in_foreground(int terminal);

/// Where lines on standard error are broken: cells of its terminal, 0 when it is none.
std::size_t error_room();
/// Cells of standard error's terminal as it is now, 80 when it is none.
std::size_t error_width();

}  // namespace cef::cli
