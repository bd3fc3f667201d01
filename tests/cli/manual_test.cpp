#include "help.hpp"
#include "manual/pages.hpp"
#include "manual/sections.hpp"

#include <cef/core/error.hpp>
#include <cef/tasks/modules.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

namespace cef::cli::manual {

namespace {

std::vector<Block> no_table(std::string_view) { return {}; }

bool has_term(const Page& page, std::string_view term) {
  return std::ranges::any_of(page.sections, [&](const Section& section) {
    return std::ranges::any_of(section.blocks, [&](const Block& block) { return block.term == term; });
  });
}

}  // namespace

TEST_CASE("there is a page for cef, for every verb and for every file, each with a name of its own", "[manual]") {
  const auto pages = all_pages();
  CHECK(pages.size() == 1 + verbs().size() + topics().size());
  std::vector<std::string> names;
  for (const Page& page : pages) {
    CAPTURE(page.name);
    names.push_back(page.name);
    CHECK_FALSE(page.summary.empty());
    CHECK(page.sections.size() > 1);
    CHECK_FALSE(as_text(page, 80).empty());
  }
  std::ranges::sort(names);
  CHECK(std::ranges::adjacent_find(names) == names.end());
}

TEST_CASE("pages refer to pages that there are", "[manual]") {
  std::vector<std::string> names;
  for (const Page& page : all_pages()) names.push_back(page.name + "(" + std::to_string(page.number) + ")");
  for (const Page& page : all_pages())
    for (const std::string& other : page.related) {
      CAPTURE(page.name, other);
      CHECK(std::ranges::find(names, other) != names.end());
    }
}

TEST_CASE("a verb's page has its options, its columns and its numbers, in every form", "[manual]") {
  for (const Verb& verb : verbs()) {
    CAPTURE(verb.name);
    const Page page = page_of(verb);
    const std::string text = as_text(page, 100), roff = as_roff(page), html = as_html(page);
    CHECK(verb_help(verb, 100) == text);
    for (const Param& option : verb.options) {
      CAPTURE(option.name);
      CHECK(text.find("--" + std::string(option.name)) != std::string::npos);
      CHECK(html.find("--" + std::string(option.name)) != std::string::npos);
      std::string in_roff = "\\-\\-" + std::string(option.name);
      for (std::size_t at = 4; (at = in_roff.find('-', at)) != std::string::npos; at += 2) in_roff.insert(at, "\\");
      CHECK(roff.find(in_roff) != std::string::npos);
    }
    for (const Column& column : verb.columns) CHECK(has_term(page, column.name + (column.extra ? " *" : "")));
    for (const Metric& metric : verb.metrics) CHECK(has_term(page, metric.name()));
    CHECK(has_term(page, "130, 143"));
  }
}

TEST_CASE("pages on files and faults have the program's own tables", "[manual]") {
  const auto page = [](std::string_view name) { return *page_about(name); };
  const Page config = page("config");
  for (const Param& spec : option_specs())
    CHECK(std::ranges::any_of(config.sections, [&](const Section& section) {
      return std::ranges::any_of(
          section.blocks, [&](const Block& block) { return block.term.starts_with(std::string(spec.name) + ":"); });
    }));
  CHECK(as_text(config, 80).find("CEF_CONNECT_TIMEOUT") != std::string::npos);
  const Page faults = page("faults");
  for (int code = 0; code <= static_cast<int>(Code::internal); ++code)
    CHECK(has_term(faults, name_of(static_cast<Code>(code))));
  CHECK(has_term(faults, "silent"));  // of the table that the tests write
  const Page playbook = page("playbook");
  for (const tasks::Task* module : tasks::all_modules()) CHECK(has_term(playbook, module->name));
  CHECK(has_term(playbook, "ignore_errors"));
  const Page inventory = page("inventory");
  CHECK(as_text(inventory, 80).find("`ansible_ssh_port`") != std::string::npos);
  // What is for readers of the files alone is not there.
  for (const Topic& topic : topics()) CHECK(as_text(page_of(topic), 80).find("<!--") == std::string::npos);
  CHECK(as_text(faults, 80).find("CEF_UPDATE_DOCS") == std::string::npos);
}

TEST_CASE("Markdown becomes sections", "[manual]") {
  const auto sections = read_markdown(
      "# Title\n\nFirst `a|b` line\nand second.\n\n    cef ping\n\n    cef os\n\n## Table\n\n| a | b |\n|---|---|\n| "
      "`x\\|y` | one |\n"
      "| z | two |\n\n| k | m | n |\n|---|---|---|\n| p | q | r |\n\n- item\n  goes on\n- other\n\n```\n$ cef\n| no "
      "table |\n```\n"
      "<!-- cef: none -->\nhidden\n<!-- cef: end -->\nlast\n",
      no_table);
  REQUIRE(sections.size() == 2);
  REQUIRE(sections[0].blocks.size() == 2);
  CHECK(sections[0].title.empty());
  CHECK(sections[0].blocks[0].text == "First `a|b` line and second.");
  CHECK(sections[0].blocks[1].kind == Block::Kind::example);
  CHECK(sections[0].blocks[1].text == "cef ping\n\ncef os\n");
  CHECK(sections[1].title == "Table");
  REQUIRE(sections[1].blocks.size() == 7);
  CHECK(sections[1].blocks[0].term == "x|y");
  CHECK(sections[1].blocks[1].text == "two");
  CHECK(sections[1].blocks[2].text == "m: q; n: r");
  CHECK(sections[1].blocks[3].text == "item goes on");
  CHECK(sections[1].blocks[4].kind == Block::Kind::item);
  CHECK(sections[1].blocks[5].text == "$ cef\n| no table |\n");
  CHECK(sections[1].blocks[6].text == "last");
}

TEST_CASE("nothing that is said is a request to roff or to a browser", "[manual]") {
  Page page{.name = "cef-x", .number = 5, .summary = "a \\ and - and <b>"};
  Section section{"Say \"so\""};
  section.say(".so /etc/passwd");
  section.say("'it' is `**no**` [link](https://example.net/?a=1&b=2) ~^");
  section.add("--a-b 'c'", "<script>");
  section.blocks.push_back({Block::Kind::example, ".x\n\\n\n"});
  page.sections.push_back(section);
  const std::string roff = as_roff(page), html = as_html(page);
  CAPTURE(roff, html);
  CHECK(roff.find("\n.so") == std::string::npos);
  CHECK(roff.find("\n\\&.so /etc/passwd") != std::string::npos);
  CHECK(roff.find("\\(aqit\\(aq is \\fB**no**\\fR link \\(ti\\(ha") != std::string::npos);
  CHECK(roff.find("\\fB\\-\\-a\\-b \\(aqc\\(aq\\fR") != std::string::npos);
  CHECK(roff.find("\n\\&.x\n\\(rsn\n") != std::string::npos);
  CHECK(roff.find(".SH \"SAY \\(dqSO\\(dq\"") != std::string::npos);
  CHECK(html.find("<script>") == std::string::npos);
  CHECK(html.find("href=\"https://example.net/?a=1&amp;b=2\"") != std::string::npos);
}

}  // namespace cef::cli::manual
