// What a command's end means for its host.
#pragma once

#include <cef/core/error.hpp>
#include <cef/transport/session.hpp>

#include <optional>

namespace cef::cli {

/// Why it failed; nothing when it did not.
std::optional<Error> judge(const transport::ExecResult& ran);

}  // namespace cef::cli
