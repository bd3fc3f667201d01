#include "assets.hpp"

#include <cef/core/html.hpp>
#include <cef/render/render.hpp>
#include <cef/render/report_page.hpp>

#include <algorithm>
#include <utility>

namespace cef::render {

namespace {

// JSON inside of HTML: nothing in it may look like the end of its element, or like a comment.
std::string inside_html(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<')
      out += "\\u003c";
    else if (c == '>')
      out += "\\u003e";
    else if (c == '&')
      out += "\\u0026";
    else
      out += c;
  }
  return out;
}

}  // namespace

namespace {

// The style's name for a column: `When (UTC)` -> `of-when`.
std::string style_of(std::string_view column) {
  std::string style = "of-";
  for (const char c : column.substr(0, column.find(' '))) style += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return style;
}

std::string table_of(const Listing& listing) {
  std::string text = "<h2>" + html_escape(listing.title) + "</h2>\n<div class=\"card\">";
  if (listing.rows.empty()) return text + "<p class=\"soft\">" + html_escape(listing.otherwise) + "</p></div>\n";
  text += "<table class=\"list\"><thead><tr>";
  std::vector<std::string> opened;
  for (const std::string& column : listing.columns) {
    const std::string style = html_escape(style_of(column));
    text += "<th class=\"" + style + "\">" + html_escape(column) + "</th>";
    opened.push_back("<td class=\"" + style + "\">");
  }
  text += "</tr></thead><tbody>\n";
  for (const auto& row : listing.rows) {
    text += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      text +=
          opened.at(i) +
          (row[i].link.empty() ? html_escape(row[i].text)
                               : "<a href=\"" + html_escape(row[i].link) + "\">" + html_escape(row[i].text) + "</a>") +
          "</td>";
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

std::string tables_of(std::span<const Listing> listings) {
  std::string text;
  for (const Listing& listing : listings) text += table_of(listing);
  return text;
}

}  // namespace

std::string list_page(std::string_view title, std::span<const Listing> listings) {
  return std::string(
             "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
             "content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
             "img-src data:\">\n<link rel=\"icon\" href=\"data:,\">\n<title>") +
         html_escape(title) + "</title>\n<style>\n" + std::string(report_css) +
         "</style>\n</head>\n<body>\n<main><header><h1>" + html_escape(title) + "</h1></header>\n" +
         tables_of(listings) + "</main>\n</body>\n</html>\n";
}

std::string report_page(std::string_view title, const Value& content, std::span<const Listing> below) {
  const std::string tables = below.empty() ? "" : "<div class=\"below\">\n" + tables_of(below) + "</div>";
  const std::string data = inside_html(dump(content));
  const std::string safe_title = html_escape(title);
  const std::pair<std::string_view, std::string_view> parts[] = {{"{{title}}", safe_title},
                                                                 {"{{style}}", report_css},
                                                                 {"{{below}}", tables},
                                                                 {"{{data}}", data},
                                                                 {"{{script}}", report_js}};
  // In their order, each once: what stands in the data is not looked at.
  std::string page;
  std::string_view rest = report_html;
  for (const auto& [mark, text] : parts) {
    const auto at = std::min(rest.find(mark), rest.size());
    (page += rest.substr(0, at)) += text;
    rest.remove_prefix(std::min(at + mark.size(), rest.size()));
  }
  return page += rest;
}

}  // namespace cef::render
