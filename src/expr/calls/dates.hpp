// Dates, and the time between two of them.
#pragma once

#include "value/any.hpp"

#include <ctime>

namespace cef::expr {

/// A date without a zone. `micros`: since 1970-01-01 00:00:00, as if it were UTC.
Any date_of(std::int64_t micros);
/// strftime's text, with %f for microseconds.
std::string date_text(std::int64_t micros, std::string_view format);
std::string time_text(const std::tm& time, std::int64_t micros, std::string_view format);

}  // namespace cef::expr
