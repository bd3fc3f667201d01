#include "on_interrupt.hpp"

#include <fmt/format.h>

namespace cef::cli {

Result<remote::OnInterrupt> on_interrupt_of(const Options& options) {
  const std::string what = options.text("on-interrupt").value_or("leave");
  if (what == "leave") return remote::OnInterrupt::leave;
  if (what == "kill") return remote::OnInterrupt::kill;
  return Unexpected(
      Error{Code::usage, fmt::format("{}: '{}' is not leave or kill", options.find("on-interrupt")->name, what), ""});
}

}  // namespace cef::cli
