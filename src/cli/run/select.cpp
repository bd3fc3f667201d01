#include "select.hpp"

#include "app.hpp"
#include "options/config.hpp"

#include <cef/core/text.hpp>
#include <cef/inventory/host_set.hpp>
#include <cef/playbook/load.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sstream>
#include <unistd.h>

namespace cef::cli {

namespace {

// Several in one variable are separated as in PATH; a colon in brackets is a range's, and one in a list of hosts
// (`n1:2222,n2`) a port's.
std::vector<std::string> split_paths(const std::string& value) {
  const bool is_list = value.find(',') != std::string::npos && value.find('/') == std::string::npos;
  if (is_list) return {value};
  std::vector<std::string> parts{""};
  bool inside = false;
  for (const char c : value) {
    if (c == '[') inside = true;
    if (c == ']') inside = false;
    if (c == ':' && !inside)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

// The first entry of the folder that somebody else could have written, and why; empty when there is none. What it links
// to lies elsewhere, and is looked at by itself.
std::string foreign_part(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  if (const std::string why = writers_of(folder); !why.empty()) return fmt::format("{}: {}", folder.string(), why);
  std::error_code failed;
  for (fs::recursive_directory_iterator entry(folder, fs::directory_options::follow_directory_symlink, failed), end;
       !failed && entry != end; entry.increment(failed)) {
    if (entry.depth() > 20) return fmt::format("{}: folders in one another too deeply", folder.string());
    std::error_code gone;
    if (!fs::exists(entry->path(), gone)) continue;  // a dangling link is told when it is read
    if (const std::string why = writers_of(entry->path()); !why.empty())
      return fmt::format("{}: {}", entry->path().string(), why);
  }
  return failed ? fmt::format("{}: {}", folder.string(), failed.message()) : "";
}

// What Ansible would take: the last resort of somebody who comes from there.
std::vector<std::filesystem::path> ansibles_inventory() {
  const char* named = std::getenv("ANSIBLE_INVENTORY");
  const std::string value = named ? named : "";
  std::vector<std::filesystem::path> paths;
  const bool is_list = inventory::is_host_list(value);
  for (const std::string& part : is_list ? std::vector{value} : split_list(value))
    paths.push_back(is_list ? std::filesystem::path(part) : expand_user(part));
  if (paths.empty()) paths = playbook::read_config().inventory;
  if (!paths.empty()) return paths;
  // As it comes with the package, all of it is comments.
  const std::filesystem::path usual = "/etc/ansible/hosts";
  const auto text = read_file(usual);
  if (!text) return {};
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);)
    if (const std::string_view word = trim(line); !word.empty() && word[0] != '#' && word[0] != ';') return {usual};
  return {};
}

// Those that the option, the variable or the configuration file names.
std::vector<std::filesystem::path> named_inventories(const Options& options) {
  std::vector<std::filesystem::path> paths;
  const auto* setting = options.find("inventory");
  if (!setting) return paths;
  for (const std::string& value : setting->values)
    for (const std::string& part :
         setting->source == Options::Source::environment ? split_paths(value) : std::vector{value})
      if (!part.empty()) paths.push_back(expand_user(part));
  return paths;
}

}  // namespace

Sources inventory_sources(const Options& options, const Warn& warn) {
  Sources sources;
  if (const auto lists = options.values("hosts"); !lists.empty()) {
    sources.listed = true;
    for (const std::string& list : lists) sources.paths.emplace_back(list + ",");  // one comma makes it a list of hosts
    return sources;
  }
  if (options.find("inventory")) return {.paths = named_inventories(options)};
  std::error_code ignored;
  if (const std::filesystem::path here = "inventory"; std::filesystem::exists(here, ignored)) {
    const std::string foreign = foreign_part(here);
    if (foreign.empty()) return {.paths = {here}, .implicit = true};
    warn(fmt::format("./inventory does not count: {}; it does with -i inventory", foreign));
  }
  for (const auto& folder : {config_folder() / "inventory", std::filesystem::path("/etc/cef/inventory")})
    if (std::filesystem::exists(folder, ignored)) return {.paths = {folder}};
  sources.paths = ansibles_inventory();
  sources.implicit = sources.is_ansibles = !sources.paths.empty();
  return sources;
}

namespace {

// Those that --hosts names are others than the inventory's of the same names, whose settings do not count.
void tell_of_namesakes(const inventory::Inventory& listed, const Options& options, const Warn& warn) {
  Sources sources{.paths = named_inventories(options)};
  std::error_code ignored;
  for (const auto& usual :
       {std::filesystem::path("inventory"), config_folder() / "inventory", std::filesystem::path("/etc/cef/inventory")})
    if (sources.paths.empty() && std::filesystem::exists(usual, ignored)) sources.paths.push_back(usual);
  if (sources.paths.empty()) return;
  const auto other = inventory::load(sources.paths, inventory::Programs::skip);
  if (!other) return;
  std::vector<std::string> both;
  for (const inventory::Host& host : listed.hosts())
    if (other->inventory.host(host.name)) both.push_back(host.name);
  if (!both.empty())
    warn(fmt::format("{} {} in the inventory too, whose settings do not count with -w: host={} takes them",
                     inventory::fold(both), both.size() == 1 ? "is" : "are", inventory::fold(both)));
}

// Between sets that an inventory knows they are operators; in a name they would be letters like others.
Result<void> refuse_operators(const std::string& list) {
  const auto at = list.find_first_of("!&^()");
  if (at == std::string::npos) return {};
  return Unexpected(
      Error{Code::usage, fmt::format("-w {}: '{}' stands in no host's name", list.substr(0, list.size() - 1), list[at]),
            "-w takes names and sets with commas between them, and -x leaves hosts out"});
}

// `@FILE` and `-` in -w are lists of hosts, as in host=.
Result<void> read_lists(std::vector<std::filesystem::path>& paths) {
  const inventory::ReadInput read = standard_input();
  for (std::filesystem::path& path : paths) {
    if (const std::string list = path.string(); list.starts_with('@') || list == "-,") {
      const auto names = inventory::parse_selector("host=" + list.substr(0, list.size() - 1), read);
      if (!names) return Unexpected(names.error());
      path = fmt::format("{},", fmt::join(names->values, ","));
    }
    if (auto fine = refuse_operators(path.string()); !fine) return fine;
  }
  return {};
}

}  // namespace

Result<inventory::Inventory> load_inventory(const Options& options, const Warn& warn, const inventory::Beside& beside) {
  return load_inventory(inventory_sources(options, warn), options, warn, beside);
}

Result<inventory::Inventory> load_inventory(const Sources& sources, const Options& options, const Warn& warn,
                                            const inventory::Beside& beside) {
  if (sources.paths.empty())
    return Unexpected(
        Error{Code::invalid_inventory, "there is no inventory",
              "name one with -i or CEF_INVENTORY, put files into ./inventory/, ~/.config/cef/inventory/ or "
              "/etc/cef/inventory/, or name hosts with -w"});
  if (sources.listed && options.is_typed("inventory"))
    return Unexpected(Error{Code::usage, "-w names hosts without an inventory: it has no meaning with -i",
                            "host= chooses hosts of the inventory"});
  auto paths = sources.paths;
  if (sources.listed)
    if (const auto read = read_lists(paths); !read) return Unexpected(read.error());
  using inventory::Programs;
  auto loaded = inventory::load(paths, sources.implicit ? Programs::skip : Programs::run, beside);
  if (!loaded) {
    std::string all;
    for (cef::Diagnostic& diagnostic : loaded.error()) {
      // Of a list the loader knows no other option.
      if (sources.listed && diagnostic.file.starts_with("-i ") && diagnostic.file.ends_with(','))
        diagnostic.file = "-w " + diagnostic.file.substr(3, diagnostic.file.size() - 4);
      all += (all.empty() ? "" : "\n") + show(diagnostic);
    }
    return Unexpected(Error{Code::invalid_inventory, std::move(all), ""});
  }
  if (sources.implicit && !options.flag("quiet"))
    note(sources.is_ansibles ? fmt::format("the inventory is {}, Ansible's", sources.paths.front().string())
                             : "the inventory is ./inventory");
  if (sources.listed) tell_of_namesakes(loaded->inventory, options, warn);
  for (const auto& diagnostic : loaded->warnings) warn(show(diagnostic));
  return std::move(loaded->inventory);
}

inventory::ReadInput standard_input(std::size_t most) {
  return [most, input = std::optional<std::string>()]() mutable -> Result<std::string> {
    if (input) return *input;
    std::string text;
    for (char part[65536];;) {
      const ssize_t n = ::read(STDIN_FILENO, part, sizeof part);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0)
        return Unexpected(
            Error{Code::usage, fmt::format("standard input cannot be read: {}", std::strerror(errno)), ""});
      if (n == 0) break;
      text.append(part, static_cast<std::size_t>(n));
      if (text.size() > most)
        return Unexpected(Error{Code::usage, fmt::format("standard input is longer than {} MiB", most >> 20U), ""});
    }
    return input.emplace(std::move(text));
  };
}

bool chooses_any(const std::vector<std::string>& words, const Options& options) {
  return !words.empty() || options.is_typed("all-hosts") || !options.values("limit").empty() ||
         !options.values("hosts").empty();
}

Result<std::vector<std::size_t>> select_hosts(const inventory::Inventory& inventory,
                                              const std::vector<std::string>& words, const Options& options) {
  const inventory::ReadInput read = standard_input();
  std::vector<inventory::Selector> selectors;
  inventory::Choice choice{.limits = options.values("limit"), .without = options.values("exclude")};
  if (options.is_typed("all-hosts")) choice.words.emplace_back("all");
  for (const std::string& word : words) {
    if (!inventory::is_selector(word)) {
      choice.words.push_back(word);
      continue;
    }
    auto selector = inventory::parse_selector(word, read);
    if (!selector) return Unexpected(selector.error());
    selectors.push_back(std::move(*selector));
  }
  if (selectors.empty() && choice.words.empty() && choice.limits.empty() && !options.values("hosts").empty())
    choice.words = {"all"};
  return inventory::select(inventory, selectors, choice);
}

Result<std::vector<std::size_t>> select_hosts_or_all(const inventory::Inventory& inventory,
                                                     const std::vector<std::string>& words, const Options& options) {
  if (chooses_any(words, options)) return select_hosts(inventory, words, options);
  if (options.values("exclude").empty()) return inventory.members("all");  // of an empty one, none
  return select_hosts(inventory, {"all"}, options);
}

}  // namespace cef::cli
