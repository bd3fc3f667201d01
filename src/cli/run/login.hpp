// Options become the settings of fleet/login.hpp: below this nothing reads an option's text.
#pragma once

#include "options/options.hpp"

#include <cef/core/warn.hpp>
#include <cef/fleet/login.hpp>
#include <cef/runner/job.hpp>

#include <vector>

namespace cef::cli {

/// All but the passwords. Errors: usage, for an option value that does not parse.
Result<fleet::Login> login_of(const Options& options);

/// The passwords of -k, -K and their files, asked for on the terminal where that is to be done; that for sudo only when
/// `becomes`, or else a job becomes another user. Errors: those of secret_from().
Result<fleet::Passwords> passwords_of(const Options& options, const std::vector<runner::Job>& jobs, bool becomes,
                                      const Warn& warn);

}  // namespace cef::cli
