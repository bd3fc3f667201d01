#include "page.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace cef::cli::manual {

namespace roff_parts {
namespace {

// As it is typed: none of its signs becomes another one in print, and none begins a request.
std::string escaped(std::string_view text) {
  std::string out;
  std::size_t since_blank = 0;
  for (const char c : text) {
    if (out.empty() && (c == '.' || c == '\'')) out += "\\&";
    switch (c) {
      case '\\':
        out += "\\(rs";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      case '\n':
        out += ' ';
        break;
      default:
        out += c;
    }
    since_blank = c == ' ' || c == '\n' ? 0 : since_blank + 1;
    // Long ones may be broken where a part ends.
    if (since_blank > 12 && (c == ',' || c == '/' || c == '|' || c == '_')) out += "\\:";
  }
  return out;
}

std::string marked(std::string_view text) {
  std::string out;
  for (const Span& span : spans_of(text)) {
    if (span.kind == Span::Kind::code || span.kind == Span::Kind::strong)
      out += fmt::format("\\fB{}\\fR", escaped(span.text));
    else
      out += escaped(span.text);
  }
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return out;
}

// Of a macro, in quotation marks.
std::string argument(std::string_view text) {
  std::string out;
  for (const char c : escaped(text)) out += c == '"' ? std::string("\\(dq") : std::string(1, c);
  return out;
}

// As a heading: letters with marks stay as they are.
std::string capital(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 128) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

void add_example(std::string& out, std::string_view text) {
  out += ".PP\n.RS 4\n.nf\n";
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out += escaped(text.substr(0, end)) + '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  out += ".fi\n.RE\n";
}

void add(std::string& out, const Block& block, bool is_first) {
  switch (block.kind) {
    case Block::Kind::text:
      out += fmt::format("{}{}\n", is_first ? "" : ".PP\n", marked(block.text));
      break;
    case Block::Kind::entry:
      out += fmt::format(".TP\n\\fB{}\\fR\n{}\n", escaped(trim(block.term)),
                         block.text.empty() ? "\\&" : marked(block.text));
      break;
    case Block::Kind::item:
      out += fmt::format(".IP \\(bu 2\n{}\n", marked(block.text));
      break;
    case Block::Kind::example:
      add_example(out, block.text);
      break;
    case Block::Kind::heading:
      out += fmt::format(".SS \"{}\"\n", argument(block.text));
      break;
  }
}

}  // namespace
}  // namespace roff_parts

std::string as_roff(const Page& page) {
  using namespace roff_parts;
  std::string out =
      fmt::format(".TH \"{}\" \"{}\" \"\" \"cef {}\" \"cef\"\n.ad l\n.nh\n.SH NAME\n{} \\- {}\n",
                  argument(capital(page.name)), page.number, CEF_VERSION, argument(page.name), marked(page.summary));
  if (!page.usage.empty()) out += ".SH SYNOPSIS\n";
  for (std::size_t i = 0; i < page.usage.size(); ++i)
    out += fmt::format("{}\\fB{}\\fR\n", i == 0 ? "" : ".br\n", escaped(page.usage[i]));
  for (const Section& section : page.sections) {
    if (section.blocks.empty()) continue;
    out += fmt::format(".SH \"{}\"\n", argument(capital(section.title.empty() ? "Description" : section.title)));
    bool is_first = true;
    for (const Block& block : section.blocks) {
      add(out, block, is_first);
      is_first = block.kind == Block::Kind::heading;
    }
  }
  if (page.related.empty()) return out;
  out += ".SH \"SEE ALSO\"\n";
  for (const std::string& other : page.related) {
    const auto open = other.find('(');
    out += fmt::format(".BR {} {}{}\n", argument(other.substr(0, open)), other.substr(open),
                       &other == &page.related.back() ? "" : " ,");
  }
  return out;
}

}  // namespace cef::cli::manual
