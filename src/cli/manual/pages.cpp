#include "pages.hpp"

#include "sections.hpp"

#include <fmt/format.h>

#include <array>

namespace cef::cli::manual {

namespace pages_parts {
namespace {

// The files of docs/ that pages are made of, as they were when the program was made.
std::string_view document(std::string_view name) {
  static constexpr std::pair<std::string_view, std::string_view> documents[] = {
#include <documents.inc>  // made by CMakeLists.txt
  };
  for (const auto& [file, text] : documents)
    if (file == name) return text;
  return "";
}

std::string of_verb(std::string_view verb) { return fmt::format("cef-{}(1)", verb); }

void append(Page& page, std::vector<Section> sections) {
  for (Section& section : sections) page.sections.push_back(std::move(section));
}

}  // namespace
}  // namespace pages_parts

using namespace pages_parts;

const std::vector<Topic>& topics() {
  static const std::vector<Topic> list = {
      {"inventory", "inventory", 5, "the hosts that cef knows: files, groups, variables"},
      {"config", "config", 5, "options of cef that hold for every run"},
      {"playbook", "playbooks", 5, "Ansible's playbooks as cef runs them, and its modules"},
      {"faults", "faults", 7, "what cef reports when a host is broken"},
  };
  return list;
}

Page program_page() {
  Page page{.name = "cef", .number = 1, .summary = "run a whole fleet of hosts over SSH"};
  page.usage = {"cef VERB HOSTS... [options] [-- COMMAND...]"};
  Section about{""};
  about.say(
      "cef works on any number of hosts at once, over plain SSH: it runs commands, looks at what hosts are and how "
      "they "
      "are, keeps them up to date, delivers files and models, and runs Ansible's playbooks. Nothing is installed on a "
      "host, which needs its SSH server and a POSIX shell. It reads Ansible's inventories as they are.");
  about.say("`cef help VERB` shows a verb's page; `cef VERB -h` is shorter.");
  page.sections.push_back(std::move(about));
  page.sections.push_back({"Examples",
                           {{Block::Kind::example,
                             "cef ping rpi\ncef exec server -F -- nvidia-smi -L\n"
                             "cef disk all --where 'used_pct>80'\ncef play site.yml -C -D\n"
                             "cef retry last\n"}}});
  for (Section& part : about_verbs()) {
    part.title = "Verbs: " + part.title;
    page.sections.push_back(std::move(part));
  }
  Section hosts{"Hosts"};
  for (const Section& part : about_hosts()) {
    hosts.blocks.push_back({Block::Kind::heading, part.title});
    hosts.blocks.insert(hosts.blocks.end(), part.blocks.begin(), part.blocks.end());
  }
  page.sections.push_back(std::move(hosts));
  append(page, shared_options(nullptr));
  page.sections.push_back(about_formats());
  page.sections.push_back(exit_codes());
  page.sections.push_back(environment());
  page.sections.push_back(files());
  for (const Topic& topic : topics()) page.related.push_back(fmt::format("cef-{}({})", topic.name, topic.number));
  for (const Verb& verb : verbs()) page.related.push_back(of_verb(verb.name));
  return page;
}

Page page_of(const Verb& verb) {
  Page page{.name = "cef-" + verb.name, .number = 1, .summary = verb.summary};
  page.usage = {fmt::format("cef {}{}{}", verb.name, verb.usage.empty() ? "" : " ", verb.usage)};
  if (!verb.details.empty()) {
    Section details{""};
    details.say(verb.details);
    page.sections.push_back(std::move(details));
  }
  Section examples{"Examples"};
  std::string lines;
  for (const std::string& example : verb.examples) lines += example + '\n';
  examples.blocks.push_back({Block::Kind::example, std::move(lines)});
  page.sections.push_back(std::move(examples));
  if (!verb.options.empty())
    page.sections.push_back(options_section(fmt::format("Options of {}", verb.name), verb.options));
  if (!verb.columns.empty()) page.sections.push_back(columns_section(verb));
  if (!verb.metrics.empty()) page.sections.push_back(metrics_section(verb));
  append(page, shared_options(&verb));
  page.sections.push_back(exit_codes());
  page.related = {"cef(1)", "cef-inventory(5)", "cef-config(5)", "cef-faults(7)"};
  if (verb.name == "play" || verb.name == "task") page.related.emplace_back("cef-playbook(5)");
  return page;
}

Page page_of(const Topic& topic) {
  Page page{.name = fmt::format("cef-{}", topic.name), .number = topic.number, .summary = std::string(topic.summary)};
  page.sections = read_markdown(document(topic.file), table_of);
  page.related = {"cef(1)"};
  for (const Topic& other : topics())
    if (other.name != topic.name) page.related.push_back(fmt::format("cef-{}({})", other.name, other.number));
  return page;
}

std::vector<Page> all_pages() {
  std::vector<Page> pages{program_page()};
  for (const Verb& verb : verbs()) pages.push_back(page_of(verb));
  for (const Topic& topic : topics()) pages.push_back(page_of(topic));
  return pages;
}

}  // namespace cef::cli::manual
