// What of a command line is kept so that the same can be done again: options with their values, the verb's own options,
// the command; not the hosts.
#pragma once

#include "app.hpp"

#include <cef/core/value.hpp>

namespace cef::cli {

/// Options of the command line and the environment; those of config files are read anew.
Value to_repeat(const Context& context);

/// Makes `context` what it was when `kept` was made for `verb`; options of its own command line stay and win.
/// Errors: those of Arguments::check() and Options::complete().
Result<void> repeat(const Value& kept, const Verb& verb, Context& context);

/// A local file that the work is made of (a script). It is kept in the journal; when a run is repeated it is what it
/// was then. Errors: io_failed.
Result<std::string> read_kept(Context& context, const std::string& path);

}  // namespace cef::cli
