// The report as a folder of pages: the fleet's, one for each host, the runs, and what was delivered where.
#pragma once

#include "options/options.hpp"

#include <cef/core/result.hpp>
#include <cef/core/value.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace cef::cli {

/// Makes the folder, if need be. Errors: usage, when it cannot hold a report, or what is in it is somebody else's.
Result<void> check_report_folder(const std::filesystem::path& folder);

/// All pages or, where one cannot be written, none. `content`: as render::report_page() takes it. What the journal has
/// comes from it; a journal that is not there has nothing. Errors: io_failed.
Result<void> write_report_folder(const Options& options, const std::filesystem::path& folder, const std::string& title,
                                 const Value& content);

/// The name of a host's page: two hosts have two, whatever they are called.
std::string page_of_host(std::string_view host);

}  // namespace cef::cli
