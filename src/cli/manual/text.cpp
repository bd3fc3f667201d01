#include "page.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::cli::manual {

namespace text_parts {
namespace {

constexpr std::size_t narrow_line = 60;  // cells

// Where a text begins that stands beside a name, or below it where there is no room beside.
std::size_t indent_for(std::size_t width) { return width < narrow_line ? 8 : 30; }

// Without what is for other readers.
std::string read_aloud(std::string_view text) {
  std::string said;
  for (const Span& span : spans_of(text)) said += span.kind == Span::Kind::code ? '`' + span.text + '`' : span.text;
  return said;
}

std::string lines_of(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out += fmt::format("  {}\n", text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace
}  // namespace text_parts

std::string paragraph(std::string_view text, std::size_t width, std::size_t indent) {
  std::string out;
  for (const std::string& line : wrap(text, width > indent ? width - indent : 1))
    out += fmt::format("{}{}\n", std::string(out.empty() ? 0 : indent, ' '), line);
  return out;
}

std::string entry(std::string_view term, std::string_view help, std::size_t width) {
  const std::size_t indent = text_parts::indent_for(width);
  std::string text = fmt::format("  {}", term);
  bool first = true;
  for (const std::string& line : wrap(help, width > indent ? width - indent : 1)) {
    const std::size_t used = first ? display_width(text) : 0;
    if (!first || used + 1 >= indent)
      text += '\n', text += std::string(indent, ' ');
    else
      text += std::string(indent - used, ' ');
    text += line;
    first = false;
  }
  return text + '\n';
}

std::string as_text(const Section& section, std::size_t width) {
  using namespace text_parts;
  std::string text;
  if (!section.title.empty()) text += paragraph(section.title + ":", width);
  const Block* last = nullptr;
  for (const Block& block : section.blocks) {
    // Entries and items stand close together; all else has a line between.
    const bool is_list = block.kind == Block::Kind::entry || block.kind == Block::Kind::item;
    if (last && !(is_list && last->kind == block.kind)) text += '\n';
    switch (block.kind) {
      case Block::Kind::text:
        text += paragraph(read_aloud(block.text), width);
        break;
      case Block::Kind::entry:
        text += entry(block.term, read_aloud(block.text), width);
        break;
      case Block::Kind::item:
        text += paragraph("- " + read_aloud(block.text), width, 2);
        break;
      case Block::Kind::example:
        text += lines_of(block.text);
        break;
      case Block::Kind::heading:
        text += fmt::format("{}:\n", block.text);
        break;
    }
    last = block.kind == Block::Kind::heading ? nullptr : &block;
  }
  return text;
}

std::string as_text(const Page& page, std::size_t width) {
  std::string title = page.name;
  if (page.number == 1) std::ranges::replace(title, '-', ' ');
  std::string text = paragraph(fmt::format("{}: {}", title, page.summary), width, 2);
  for (const std::string& usage : page.usage) text += '\n' + paragraph("Usage: " + usage, width, 2);
  for (const Section& section : page.sections) text += '\n' + as_text(section, width);
  return text;
}

}  // namespace cef::cli::manual
