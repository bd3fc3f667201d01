#include "error_stream.hpp"

#include <cef/core/text.hpp>

#include <unistd.h>

namespace cef::cli {

std::string error_text(std::string_view text) {
  return ::isatty(STDERR_FILENO) == 1 ? escape_controls(text) : std::string(text);
}

void write_error(std::string_view text) { write_shown(error_text(text)); }

void write_shown(std::string_view text) {
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (written < 0) return;  // by a signal, too: who sends one does not want to wait for a reader
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace cef::cli
