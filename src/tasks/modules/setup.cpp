// setup (gather_facts), package_facts and service_facts.
#include "modules/facts.hpp"
#include "modules/registry.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <fnmatch.h>

namespace cef::tasks::modules {

namespace setup_parts {
namespace {

struct Subset {
  bool hardware = true, network = true, virtual_ = true;
};

bool is_part(const std::string& word, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, std::string_view(word)) != names.end();
}

// `all`, `min`, and what is added to that or, with `!`, left out. Of finer names the whole part is gathered.
Subset subset_of(const Value& params) {
  const auto words = list_of(params, "gather_subset");
  const bool excludes_only = std::ranges::all_of(words, [](const std::string& word) { return word.starts_with('!'); });
  const bool all = words.empty() || excludes_only || std::ranges::find(words, "all") != words.end();
  Subset subset{all, all, all};
  for (const std::string& given : words) {
    const bool on = !given.starts_with('!');
    const std::string word = on ? given : given.substr(1);
    if (word == "all" && !on) subset = {false, false, false};
    if (is_part(word, {"hardware", "devices", "mounts", "processor", "memtotal_mb", "product_name", "dmi"}))
      subset.hardware = on;
    if (is_part(word, {"network", "interfaces", "default_ipv4", "all_ipv4_addresses", "all_ipv6_addresses"}))
      subset.network = on;
    if (is_part(word, {"virtual", "virtualization_type", "virtualization_role"})) subset.virtual_ = on;
  }
  // What was asked for stays in although `!all` came after it.
  for (const std::string& word : words) {
    subset.hardware = subset.hardware || is_part(word, {"hardware"});
    subset.network = subset.network || is_part(word, {"network"});
    subset.virtual_ = subset.virtual_ || is_part(word, {"virtual"});
  }
  return subset;
}

bool wanted(const std::string& name, const std::vector<std::string>& filters) {
  if (filters.empty()) return true;
  return std::ranges::any_of(filters, [&](const std::string& filter) {
    return filter.empty() || filter == "*" || ::fnmatch(filter.c_str(), ("ansible_" + name).c_str(), 0) == 0 ||
           ::fnmatch(filter.c_str(), name.c_str(), 0) == 0;
  });
}

// Files of facts.d: JSON, or sections of options.
Value local_fact(const std::string& text) {
  Value read = Value::parse(text, nullptr, false);
  if (!read.is_discarded()) return read;
  Value sections = Value::object();
  std::string section;
  for (const std::string& line : lines_of(text)) {
    const std::string_view bare = trim(line);
    if (bare.starts_with('[') && bare.ends_with(']')) section = bare.substr(1, bare.size() - 2);
    const auto equals = bare.find('=');
    if (equals == std::string_view::npos || bare.starts_with('#') || section.empty()) continue;
    sections[section][lower(trim(bare.substr(0, equals)))] = std::string(trim(bare.substr(equals + 1)));
  }
  return sections;
}

Course setup_course(Arguments arguments) {
  const Subset subset = subset_of(arguments.params);
  Sheet sheet(arguments);
  sheet.set("hardware", subset.hardware ? "yes" : "")
      .set("network", subset.network ? "yes" : "")
      .set("virtual", subset.virtual_ ? "yes" : "")
      .paths({"fact_path"})
      .add(facts_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  if (verdict.error) co_return verdict;
  Value facts = Value::object(), local = Value::object();
  put_system_facts(facts, answer);
  if (subset.hardware) put_hardware_facts(facts, answer);
  if (subset.network) put_network_facts(facts, answer);
  if (subset.virtual_) put_virtual_facts(facts, answer);
  for (const std::string& name : answer.names())
    if (name.starts_with("local:")) local[name.substr(6)] = local_fact(answer.text(name));
  facts["local"] = std::move(local);
  const auto filters = list_of(arguments.params, "filter");
  Value kept = Value::object();
  for (auto& [name, value] : facts.items())
    if (wanted(name, filters)) kept["ansible_" + name] = std::move(value);
  auto subsets = list_of(arguments.params, "gather_subset");
  kept["gather_subset"] = subsets.empty() ? std::vector<std::string>{"all"} : subsets;
  kept["module_setup"] = true;
  verdict.data = {{"ansible_facts", std::move(kept)}};
  co_return verdict;
}

// A line a package, in fields between tabs.
constexpr const char* package_script = R"sh(
t=$(mktemp 2>&1) || die "no temporary file can be made: ${t##*: }"
trap 'rm -f "$t"' EXIT
if have dpkg-query; then
  say "manager apt"
  dpkg-query -W -f='${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\t${Section}\t${Origin}\n' | sed -n 's/^installed\t//p' >"$t"
elif have rpm; then
  say "manager rpm"
  rpm -qa --queryformat '%{NAME}\t%{VERSION}-%{RELEASE}\t%{ARCH}\t\t%{VENDOR}\n' >"$t"
elif have apk; then
  say "manager apk"
  apk list -I 2>/dev/null | sed 's/^\(.*\)-\([^-]*-r[0-9]*\) \([^ ]*\) .*/\1\t\2\t\3\t\t/' >"$t"
else
  die "Could not detect a supported package manager"
fi
blob packages "$t"
end
)sh";

Course package_course(Arguments arguments) {
  Sheet sheet(arguments);
  sheet.add(package_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  if (verdict.error) co_return verdict;
  Value packages = Value::object();
  for (const std::string& line : lines_of(answer.text("packages"))) {
    auto fields = fields_of(line, '\t');
    fields.resize(5);
    Value package{{"name", fields[0]}, {"version", fields[1]}, {"arch", fields[2]}};
    if (!fields[3].empty()) package["category"] = fields[3];
    if (!fields[4].empty()) package["origin"] = fields[4];
    package["source"] = answer.text("manager");
    packages[fields[0]].push_back(std::move(package));
  }
  verdict.data = {{"ansible_facts", {{"packages", std::move(packages)}}}};
  co_return verdict;
}

constexpr const char* service_script = R"sh(
t=$(mktemp 2>&1) || die "no temporary file can be made: ${t##*: }"
trap 'rm -f "$t"' EXIT
if [ -d /run/systemd/system ]; then
  systemctl list-units --no-pager --no-legend --plain --type service --all >"$t" 2>/dev/null
  blob units "$t"
  systemctl list-unit-files --no-pager --no-legend --type service --all >"$t" 2>/dev/null
  blob files "$t"
elif [ -d /etc/init.d ]; then
  for f in /etc/init.d/*; do
    [ -x "$f" ] && ! [ -d "$f" ] || continue
    state=stopped
    if "$f" status >/dev/null 2>&1 </dev/null; then state=running; fi
    say "script ${f##*/} $state"
  done
fi
end
)sh";

Course service_course(Arguments arguments) {
  Sheet sheet(arguments);
  sheet.add(service_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  if (verdict.error) co_return verdict;
  Value services = Value::object();
  const auto words_of = [](const std::string& line) {
    std::vector<std::string> words;
    for (std::string& word : fields_of(line, ' '))
      if (!word.empty() && word != "●") words.push_back(std::move(word));
    return words;
  };
  for (const std::string& line : lines_of(answer.text("files"))) {
    const auto words = words_of(line);
    if (words.size() > 1)
      services[words[0]] = {{"name", words[0]}, {"state", "unknown"}, {"status", words[1]}, {"source", "systemd"}};
  }
  for (const std::string& line : lines_of(answer.text("units"))) {
    const auto words = words_of(line);  // its name, whether it is loaded, whether it is active, and how
    if (words.size() < 4) continue;
    const bool bad = words[1] == "not-found" || words[1] == "masked" || words[2] == "failed";
    Value& service = services[words[0]];
    if (!service.is_object()) service = {{"name", words[0]}, {"status", words[1]}, {"source", "systemd"}};
    service["name"] = words[0];
    service["state"] = words[3] == "running"         ? "running"
                       : bad && words[2] == "failed" ? "failed"
                       : words[2] == "active"        ? "stopped"
                                                     : "inactive";
    if (words[1] == "not-found") service["status"] = "not-found";
  }
  for (const std::string& line : answer.all("script")) {
    const auto words = words_of(line);
    if (words.size() > 1) services[words[0]] = {{"name", words[0]}, {"state", words[1]}, {"source", "sysv"}};
  }
  verdict.data = {{"ansible_facts", {{"services", std::move(services)}}}};
  co_return verdict;
}

using Kind = Param::Kind;
constexpr Param setup_params[] = {{.name = "gather_subset", .kind = Kind::list},
                                  {.name = "filter", .kind = Kind::list},
                                  {.name = "gather_timeout", .kind = Kind::number},
                                  {.name = "fact_path", .kind = Kind::path, .otherwise = "/etc/ansible/facts.d"}};
constexpr Param package_params[] = {{.name = "manager", .kind = Kind::list}, {.name = "strategy"}};

Columns setup_columns() {
  return {{"distribution", "data.ansible_facts.ansible_distribution", Unit::none, Align::left, "what runs there"},
          {"version", "data.ansible_facts.ansible_distribution_version", Unit::none, Align::left, "of it"},
          {"kernel", "data.ansible_facts.ansible_kernel", Unit::none, Align::left, "of it"},
          {"address", "data.ansible_facts.ansible_default_ipv4.address", Unit::none, Align::left, "of the host"}};
}

}  // namespace
}  // namespace setup_parts

constinit const Task setup{.name = "setup",
                           .summary = "facts of the host, by Ansible's names",
                           .params = setup_parts::setup_params,
                           .columns = setup_parts::setup_columns,
                           .course = setup_parts::setup_course,
                           .aliases = "gather_facts"};
constinit const Task package_facts{.name = "package_facts",
                                   .summary = "packages that are installed",
                                   .params = setup_parts::package_params,
                                   .columns = message_columns,
                                   .course = setup_parts::package_course};
constinit const Task service_facts{.name = "service_facts",
                                   .summary = "services that there are, and whether they run",
                                   .columns = message_columns,
                                   .course = setup_parts::service_course};

}  // namespace cef::tasks::modules
