// The texts of --help, made from the same tables as the parser.
#pragma once

#include "app.hpp"

#include <string>

namespace cef::cli {

std::string program_help();
std::string verb_help(const Verb& verb);

}  // namespace cef::cli
