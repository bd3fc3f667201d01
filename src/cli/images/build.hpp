// cef docker build.
#pragma once

#include "run/run_verb.hpp"

namespace cef::cli {

/// `params`: of the verb's options, as params_of() has them. Returns the exit code.
int build_image(const Verb& verb, Context& context, Value params);

}  // namespace cef::cli
