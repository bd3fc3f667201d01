#include "page.hpp"

#include <cef/core/html.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>

namespace cef::cli::manual {

namespace html_parts {
namespace {

std::string marked(std::string_view text) {
  std::string out;
  for (const Span& span : spans_of(text)) {
    const std::string inner = html_escape(span.text);
    if (span.kind == Span::Kind::code)
      out += "<code>" + inner + "</code>";
    else if (span.kind == Span::Kind::strong)
      out += "<strong>" + inner + "</strong>";
    else if (span.kind == Span::Kind::link && span.target.starts_with("http"))
      out += fmt::format("<a href=\"{}\">{}</a>", html_escape(span.target), inner);
    else
      out += inner;
  }
  return out;
}

// The element that blocks of this kind stand in together.
const char* around(Block::Kind kind) {
  if (kind == Block::Kind::entry) return "dl";
  return kind == Block::Kind::item ? "ul" : "";
}

std::string element(const Block& block) {
  switch (block.kind) {
    case Block::Kind::text:
      return "<p>" + marked(block.text) + "</p>\n";
    case Block::Kind::entry:
      return fmt::format("<dt><code>{}</code></dt><dd>{}</dd>\n", html_escape(trim(block.term)), marked(block.text));
    case Block::Kind::item:
      return "<li>" + marked(block.text) + "</li>\n";
    case Block::Kind::example:
      return "<pre>" + html_escape(block.text) + "</pre>\n";
    case Block::Kind::heading:
      return "<h3>" + html_escape(block.text) + "</h3>\n";
  }
  return "";
}

// `cef-ping(1)` -> `cef-ping.1.html`
std::string file_of(const std::string& other) {
  const auto open = other.find('(');
  return fmt::format("{}.{}.html", other.substr(0, open), other.substr(open + 1, 1));
}

constexpr auto style =
    ":root{color-scheme:light dark}body{max-width:50rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,"
    "sans-serif}h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}pre{overflow-x:auto;padding:.6rem;border-left:"
    "3px solid #8888}dt{margin-top:.5rem;overflow-wrap:anywhere}dd{margin-left:2rem}code{font-size:.95em}";

}  // namespace
}  // namespace html_parts

std::string as_html(const Page& page) {
  using namespace html_parts;
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">\n<title>{0}({1})</title>\n<style>{2}</style>\n</head>\n<body>\n"
      "<h1>{0}({1})</h1>\n<p>{3}</p>\n",
      html_escape(page.name), page.number, style, marked(page.summary));
  for (const std::string& usage : page.usage) out += "<pre>" + html_escape(usage) + "</pre>\n";
  for (const Section& section : page.sections) {
    if (section.blocks.empty()) continue;
    if (!section.title.empty()) out += "<h2>" + html_escape(section.title) + "</h2>\n";
    std::string_view open;
    for (const Block& block : section.blocks) {
      const std::string_view wanted = around(block.kind);
      if (wanted != open && !open.empty()) out += fmt::format("</{}>\n", open);
      if (wanted != open && !wanted.empty()) out += fmt::format("<{}>\n", wanted);
      open = wanted;
      out += element(block);
    }
    if (!open.empty()) out += fmt::format("</{}>\n", open);
  }
  if (!page.related.empty()) {
    out += "<h2>See also</h2>\n<p>";
    for (const std::string& other : page.related)
      out += fmt::format("{}<a href=\"{}\">{}</a>", &other == page.related.data() ? "" : ", ", file_of(other),
                         html_escape(other));
    out += "</p>\n";
  }
  return out + "</body>\n</html>\n";
}

}  // namespace cef::cli::manual
