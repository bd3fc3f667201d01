// What commands printed, host by host, or group by group when folded.
#pragma once

#include "rows.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cef::render {

/// Lines of a text from a host, without the empty end, made safe to show.
std::vector<std::string> output_lines(const View& view, std::string_view text);

/// The text in `data.<name>`, or nothing.
std::string_view data_text(const HostResult& result, const std::string& name);

/// One after the other, for together they may be much. Whether there are any.
bool write_blocks(const Plan& plan, const Report& report, const Writer& write);

}  // namespace cef::render
