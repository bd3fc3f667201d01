#include "samples.hpp"

#include <cef/core/utf8.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

namespace cef::render::safety_tests {

TEST_CASE("nothing a host sends reaches the terminal as a control character", "[render]") {
  const std::string nasty =
      "\x1b[31mred\x1b]0;t\x07 \b\r\x7f \u009b2J \x9b \xff \u202Egpj.\u2066 " + std::string(1, '\0');
  std::vector<HostResult> results{
      printed("one", nasty, "", 0),         printed("two", nasty + "\n" + nasty, nasty, 0),
      printed("three", nasty, nasty, 1),    no_answer("four", Code::connect_refused, "four: " + nasty),
      pong("five", nasty, 1, nasty + '\n'), printed(nasty, "inventories may be programs", "", 0),
  };
  results[3].error->hint = nasty;
  results[4].data[nasty] = Value::array({nasty, {{nasty, nasty}}});
  const std::string format = GENERATE(from_range(format_names()));
  for (const bool fold : {false, true})
    for (const bool with_blocks : {false, true}) {
      View view = with_blocks ? exec_view() : ping_view();
      view.output_field = "stdout";
      view.fold = fold;
      view.columns.push_back(column("all", "data"));
      view.columns.push_back(column("server", "data.server"));
      const std::string text = text_of(*format_from(format), view, report_of(results));
      INFO(format << ": " << text);
      bool clean = true;
      for (std::string_view rest = text; !rest.empty();) {
        const Character c = decode(rest);
        const bool control = (c.code < 0x20 && c.code != '\n') || (c.code >= 0x7F && c.code < 0xA0);
        const bool turns = c.code == 0x202E || c.code == 0x2066;
        clean = clean && c.valid && !control && !turns;
        rest.remove_prefix(c.size);
      }
      CHECK(clean);
    }
}

}  // namespace cef::render::safety_tests
