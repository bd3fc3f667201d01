#include "console/screen.hpp"

#include <catch2/catch.hpp>

#include <map>

namespace cef::cli {

namespace {

// What was typed, in words: `<up>`, or the character.
std::string words(const std::vector<Keystroke>& keys) {
  static const std::map<Key, std::string> names{
      {Key::up, "<up>"},           {Key::down, "<down>"}, {Key::left, "<left>"}, {Key::right, "<right>"},
      {Key::page_up, "<page up>"}, {Key::home, "<home>"}, {Key::end, "<end>"},   {Key::page_down, "<page down>"}};
  std::string text;
  for (const Keystroke key : keys) text += key.key == Key::other ? std::string(1, key.character) : names.at(key.key);
  return text;
}

}  // namespace

TEST_CASE("bytes of a terminal are keys", "[cli]") {
  struct Case {
    const char *name, *bytes, *keys, *left;
  };
  const auto c = GENERATE(Catch::Generators::values<Case>({
      {"nothing", "", "", ""},
      {"characters", "q1 ?", "q1 ?", ""},
      {"arrows", "\x1b[A\x1b[B\x1b[C\x1b[D", "<up><down><right><left>", ""},
      {"arrows in application mode", "\x1bOA\x1bOB\x1bOC\x1bOD", "<up><down><right><left>", ""},
      {"pages", "\x1b[5~\x1b[6~", "<page up><page down>", ""},
      {"home and end", "\x1b[H\x1b[F\x1b[1~\x1b[4~\x1bOH\x1bOF", "<home><end><home><end><home><end>", ""},
      {"keys between characters", "a\x1b[Ab", "a<up>b", ""},
      {"a sequence of no key we know is passed over", "\x1b[3~\x1b[15~\x1b[1;5Cq", "q", ""},
      {"an unknown one of three bytes", "\x1bOPq", "q", ""},
      {"a report of the mouse", "\x1b[<0;12;7Mq", "q", ""},
      {"one that has no end is given up", "\x1b[11111111111111111111", "", ""},
      {"the escape key before a character", "\x1bq", "q", ""},
      {"the escape key twice", "\x1b\x1b[A", "<up>", ""},
      {"the escape key, or a beginning", "\x1b", "", "\x1b"},
      {"cut after the bracket", "a\x1b[", "a", "\x1b["},
      {"cut within a number", "\x1b[1", "", "\x1b[1"},
      {"cut after the letter", "\x1bO", "", "\x1bO"},
      {"UTF-8, byte by byte", "\xed\x95\x9cq", "\xed\x95\x9cq", ""},
      {"control characters", "\x01\x7f", "\x01\x7f", ""},
  }));
  DYNAMIC_SECTION(c.name) {
    std::string bytes = c.bytes;
    CHECK(words(take_keys(bytes)) == c.keys);
    CHECK(bytes == c.left);
  }
}

TEST_CASE("keys are the same wherever their bytes are cut in two", "[cli]") {
  const std::string all = "a\x1b[A\x1b[5~\x1bOD\x1b[1;5C\x1b[Hq";
  const auto cut = GENERATE_COPY(Catch::Generators::range<std::size_t>(0, all.size() + 1));
  INFO("after " << cut);
  std::string bytes = all.substr(0, cut);
  std::string keys = words(take_keys(bytes));
  bytes += all.substr(cut);
  keys += words(take_keys(bytes));
  CHECK(keys == "a<up><page up><left><home>q");
  CHECK(bytes.empty());
}

}  // namespace cef::cli
