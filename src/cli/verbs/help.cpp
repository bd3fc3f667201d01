// cef help: what cef can do, its options and its formats; the pages of the manual, for man and for browsers.
#include "help.hpp"

#include "console/output.hpp"
#include "manual/pages.hpp"
#include "verbs.hpp"

#include <cef/core/file.hpp>

#include <fmt/format.h>

#include <filesystem>

namespace cef::cli {

namespace {

// For man, or for browsers.
std::string written(const manual::Page& page, bool as_html) {
  return as_html ? manual::as_html(page) : manual::as_roff(page);
}

Result<void> write_manual(const std::filesystem::path& folder, bool as_html) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return Unexpected(Error{Code::io_failed, fmt::format("{}: {}", folder.string(), failed.message()), ""});
  for (const manual::Page& page : manual::all_pages()) {
    const std::string name = fmt::format("{}.{}{}", page.name, page.number, as_html ? ".html" : "");
    if (auto put = write_file(folder / name, written(page, as_html)); !put) return put;
  }
  return {};
}

int write_pages(const Context& context) {
  const bool as_html = context.arguments.has("html");
  if (const auto folder = context.arguments.text("dir")) {
    const auto written = write_manual(*folder, as_html);
    return written ? exit_ok : complain(written.error());
  }
  Output output(std::nullopt);
  for (const std::string& word : context.operands.empty() ? std::vector<std::string>{"cef"} : context.operands) {
    const auto page = page_about(word);
    if (!page) return complain(page.error());
    output.write_text(written(*page, as_html));
  }
  const auto finished = output.finish();
  return finished ? exit_ok : complain(finished.error());
}

int run(const Verb&, Context& context) {
  const Arguments& given = context.arguments;
  if (given.has("man") && given.has("html"))
    return complain({Code::usage, "--man and --html are two forms of one page: give one of them", ""});
  if (given.has("man") || given.has("html")) return write_pages(context);
  if (given.has("dir")) return complain({Code::usage, "--dir wants --man or --html", ""});
  const std::size_t width = help_width(context.terminal);
  std::string text;
  if (context.operands.empty()) text = program_help(width);
  for (const std::string& word : context.operands) {
    const auto about = help_about(word, width);
    if (!about) return complain(about.error());
    text += (text.empty() ? "" : "\n") + *about;
  }
  Output output(std::nullopt);
  output.write_text(text);
  const auto written = output.finish();
  return written ? exit_ok : complain(written.error());
}

}  // namespace

Verb help_verb() {
  return {
      .name = "help",
      .summary = "tell about a verb, about hosts, options, formats or exit-codes, or about a file",
      .usage = "[VERB|verbs|hosts|options|formats|exit-codes|inventory|config|playbook|faults] [options]",
      .details = "With --man or --html the same as a page of the manual; without a word that of cef itself.",
      .examples = {"cef help", "cef help ping", "cef help inventory", "cef help --man exec | man -l -",
                   "cef help --html --dir manual"},
      .options = {{.name = "man", .help = "the page for man, in roff", .kind = Param::Kind::flag},
                  {.name = "html", .help = "the page for browsers", .kind = Param::Kind::flag},
                  {.name = "dir",
                   .value = "DIR",
                   .help = "with --man or --html: every page there is, each into a file of this folder",
                   .kind = Param::Kind::path,
                   .never_empty = true}},
      .run = run,
      .takes_operands = true,
  };
}

}  // namespace cef::cli
