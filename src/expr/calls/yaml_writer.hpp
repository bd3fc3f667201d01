// YAML as PyYAML writes it: where it quotes and where it breaks lines is what people compare their files by.
#pragma once

#include "budget.hpp"
#include "regex/pattern.hpp"
#include "value/any.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cef::expr {

struct YamlStyle {
  int indent = 2;
  int width = 80;
  bool sort_keys = true;
  bool explicit_start = false;
  std::optional<bool> flow;  // [a, b]; without a value: where all items are scalars
};

class YamlWriter {
 public:
  YamlWriter(const YamlStyle& style, Budget& budget);
  std::string run(const Any& any);

 private:
  struct Analysis {
    bool empty = false, multiline = false, flow_plain = true, block_plain = true, single_quoted = true;
  };
  struct Position {
    bool root = false, mapping = false, simple_key = false;
  };

  void node(const Any& any, Position position);
  void scalar(const Any& any, Position position);
  void list(const Any& any, Position position);
  void dict(const Any& any);
  bool flows(const Any& any) const;
  bool is_simple_key(const Any& key) const;
  std::vector<Dict::Entry> sorted(Dict& dict);

  std::string plain_text(const Any& any, bool& is_text) const;
  Analysis analyse(const std::u32string& text) const;
  void plain(const std::u32string& text, bool split);
  void single_quoted(const std::u32string& text, bool split);
  void double_quoted(const std::u32string& text, bool split);

  void indicator(std::string_view text, bool need_blank, bool blank = false, bool indention = false);
  void write(std::u32string_view text);
  void write_indent();
  void line_break();
  void increase_indent(bool flow, bool indentless = false);
  void decrease_indent();

  const YamlStyle& style_;
  Budget& budget_;
  Pattern other_types_;
  std::string out_;
  std::vector<int> indents_;
  int indent_ = -1;
  int flow_level_ = 0;
  int column_ = 0;
  int depth_ = 0;
  bool blank_ = true;      // whether the last one written was a blank
  bool indention_ = true;  // whether only blanks and indicators stand on the line
};

}  // namespace cef::expr
