#include <cef/core/text.hpp>

#include <catch2/catch.hpp>

namespace cef {

TEST_CASE("text is as wide as a terminal draws it", "[core]") {
  struct Case {
    const char* what;
    std::string text;
    std::size_t cells;
  };
  const auto c = GENERATE(values<Case>({
      {"nothing", "", 0},
      {"ascii", "rpi6401", 7},
      {"accented letters", "Größe", 5},
      {"combining accent", "e\u0301", 1},
      {"two combining marks", "a\u0323\u0302", 1},
      {"korean syllables", "서버-강남", 9},
      {"korean letters that join", "\u1112\u1161\u11ab", 2},
      {"japanese", "サーバー", 8},
      {"half-width katakana", "ｻｰﾊﾞ", 4},
      {"full-width latin", "ＡＢ", 4},
      {"a plane-2 ideograph", "𠀋", 2},
      {"emoji", "🚀", 2},
      {"emoji with skin tone", "👍🏽", 2},
      {"family joined by zero-width joiners", "👨‍👩‍👧‍👦", 2},
      {"runner with a joined sign", "🏃‍♀️", 2},
      {"flag of two letters", "🇰🇷", 2},
      {"text symbol made emoji", "❤\uFE0F", 2},
      {"text symbol as it is", "❤", 1},
      {"box drawing", "─│", 2},
      {"ellipsis", "…", 1},
      {"degree sign", "51 °C", 5},
      {"zero-width space", "a\u200Bb", 2},
      {"zero-width joiner between letters", "a\u200Db", 2},
      {"soft hyphen is drawn", "a\u00ADb", 3},
      {"byte order mark", "\uFEFFa", 1},
      {"control characters", "a\tb\x1b[1m", 5},
      {"invalid bytes count one each", "a\xff\xfe", 3},
      {"a character cut short", "\xec\x84", 2},
  }));
  DYNAMIC_SECTION(c.what) { CHECK(display_width(c.text) == c.cells); }
}

TEST_CASE("text is cut at a character and shows that it was", "[core]") {
  struct Case {
    std::string text;
    std::size_t width;
    std::string expected;
  };
  const auto c = GENERATE(values<Case>({
      {"rpi6401", 7, "rpi6401"},
      {"rpi6401", 6, "rpi64…"},
      {"rpi6401", 1, "…"},
      {"rpi6401", 0, ""},
      {"서버강남", 8, "서버강남"},
      {"서버강남", 7, "서버강…"},
      {"서버강남", 6, "서버…"},  // half a character is never drawn
      {"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
      {"👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 3, "👨‍👩‍👧‍👦…"},
      {"a\xff\xff\xff", 3, "a\xff…"},
      {"", 3, ""},
  }));
  DYNAMIC_SECTION(c.text << " in " << c.width) {
    const std::string result = cut(c.text, c.width);
    CHECK(result == c.expected);
    CHECK(display_width(result) <= c.width);
  }
}

TEST_CASE("text is padded to its column", "[core]") {
  CHECK(fit("ok", 5) == "ok   ");
  CHECK(fit("12.3", 6, Align::right) == "  12.3");
  CHECK(fit("서버", 5) == "서버 ");
  CHECK(fit("서버강남", 6) == "서버… ");  // the cut leaves half a cell pair over
  CHECK(fit("서버강남", 6, Align::right) == " 서버…");
  CHECK(fit("long text", 4) == "lon…");
  CHECK(fit("x", 0) == "");
}

TEST_CASE("text is wrapped at spaces, and inside words that are too long", "[core]") {
  struct Case {
    std::string text;
    std::size_t width;
    std::vector<std::string> lines;
  };
  const auto c = GENERATE(values<Case>({
      {"", 10, {""}},
      {"one two three", 20, {"one two three"}},
      {"one two three", 7, {"one two", "three"}},
      {"one two three", 8, {"one two", "three"}},
      {"one two three", 5, {"one", "two", "three"}},
      {"one   two", 4, {"one", "two"}},  // the spaces of a break are gone
      {"abcdefgh", 3, {"abc", "def", "gh"}},
      {"a bcdefgh", 4, {"a", "bcde", "fgh"}},
      {"서버 강남", 5, {"서버", "강남"}},
      {"서버강남", 5, {"서버", "강남"}},
      {"서버", 1, {"서", "버"}},  // too wide, but nothing is lost
      {"one\ntwo", 10, {"one", "two"}},
      {"one\n\ntwo\n", 10, {"one", "", "two", ""}},
      {"one two\nthree", 0, {"one two", "three"}},
      {"  indented", 6, {"  inde", "nted"}},
  }));
  DYNAMIC_SECTION(c.text << " in " << c.width) { CHECK(wrap(c.text, c.width) == c.lines); }
}

TEST_CASE("what a host sends cannot act on the terminal", "[core]") {
  struct Case {
    const char* what;
    std::string bytes, shown;
  };
  const auto c = GENERATE(values<Case>({
      {"plain text", "uptime 3 days", "uptime 3 days"},
      {"line feed and tab stay", "a\n\tb", "a\n\tb"},
      {"colour", "\x1b[31mred", "\\x1b[31mred"},
      {"window title", "\x1b]0;x\x07", "\\x1b]0;x\\x07"},
      {"carriage return", "a\rb", "a\\x0db"},
      {"backspace", "a\bb", "a\\x08b"},
      {"nul", std::string("a\0b", 3), "a\\x00b"},
      {"delete", "\x7f", "\\x7f"},
      {"C1 as a character", "\u009b31m", "\\x9b31m"},
      {"C1 as a byte", "\x9b", "\\x9b"},
      {"not UTF-8", "\xff\xfe", "\\xff\\xfe"},
      {"overlong escape", "\xc0\x9b", "\\xc0\\x9b"},
      {"overlong, three bytes", "\xe0\x80\x9b", "\\xe0\\x80\\x9b"},
      {"surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
      {"past the last character", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
      {"cut short", "a\xec\x84", "a\\xec\\x84"},
      {"cut short, then a letter", "\xec\x84z", "\\xec\\x84z"},
      {"right-to-left override", "a\u202Egpj.exe", "a\\u202egpj.exe"},
      {"isolates", "\u2066x\u2069", "\\u2066x\\u2069"},
      {"korean", "서버", "서버"},
      {"the last character of all", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
  }));
  DYNAMIC_SECTION(c.what) {
    CHECK(escape_controls(c.bytes) == c.shown);
    CHECK(escape_controls(c.shown) == c.shown);
  }
}

TEST_CASE("bytes that are not UTF-8 are replaced one by one", "[core]") {
  CHECK(valid_utf8("서버\n") == "서버\n");
  CHECK(valid_utf8("a\xff\xc3") == "a\uFFFD\uFFFD");
  CHECK(valid_utf8("\xed\xa0\x80") == "\uFFFD\uFFFD\uFFFD");
  CHECK(valid_utf8("\xc3\xa9\xc3") == "é\uFFFD");
  CHECK(valid_utf8("\xf0\x9f\x9a") == "\uFFFD\uFFFD\uFFFD");
}

TEST_CASE("of many names the first are told", "[core]") {
  CHECK(some_of({}, 0, 3).empty());
  CHECK(some_of({"a", "b"}, 2, 3) == "a, b");
  CHECK(some_of({"a", "b", "c", "d"}, 4, 3) == "a, b, c, d");  // as long as `and 1 more`
  CHECK(some_of({"a", "b", "c", "d", "e"}, 5, 3) == "a, b, c and 2 more");
  CHECK(some_of({"a", "b"}, 100, 3) == "a, b and 98 more");  // not all are known
  CHECK(some_of({"a\x1b["}, 1, 3) == "a\\x1b[");
}

TEST_CASE("texts are taken apart", "[core]") {
  CHECK(trim(" \t a b \r\n") == "a b");
  CHECK(trim(" \n ").empty());
  CHECK(trim("\fa\r", "\f") == "a\r");
  CHECK(first_line("one\ntwo\n") == "one");
  CHECK(first_line("\ntwo").empty());
  CHECK(first_line("one") == "one");
  CHECK(lower("Web-1 \xC3\x84") == "web-1 \xC3\x84");
}

}  // namespace cef
