#include "assets.hpp"

#include <cef/render/render.hpp>
#include <cef/render/report_page.hpp>

#include <algorithm>
#include <utility>

namespace cef::render {

namespace {

std::string html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += c;
  }
  return out;
}

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

std::string report_page(std::string_view title, const Value& content) {
  const std::string data = inside_html(dump(content));
  const std::string safe_title = html(title);
  const std::pair<std::string_view, std::string_view> parts[] = {
      {"{{title}}", safe_title}, {"{{style}}", report_css}, {"{{data}}", data}, {"{{script}}", report_js}};
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
