#include "syntax/header.hpp"
#include "syntax/parser.hpp"
#include "syntax/words.hpp"

#include <cef/core/suggest.hpp>

#include <algorithm>
#include <array>

namespace cef::expr {

namespace {

// Of Jinja2 and its extensions, with what to do instead.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> refused = {{
    {"extends", "include the parts instead"},
    {"block", "include the parts instead"},
    {"autoescape", "nothing is escaped here; leave it out"},
    {"trans", "translations are not part of Ansible"},
    {"pluralize", "translations are not part of Ansible"},
    {"debug", "use the debug module"},
}};

const std::vector<std::string> known = {"if",     "for",  "set", "macro", "call", "filter", "include", "with",
                                        "import", "from", "do",  "raw",   "elif", "else",   "endif",   "endfor"};

}  // namespace

class TemplateParser : public ExpressionParser {
 public:
  using ExpressionParser::ExpressionParser;

  Body run() {
    Body body = until({});
    if (here().kind == Token::Kind::block_begin) {
      take();
      fail_syntax(here().place, "'{}' without a beginning", here().text);
    }
    return body;
  }

 private:
  // Statements up to a block that begins with one of `ends`, which is not taken.
  Body until(std::initializer_list<std::string_view> ends) {
    const Deeper deeper(*this);
    Body body;
    for (;;) {
      const Token& token = here();
      if (token.kind == Token::Kind::end) return body;
      if (token.kind == Token::Kind::text) {
        Statement text;
        text.place = token.place;
        text.text = take().text;
        body.push_back(std::move(text));
      } else if (token.kind == Token::Kind::output_begin) {
        body.push_back(output());
      } else {
        const auto& word = ahead();
        const bool ends_here =
            word.kind == Token::Kind::name && std::find(ends.begin(), ends.end(), word.text) != ends.end();
        const bool stray = word.text.starts_with("end") || word.text == "else" || word.text == "elif";
        if (ends_here || (word.kind == Token::Kind::name && stray)) return body;
        take();
        body.push_back(statement());
      }
    }
  }

  Statement output() {
    Statement made;
    made.kind = Statement::Kind::output;
    take();
    made.place = here().place;
    if (here().kind == Token::Kind::output_end) fail_syntax(here().place, "an expression is missing between the marks");
    made.expression = tuple();
    if (here().kind != Token::Kind::output_end) unexpected("the end of the marks");
    take();
    return made;
  }

  Statement statement() {
    Statement made;
    made.place = here().place;
    const std::string word = name("the name of a statement");
    if (word == "if")
      condition(made);
    else if (word == "for")
      loop(made);
    else if (word == "set")
      set(made);
    else if (word == "macro")
      macro(made);
    else if (word == "call")
      call_block(made);
    else if (word == "filter")
      filter_block(made);
    else if (word == "with")
      with(made);
    else if (word == "include")
      include(made);
    else if (word == "import")
      import(made);
    else if (word == "from")
      import_from(made);
    else if (word == "do")
      simple(made, Statement::Kind::perform), made.expression = tuple(), end_block();
    else if (word == "break")
      simple(made, Statement::Kind::leave), need_loop(made), end_block();
    else if (word == "continue")
      simple(made, Statement::Kind::next), need_loop(made), end_block();
    else
      unknown(word, made.place);
    return made;
  }

  static void simple(Statement& made, Statement::Kind kind) { made.kind = kind; }

  void need_loop(const Statement& made) const {
    if (loops_ == 0) fail_syntax(made.place, "there is no loop around it");
  }

  [[noreturn]] static void unknown(const std::string& word, Place place) {
    for (const auto& [name, instead] : refused)
      if (name == word) fail_syntax(place, "the statement '{}' is not supported: {}", word, instead);
    const auto near = nearest(word, known);
    if (near) fail_syntax(place, "there is no statement '{}'; did you mean '{}'?", word, *near);
    fail_syntax(place, "there is no statement '{}'", word);
  }

  void end_block() {
    if (here().kind != Token::Kind::block_end) unexpected("the end of the statement");
    take();
  }

  // `{% endX %}` or another word of the same statement; gives it back without its marks.
  std::string next_part(std::string_view statement, Place begin, std::string_view end) {
    if (here().kind == Token::Kind::end) fail_syntax(begin, "the '{}' that begins here has no '{}'", statement, end);
    take();
    const Token word = take();
    if (word.text.starts_with("end") && word.text != end)
      fail_syntax(word.place, "unexpected '{}': the '{}' of line {} has no '{}'", word.text, statement, begin.line,
                  end);
    return word.text;
  }

  void end_of(std::string_view statement, Place begin, std::string_view end) {
    const Place place = here().place;
    const std::string word = next_part(statement, begin, end);
    if (word != end) fail_syntax(place, "unexpected '{}', expected '{}'", word, end);
    // `{% endmacro name %}`, `{% endcall %}`
    if (end == "endmacro" && here().kind == Token::Kind::name) take();
    end_block();
  }

  void condition(Statement& made) {
    made.kind = Statement::Kind::condition;
    for (;;) {
      ExpressionPtr test = tuple(false);
      end_block();
      Body body = until({"elif", "else", "endif"});
      made.branches.emplace_back(std::move(test), std::move(body));
      const std::string word = next_part("if", made.place, "endif");
      if (word == "elif") continue;
      end_block();
      if (word == "endif") return;
      break;
    }
    made.branches.emplace_back(nullptr, until({"endif"}));
    end_of("if", made.place, "endif");
  }

  void loop(Statement& made) {
    made.kind = Statement::Kind::loop;
    made.target = target(true);
    expect_name("in");
    made.expression = tuple(false, false);
    if (take_name("if")) made.guard = expression();
    made.recursive = take_name("recursive");
    end_block();
    ++loops_;
    made.body = until({"else", "endfor"});
    --loops_;
    const std::string word = next_part("for", made.place, "endfor");
    end_block();
    if (word == "endfor") return;
    if (word != "else") fail_syntax(made.place, "unexpected '{}' in a loop", word);
    made.otherwise = until({"endfor"});
    end_of("for", made.place, "endfor");
  }

  // `a`, `a.b`, `a, b`, `(a, b), c`
  Target target(bool tuples) {
    Target first = one_target();
    if (!tuples || !here().is(",")) return first;
    Target all;
    all.place = first.place;
    all.parts.push_back(std::move(first));
    while (take_sign(",")) {
      if (here().kind != Token::Kind::name && !here().is("(")) break;
      if (here().is_name("in")) break;
      all.parts.push_back(one_target());
    }
    return all;
  }

  Target one_target() {
    const Deeper deeper(*this);
    if (take_sign("(")) {
      Target inner = target(true);
      expect_sign(")");
      return inner;
    }
    Target made;
    made.place = here().place;
    made.name = name("the name of a variable");
    if (made.name == "true" || made.name == "false" || made.name == "none" || made.name == "True" ||
        made.name == "False" || made.name == "None")
      fail_syntax(made.place, "'{}' cannot be assigned to", made.name);
    if (take_sign(".")) made.attribute = name("the name of an attribute");
    return made;
  }

  void set(Statement& made) {
    made.target = target(true);
    if (take_sign("=")) {
      made.kind = Statement::Kind::set;
      made.expression = tuple();
      end_block();
      return;
    }
    made.kind = Statement::Kind::set_block;
    if (!made.target.parts.empty()) unexpected("'='");
    if (here().is("|")) made.expression = filters_alone(false);
    end_block();
    made.body = until({"endset"});
    end_of("set", made.place, "endset");
  }

  std::vector<Parameter> parameters() {
    std::vector<Parameter> all;
    expect_sign("(");
    while (!here().is(")")) {
      if (!all.empty()) expect_sign(",");
      Parameter parameter;
      parameter.name = name("the name of a parameter");
      if (take_sign("="))
        parameter.otherwise = expression();
      else if (!all.empty() && all.back().otherwise)
        fail_syntax(here().place, "a parameter without a default follows one with a default");
      all.push_back(std::move(parameter));
    }
    expect_sign(")");
    return all;
  }

  // `varargs`, `kwargs` and `caller` mean something only to a macro that names them.
  std::shared_ptr<const MacroBody> macro_body(std::string macro_name, std::vector<Parameter> taken,
                                              const char* statement, const char* end, Place place) {
    auto made = std::make_shared<MacroBody>();
    made->name = std::move(macro_name);
    made->parameters = std::move(taken);
    end_block();
    const int outer_loops = std::exchange(loops_, 0);
    const std::size_t begin = at_;
    made->body = std::make_shared<const Body>(until({end}));
    loops_ = outer_loops;
    for (std::size_t i = begin; i < at_; ++i) {
      made->takes_rest = made->takes_rest || tokens_[i].is_name("varargs");
      made->takes_named = made->takes_named || tokens_[i].is_name("kwargs");
      made->takes_caller = made->takes_caller || tokens_[i].is_name("caller");
    }
    end_of(statement, place, end);
    return made;
  }

  void macro(Statement& made) {
    made.kind = Statement::Kind::macro;
    std::string macro_name = name("the name of the macro");
    std::vector<Parameter> taken = parameters();
    made.macro = macro_body(std::move(macro_name), std::move(taken), "macro", "endmacro", made.place);
  }

  void call_block(Statement& made) {
    made.kind = Statement::Kind::call_block;
    std::vector<Parameter> taken;
    if (here().is("(")) taken = parameters();
    made.expression = expression();
    if (made.expression->kind != Expression::Kind::call) fail_syntax(made.place, "what `call` calls must be a call");
    made.macro = macro_body("caller", std::move(taken), "call", "endcall", made.place);
  }

  ExpressionPtr filters_alone(bool first_without_sign) {
    const Within within(*this);
    return filters(nullptr, first_without_sign);
  }

  void filter_block(Statement& made) {
    made.kind = Statement::Kind::filter_block;
    made.expression = filters_alone(true);
    end_block();
    made.body = until({"endfilter"});
    end_of("filter", made.place, "endfilter");
  }

  void with(Statement& made) {
    made.kind = Statement::Kind::with;
    while (here().kind != Token::Kind::block_end) {
      if (!made.assignments.empty()) expect_sign(",");
      Target to = one_target();
      expect_sign("=");
      made.assignments.emplace_back(std::move(to), expression());
    }
    end_block();
    made.body = until({"endwith"});
    end_of("with", made.place, "endwith");
  }

  void context(Statement& made) {
    if ((here().is_name("with") || here().is_name("without")) && ahead().is_name("context")) {
      made.with_context = take().text == "with";
      take();
    }
  }

  void include(Statement& made) {
    made.kind = Statement::Kind::include;
    made.expression = expression();
    if (here().is_name("ignore") && ahead().is_name("missing")) {
      take(), take();
      made.ignore_missing = true;
    }
    context(made);
    end_block();
  }

  void import(Statement& made) {
    made.kind = Statement::Kind::import;
    made.with_context = false;
    made.expression = expression();
    expect_name("as");
    made.text = name("the name that it gets here");
    context(made);
    end_block();
  }

  void import_from(Statement& made) {
    made.kind = Statement::Kind::import_from;
    made.with_context = false;
    made.expression = expression();
    expect_name("import");
    for (;;) {
      context(made);
      if (here().kind == Token::Kind::block_end) break;
      std::string theirs = name("a name");
      std::string ours = take_name("as") ? name("the name that it gets here") : theirs;
      made.names.emplace_back(std::move(theirs), std::move(ours));
      context(made);
      if (!take_sign(",")) break;
    }
    if (made.names.empty()) unexpected("a name");
    end_block();
  }

  int loops_ = 0;
};

std::shared_ptr<const Parsed> parse_template(std::string text, Syntax syntax) {
  auto parsed = std::make_shared<Parsed>();
  if (text.find('\r') != std::string::npos) text = with_newlines(text, "\n");
  read_header(text, syntax);
  while (parsed->line_feeds < text.size() && text[text.size() - 1 - parsed->line_feeds] == '\n') ++parsed->line_feeds;
  if (text.ends_with('\n')) text.pop_back();
  parsed->syntax = syntax;
  parsed->body = TemplateParser(tokens_of_template(text, syntax)).run();
  return parsed;
}

std::shared_ptr<const Parsed> parse_condition(std::string_view text) {
  const Syntax syntax = Syntax::file();
  auto parsed = std::make_shared<Parsed>();
  parsed->syntax = syntax;
  ExpressionParser parser(tokens_of_expression(text, syntax));
  parsed->condition = parser.tuple();
  parser.expect_end();
  return parsed;
}

}  // namespace cef::expr
