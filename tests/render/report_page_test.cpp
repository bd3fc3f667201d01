#include <cef/render/report_page.hpp>

#include <catch2/catch.hpp>

namespace cef::render::report_page_tests {

TEST_CASE("nothing in a report's content can end or begin an element", "[render]") {
  const std::string evil = "</script><!--<script>&\xff{{script}}{{title}}";
  const auto page = report_page("a <b> & {{data}}", {{"hosts", {{{"name", evil}}}}});
  CHECK_THAT(page, Catch::StartsWith("<!doctype html>"));
  CHECK_THAT(page, Catch::Contains("<title>a &lt;b&gt; &amp; {{data}}</title>"));
  CHECK_THAT(page, !Catch::Contains(evil.substr(0, 20)));
  CHECK_THAT(page, Catch::Contains(
                       "\\u003c/script\\u003e\\u003c!--\\u003cscript\\u003e\\u0026\xEF\xBF\xBD{{script}}{{title}}"));
  std::size_t scripts = 0;
  for (auto at = page.find("</script>"); at != std::string::npos; at = page.find("</script>", at + 1)) ++scripts;
  CHECK(scripts == 2);
}

TEST_CASE("tables of a report say what they are told, and link nowhere else", "[render]") {
  const std::string evil = "</td><script>&\"";
  const Listing listings[] = {{"Some <b>", {"A"}, {{{evil, "host-a.html"}}, {{"plain"}}}},
                              {"None", {"B"}, {}, "nothing"}};
  const std::string alone = list_page("Runs & more", listings);
  const std::string below = report_page("t", {{"hosts", Value::array()}}, listings);
  for (const std::string& page : {alone, below}) {
    CHECK_THAT(page, Catch::Contains("<h2>Some &lt;b&gt;</h2>"));
    CHECK_THAT(page, Catch::Contains(
                         "<td class=\"of-a\"><a href=\"host-a.html\">&lt;/td&gt;&lt;script&gt;&amp;&quot;</a></td>"));
    CHECK_THAT(page, Catch::Contains("<td class=\"of-a\">plain</td>"));
    CHECK_THAT(page, Catch::Contains("<p class=\"soft\">nothing</p>"));
  }
  CHECK_THAT(alone, Catch::Contains("<title>Runs &amp; more</title>"));
  CHECK_THAT(alone, !Catch::Contains("<script"));
  CHECK_THAT(report_page("t", {{"hosts", Value::array()}}), !Catch::Contains("class=\"below\""));
}

}  // namespace cef::render::report_page_tests
