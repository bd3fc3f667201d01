// The output options, checked before anything is sent to a host.
#pragma once

#include "app.hpp"

#include <cef/core/report.hpp>
#include <cef/render/render.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace cef::cli {

/// Errors: usage, for a format that there is not.
Result<render::Format> format_of(const Options& options);

/// How the verb's results are to look: on the terminal, or in a file. Errors: usage, for a status that there is not,
/// and for an option on the command line that has no meaning for the format.
Result<render::View> make_view(const Verb& verb, const Context& context, bool to_file);

/// `4 hosts: 2 ok, 2 unreachable`, of a run or of a list.
std::string counts_of(const Report& report, std::string_view noun);

/// Prints what is already known, of which no host was asked now. `adapt` may change the view. Returns the exit code.
int print_report(const Verb& verb, const Context& context, const Report& report,
                 const std::function<void(render::View&)>& adapt = {});

}  // namespace cef::cli
