// Colours, for terminals that want them. All of them come from here, none from a host.
#pragma once

#include <cef/core/report.hpp>

#include <string>
#include <string_view>

namespace cef::render {

enum class Ink { none, bold, dim, red, green, yellow, bright_yellow, blue, magenta, cyan };

Ink ink_of(Status status);
/// `text` in that colour, or unchanged when `colour` is false.
std::string paint(std::string_view text, Ink ink, bool colour);

}  // namespace cef::render
