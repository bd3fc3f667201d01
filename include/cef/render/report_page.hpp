// The report: one HTML page that needs nothing but itself, with the stored values drawn by a script in it.
#pragma once

#include <cef/core/value.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cef::render {

/// What the page of a report has, and no other.
inline constexpr std::string_view page_mark = "<meta name=\"generator\" content=\"cef\">";

struct Cell {
  std::string text;
  std::string link{};  // another page of the folder, or nothing
};

/// A table that no script draws.
struct Listing {
  std::string title;
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows{};
  std::string otherwise{};  // what is said in place of no rows
};

/// `content` as the script reads it (src/render/report/page.js): `since`, `until`, `made` in milliseconds since 1970,
/// `parts` (how many values a curve has), `program`, `hosts` and `metrics`. Its texts may be anything.
/// `below` stands under it.
std::string report_page(std::string_view title, const Value& content, std::span<const Listing> below = {});

/// A page of tables alone.
std::string list_page(std::string_view title, std::span<const Listing> listings);

}  // namespace cef::render
