// The words of a template: text as it stands, marks, and what stands between them.
#pragma once

#include "fault.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cef::expr {

struct Token {
  enum class Kind {
    text,  // outside of marks
    output_begin,
    output_end,
    block_begin,
    block_end,
    name,
    string,
    integer,
    real,
    sign,  // operators, brackets, commas
    end,
  };
  Kind kind = Kind::end;
  std::string text;  // of a string: what it means
  std::int64_t integer = 0;
  double real = 0;
  Place place;

  bool is(std::string_view sign) const { return kind == Kind::sign && text == sign; }
  bool is_name(std::string_view name) const { return kind == Kind::name && text == name; }
};

/// Throws Fault: syntax.
std::vector<Token> tokens_of_template(std::string_view text, const Syntax& syntax);
std::vector<Token> tokens_of_expression(std::string_view text, const Syntax& syntax);

}  // namespace cef::expr
