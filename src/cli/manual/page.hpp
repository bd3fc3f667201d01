// A page of the manual: what `cef help`, the manual pages and their HTML are made of, each with its own renderer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cef::cli::manual {

/// Texts may have Markdown's `code`, **strong** and [links](target).
struct Block {
  enum class Kind { text, entry, item, example, heading };
  Kind kind = Kind::text;
  std::string text;    // of an example, lines as they are typed
  std::string term{};  // of an entry: what the text is about, as it is typed
};

struct Section {
  std::string title;  // empty: what stands before the first heading
  std::vector<Block> blocks{};

  void say(std::string text) { blocks.push_back({Block::Kind::text, std::move(text)}); }
  void add(std::string term, std::string text) {
    blocks.push_back({Block::Kind::entry, std::move(text), std::move(term)});
  }
};

struct Page {
  std::string name;  // `cef`, `cef-ping`, `cef-inventory`
  int number = 1;    // of the manual's section: 1 programs, 5 files, 7 all else
  std::string summary;
  std::vector<std::string> usage{};  // command lines
  std::vector<Section> sections{};
  std::vector<std::string> related{};  // `cef(1)`
};

/// A piece of a text.
struct Span {
  enum class Kind { plain, code, strong, link };
  Kind kind = Kind::plain;
  std::string text;
  std::string target{};  // of a link
};
std::vector<Span> spans_of(std::string_view text);

/// A paragraph and what stands beside a term, wrapped to `width` cells.
std::string paragraph(std::string_view text, std::size_t width, std::size_t indent = 0);
std::string entry(std::string_view term, std::string_view text, std::size_t width);

/// For a terminal of so many cells.
std::string as_text(const Section& section, std::size_t width);
std::string as_text(const Page& page, std::size_t width);
/// For man: only man's own macros, so that every reader of manual pages takes it.
std::string as_roff(const Page& page);
/// A page that needs nothing but itself; links to other pages are to NAME.SECTION.html beside it.
std::string as_html(const Page& page);

/// `## heading`, paragraphs, `- items`, tables (a row is an entry), indented and fenced examples; `# title` and the
/// comments of HTML say nothing. What stands between `<!-- cef: WORD -->` and `<!-- cef: end -->` is for readers of the
/// file; here the program's own table comes in its place.
std::vector<Section> read_markdown(std::string_view text, std::vector<Block> (*table)(std::string_view word));

}  // namespace cef::cli::manual
