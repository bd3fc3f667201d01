#include "regex/pattern.hpp"

#include <cef/expr/regex.hpp>

#include <catch2/catch.hpp>

namespace cef::expr {

TEST_CASE("Python's regular expressions in PCRE2's words", "[expr]") {
  struct Case {
    const char* python;
    const char* pcre;
  };
  const auto c = GENERATE(values<Case>({
      {"a+b", "a+b"},
      {R"(\d{2,}\Z)", R"(\d{2,}\z)"},
      {"a{,3}", "a{0,3}"},
      {"a{,}", "a{0,65535}"},
      {"a{x}", "a{x}"},
      {"[[:alpha:]]", R"([\[:alpha:]])"},
      {"[]a]", R"([\]a])"},
      {"[^]a]", R"([^\]a])"},
      {R"([\]\\])", R"([\]\\])"},
      {R"(\u00e9)", R"(\x{00e9})"},
      {"(?P<n>x)(?P=n)", "(?P<n>x)(?P=n)"},
      {"(?u)x", "(?)x"},
      {"(?aim)x", "(?im)x"},
      {"(?(n)a|b)", "(?(<n>)a|b)"},
      {"(?(1)a|b)", "(?(1)a|b)"},
      {R"(\.\-\/)", R"(\.\-\/)"},
  }));
  DYNAMIC_SECTION(c.python) { CHECK(to_pcre(c.python) == c.pcre); }
}

TEST_CASE("what Python does not know is an error", "[expr]") {
  for (const char* text :
       {R"(\h)", R"(\Qx\E)", R"(\K)", "(*UTF)", "(?R)", "(?1)", "(?&x)", "[a", R"(a\)", R"(\u12)", "(?|a)", "(", "a**"})
    DYNAMIC_SECTION(text) { CHECK_THROWS_AS(Pattern(text, false, false), Fault); }
}

TEST_CASE("Python's regular expressions in grep's words find the same", "[expr]") {
  const auto [python, grep] = GENERATE(table<std::string, std::string>({
      {R"(a+b|c)", "a+b|c"},
      {R"(\d+\s\w\S\D\W)", "[0-9]+[[:space:]][[:alnum:]_][^[:space:]][^0-9][^[:alnum:]_]"},
      {R"(OpenSSH_[\d.]+)", "OpenSSH_[0-9.]+"},
      {R"([\w-]+@[^\s\]]+)", "[[:alnum:]_-]+@[^][:space:]]+"},
      {R"([]a\-^b])", "[]ab^-]"},
      {R"([\^])", R"(\^)"},
      {R"([\^-])", "[-^]"},
      {R"([a-f\x30-9\t])", "[a-f0-9\t]"},
      {R"(\.\-\/\$\t\x2e\u00e9)", "\\.-/\\$\t\\.\u00e9"},
      {R"((?P<n>x+?)(a|b)*?)", "(x+)(a|b)*"},
      {R"((?:x){2,3}?y{,3})", "(x){2,3}y{0,3}"},
      {R"({"a": \{1\}})", R"(\{"a": \{1\}})"},
      {R"((a)\1\b)", R"((a)\1\b)"},
      {"", ""},
  }));
  DYNAMIC_SECTION(python) {
    const auto made = for_grep(python);
    REQUIRE(made);
    CHECK(*made == grep);
  }
}

TEST_CASE("what grep cannot look for is refused", "[expr]") {
  for (const char* text : {R"(a\nb)", "(?i)a", "(?=a)b", "(?!a)b", "(?<=a)b", R"(\Aa)", R"(a\Z)", R"([\S])",
                           R"((?:a)(b)\1)", R"((?P<n>a)(?P=n))", R"([\n])", "[a", R"(a\)"})
    DYNAMIC_SECTION(text) { CHECK_FALSE(for_grep(text)); }
}

TEST_CASE("bytes that are no UTF-8 are searched as well", "[expr]") {
  const Pattern pattern("b+", false, false);
  const auto match = pattern.find("a\xff\xfe bb");
  REQUIRE(match);
  CHECK(match->begin == 4);
}

TEST_CASE("a search that takes too long ends", "[expr]") {
  const Pattern pattern("(a+)+$", false, false);
  CHECK_THROWS_AS(pattern.find(std::string(40, 'a') + "!"), Fault);
}

}  // namespace cef::expr
