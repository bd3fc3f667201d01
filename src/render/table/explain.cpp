#include "explain.hpp"

#include "cell.hpp"
#include "style.hpp"

#include <cef/core/severity.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>

namespace cef::render {

namespace {

// Of the hosts before a hint: what fits.
constexpr std::size_t most_names_cells = 40;
constexpr std::size_t most_hints = 3;  // of one code: some name their host

std::string_view without_host(std::string_view message, std::string_view host) {
  if (message.starts_with(host) && message.substr(host.size()).starts_with(": "))
    message.remove_prefix(host.size() + 2);
  return message;
}

bool is_part_of_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || (c & 0x80); }

// `#` for every mention of the host: of `c`, but not of the c in `code`.
std::string without_name(std::string_view message, std::string_view host) {
  std::string out;
  while (!message.empty()) {
    const std::size_t end = host.size();
    const bool is_name = !host.empty() && message.starts_with(host) && (out.empty() || !is_part_of_word(out.back())) &&
                         (end == message.size() || !is_part_of_word(message[end]));
    out += is_name ? '#' : message.front();
    message.remove_prefix(is_name ? end : 1);
  }
  return out;
}

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> list;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t space = std::min(text.find(' ', start), text.size());
    list.push_back(text.substr(start, space - start));
    start = space + 1;
  }
  return list;
}

// Letters are digits in an IPv6 address: a word with two colons and nothing else but hex digits, dots and brackets.
bool is_ipv6(std::string_view word) {
  return std::ranges::count(word, ':') >= 2 &&
         word.find_first_not_of("0123456789abcdefABCDEF:.[]%") == std::string_view::npos;
}

bool is_only_warned(const HostResult& result) {
  return is_violated(result) && std::ranges::all_of(result.checks, [](const Check& check) {
           return check.holds || severity(check) == Severity::warning;
         });
}

std::string summary_line(const View& view, const Report& report) {
  const Summary sum = summarise(report);
  const std::string hosts = fmt::format("{} {}{}", sum.hosts, view.noun, sum.hosts == 1 ? "" : "s");
  if (report.run.empty()) return hosts + '\n';  // a list of hosts, to which nothing was done
  std::string counts;
  const auto add = [&](std::size_t count, Status status) {
    if (count == 0) return;
    counts += counts.empty() ? ": " : ", ";
    counts += paint(fmt::format("{} {}", count, name_of(status)), ink_of(status), view.colour);
  };
  add(sum.ok, Status::ok);
  add(sum.changed, Status::changed);
  add(sum.failed, Status::failed);
  add(sum.unreachable, Status::unreachable);
  add(sum.skipped, Status::skipped);
  const auto lacking = static_cast<std::size_t>(std::ranges::count_if(report.results, lacks_record));
  if (lacking > 0 && lacking == sum.skipped && !view.lacking.empty()) counts += fmt::format(" ({})", view.lacking);
  if (sum.violated > 0) {
    const auto only_warned = static_cast<std::size_t>(std::ranges::count_if(report.results, is_only_warned));
    const std::string warned = only_warned > 0 ? fmt::format(" ({} of them as a warning)", only_warned) : "";
    counts += "; " + paint(fmt::format("{} crossed a threshold{}", sum.violated, warned),
                           only_warned == sum.violated ? Ink::yellow : Ink::red, view.colour);
  }
  const double seconds = report.duration_ms / 1e3;
  const std::string time = seconds < 1 ? fmt::format("{:.1f} s", seconds) : show(seconds, Unit::seconds);
  return fmt::format("{}{} in {}\n", hosts, counts, time);
}

}  // namespace

std::string explanation(const View& view, const HostResult& result) {
  if (!result.error) return std::string(name_of(result.status));
  const std::string message = one_line(without_host(result.error->message, result.host), view.escape);
  return message.empty() ? std::string(name_of(result.error->code)) : message;
}

std::string explanation(const View& view, const std::vector<const HostResult*>& hosts) {
  std::vector<std::string> common = words(explanation(view, *hosts.front()));
  for (const HostResult* host : hosts) {
    const std::vector<std::string> its = words(explanation(view, *host));
    if (its.size() != common.size()) continue;
    for (std::size_t i = 0; i < its.size(); ++i) common[i] = common_ends(common[i], its[i]);
  }
  return fmt::format("{}", fmt::join(common, " "));
}

std::string common_ends(std::string_view a, std::string_view b) {
  if (a == b) return std::string(a);
  std::size_t front = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  while (front > 0 && is_part_of_word(a[front - 1])) --front;
  a.remove_prefix(front);
  b.remove_prefix(front);
  std::size_t back = 0;
  while (back < a.size() && back < b.size() && a[a.size() - 1 - back] == b[b.size() - 1 - back]) ++back;
  while (back > 0 && is_part_of_word(a[a.size() - back])) --back;
  return fmt::format("{}…{}", std::string_view(a.data() - front, front), a.substr(a.size() - back));
}

std::string without_particulars(const HostResult& result) {
  if (!result.error) return "";
  const std::string message = without_name(without_host(result.error->message, result.host), result.host);
  std::string out;
  for (const std::string& word : words(message)) {
    out += ' ';
    if (is_ipv6(word)) {
      out += '#';
      continue;
    }
    for (const char c : word)
      if (!is_digit(c))
        out += c;
      else if (out.back() != '#')
        out += '#';
  }
  return out;
}

std::string fold_names(const View& view, const std::vector<std::string>& hosts) {
  const std::string names = view.fold_hosts ? view.fold_hosts(hosts) : fmt::format("{}", fmt::join(hosts, ", "));
  return view.escape ? escape_controls(names) : names;
}

std::string some_names(const View& view, const std::vector<std::string>& hosts, std::size_t cells) {
  std::string names = fold_names(view, hosts);
  if (display_width(names) <= cells) return names;
  const auto first = [&](std::size_t count) {
    const std::vector<std::string> some(hosts.begin(), hosts.begin() + static_cast<std::ptrdiff_t>(count));
    return fmt::format("{} and {} more", fold_names(view, some), hosts.size() - count);
  };
  // The longest beginning that fits, or just one name.
  std::size_t fits = 1, too_many = hosts.size();
  while (fits + 1 < too_many) {
    const std::size_t count = fits + (too_many - fits) / 2;
    (display_width(first(count)) <= cells ? fits : too_many) = count;
  }
  return hosts.size() > 1 ? first(fits) : names;
}

std::string conclusion(const View& view, const Report& report) {
  struct Advice {
    std::string_view code, hint;
    std::vector<std::string> hosts;
  };
  std::vector<Advice> list;
  for (const HostResult& result : report.results) {
    // Why a run stopped early is said at its end, with what to do.
    if (!result.error || hint_of(*result.error).empty() || result.error->code == Code::circuit_open) continue;
    const auto code = name_of(result.error->code);
    const auto hint = hint_of(*result.error);
    const auto same = [&](const Advice& advice) { return advice.code == code && advice.hint == hint; };
    auto it = std::ranges::find_if(list, same);
    if (it == list.end()) it = list.insert(it, {code, hint, {}});
    it->hosts.push_back(result.host);
  }
  std::string text = summary_line(view, report);
  std::map<std::string_view, std::size_t> said, unsaid;  // by code; of the second, hosts
  for (const Advice& advice : list) {
    if (++said[advice.code] > most_hints) {
      unsaid[advice.code] += advice.hosts.size();
      continue;
    }
    const std::string hint = one_line(advice.hint, view.escape);
    const auto lines =
        wrap(fmt::format("{} ({}): {}", advice.code, some_names(view, advice.hosts, most_names_cells), hint),
             view.width > 4 ? view.width - 4 : view.width);
    for (std::size_t i = 0; i < lines.size(); ++i) text += fmt::format("{}{}\n", i == 0 ? "  " : "    ", lines[i]);
  }
  for (const auto& [code, hosts] : unsaid)
    text += fmt::format("  {}: and the same for {} more host{}\n", code, hosts, hosts == 1 ? "" : "s");
  return text;
}

}  // namespace cef::render
