// The texts of help, made from the same tables as the parser. Each is wrapped to `width` cells.
#pragma once

#include "app.hpp"
#include "manual/page.hpp"

#include <cef/core/result.hpp>

#include <string>
#include <string_view>

namespace cef::cli {

/// A terminal's width, as far as lines of that length can still be read; 80 elsewhere.
std::size_t help_width(const Terminal& terminal);

/// One screen: what cef is, its verbs by what they are for, examples, and where there is more.
std::string program_help(std::size_t width = 80);
/// One screen where the verb's own options allow it: usage, three examples, its options, its columns.
std::string verb_page(const Verb& verb, std::size_t width = 80);
/// All of it, with the options that it shares with others.
std::string verb_help(const Verb& verb, std::size_t width = 80);

/// What `cef help WORD` says: of a verb, of verbs, hosts, options, formats and exit-codes, or a page of the manual.
/// Errors: usage, which names what is near.
Result<std::string> help_about(std::string_view word, std::size_t width = 80);

/// The manual's page of `cef`, of a verb, or on a file or on faults. Errors: as help_about().
Result<manual::Page> page_about(std::string_view word);

/// The verb that somebody who knows other tools means by this word; empty for none.
std::string_view verb_by_habit(std::string_view word);

/// Which cef this is, and its libraries.
std::string version_text();
/// And all libraries it was made with, and what it can do.
std::string long_version_text(std::size_t width);

}  // namespace cef::cli
