#include "page.hpp"

#include <cef/core/text.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace cef::cli::manual {

namespace markdown_parts {
namespace {

// What stands between the bars of a table's line; `\|` is a sign.
std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  std::string cell;
  line = trim(line);
  line.remove_prefix(1);
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|')
      cell += line[++i];
    else if (line[i] == '|')
      cells.emplace_back(trim(std::exchange(cell, {})));
    else
      cell += line[i];
  }
  return cells;
}

bool is_rule(std::string_view line) { return line.find_first_not_of("|-: ") == std::string_view::npos; }

std::string plain(std::string_view text) {
  std::string out;
  for (const Span& span : spans_of(text)) out += span.text;
  return out;
}

class Reader {
 public:
  explicit Reader(std::vector<Block> (*table)(std::string_view word)) : table_(table) {}

  void read(std::string_view line) {
    if (is_replaced_) {
      is_replaced_ = !line.starts_with("<!-- cef: end");
    } else if (fenced_) {
      if (line.starts_with("```")) return end(), void(fenced_ = false);
      example(line);
    } else if (line.starts_with("```")) {
      end();
      fenced_ = true;
    } else if (line.starts_with("    ") && (open_ == Block::Kind::example || !open_)) {
      example(line.substr(4));
    } else if (trim(line).empty()) {
      // An example goes on behind an empty line, when it does.
      if (open_ == Block::Kind::example)
        ++blank_lines_;
      else
        end();
      is_in_table_ = false;
    } else if (line.starts_with("<!--")) {
      end();
      made(line);
    } else if (line.starts_with("### ")) {
      end();
      add({Block::Kind::heading, std::string(line.substr(4))});
    } else if (line.starts_with("## ")) {
      end();
      sections_.push_back({std::string(line.substr(3))});
    } else if (line.starts_with("# ")) {
      end();
    } else if (line.starts_with('|')) {
      if (!is_in_table_) end();
      row(line);
    } else if (line.starts_with("- ")) {
      end();
      text(Block::Kind::item, line.substr(2));
    } else {
      if (open_ == Block::Kind::example) end();
      text(open_.value_or(Block::Kind::text), trim(line));
    }
  }

  std::vector<Section> sections() {
    end();
    return std::move(sections_);
  }

 private:
  void add(Block block) {
    if (sections_.empty()) sections_.push_back({""});
    sections_.back().blocks.push_back(std::move(block));
  }

  void end() {
    if (open_) add({*open_, std::exchange(text_, {})});
    open_.reset();
    blank_lines_ = 0;
  }

  void text(Block::Kind kind, std::string_view line) {
    open_ = kind;
    if (!text_.empty()) text_ += ' ';
    text_ += line;
  }

  void example(std::string_view line) {
    open_ = Block::Kind::example;
    text_ += std::string(std::exchange(blank_lines_, 0), '\n');
    text_.append(line) += '\n';
  }

  // The first line names the columns; of a column without a name, only what it says is said.
  void row(std::string_view line) {
    if (is_in_table_ && is_rule(line)) return;
    auto cells = cells_of(line);
    if (!std::exchange(is_in_table_, true)) {
      names_ = std::move(cells);
      return;
    }
    std::string said;
    for (std::size_t i = 1; i < cells.size(); ++i) {
      if (cells[i].empty()) continue;
      if (!said.empty()) said += "; ";
      if (cells.size() > 2 && i < names_.size() && !names_[i].empty()) said += plain(names_[i]) + ": ";
      said += cells[i];
    }
    if (!cells.empty()) add({Block::Kind::entry, std::move(said), plain(cells[0])});
  }

  void made(std::string_view line) {
    constexpr std::string_view begin = "<!-- cef: ";
    if (!line.starts_with(begin)) return;
    line.remove_prefix(begin.size());
    is_replaced_ = true;
    for (Block& block : table_(line.substr(0, line.find(' ')))) add(std::move(block));
  }

  std::vector<Block> (*table_)(std::string_view word);
  std::vector<Section> sections_;
  std::optional<Block::Kind> open_;
  std::string text_;  // of the open block
  std::size_t blank_lines_ = 0;
  std::vector<std::string> names_;
  bool fenced_ = false, is_in_table_ = false, is_replaced_ = false;
};

}  // namespace
}  // namespace markdown_parts

std::vector<Section> read_markdown(std::string_view text, std::vector<Block> (*table)(std::string_view word)) {
  markdown_parts::Reader reader(table);
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    reader.read(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return reader.sections();
}

}  // namespace cef::cli::manual
