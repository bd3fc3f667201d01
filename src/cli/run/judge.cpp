#include "judge.hpp"

#include <fmt/format.h>

namespace cef::cli {

std::optional<Error> judge(const transport::ExecResult& ran) {
  if (!ran.signal.empty()) return Error{Code::command_failed, "ended by signal " + ran.signal, ""};
  if (ran.status == 0) return std::nullopt;
  const std::string status = fmt::format("exit status {}", ran.status);
  if (ran.status == 127) return Error{Code::command_not_found, status + ": command not found", ""};
  return Error{Code::command_failed, status, ""};
}

}  // namespace cef::cli
