// ufw and iptables.
#include "modules/registry.hpp"
#include "modules/shell.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cef::tasks::modules {

namespace firewall_parts {
namespace {

using Kind = Param::Kind;

// What ufw would have, before and after: its rules, and whether it is on.
constexpr const char* ufw_script = R"sh(
have ufw || die "Failed to find required executable \"ufw\""
state_of() { ufw status verbose 2>/dev/null; cat /etc/ufw/user.rules /etc/ufw/user6.rules /lib/ufw/user.rules 2>/dev/null | grep '^### tuple'; grep -h -E '^(ENABLED|LOGLEVEL|DEFAULT_)' /etc/ufw/ufw.conf /etc/default/ufw 2>/dev/null; }
before=$(state_of)
dry=
[ -z "$check" ] || dry=--dry-run
act() {
  said=$(ufw $dry "$@" 2>&1 </dev/null) || die "ufw $* failed: $(printf %s "$said" | tail -n 2 | tr '\n' ' ')"
  # In check mode it says itself whether it would change its rules.
  [ -z "$check" ] || case $said in *'Skipping '*) ;; *) would=yes ;; esac
}
would=
active() { ufw status 2>/dev/null | grep -q '^Status: active'; }
case $state in
  enabled) if ! active; then would=yes; [ -n "$check" ] || act --force enable; fi ;;
  disabled) if active; then would=yes; [ -n "$check" ] || act disable; fi ;;
  reloaded) would=yes; [ -n "$check" ] || act reload ;;
  reset) would=yes; [ -n "$check" ] || act --force reset ;;
esac
if [ -n "$default" ]; then
  case $direction in in) where=incoming ;; out) where=outgoing ;; '') where=incoming ;; *) where=$direction ;; esac
  case $where in incoming) key=INPUT ;; outgoing) key=OUTPUT ;; *) key=FORWARD ;; esac
  case $default in allow) word=ACCEPT ;; deny) word=DROP ;; reject) word=REJECT ;; esac
  if ! grep -q "^DEFAULT_${key}_POLICY=\"$word\"" /etc/default/ufw 2>/dev/null; then
    would=yes
    [ -n "$check" ] || act default "$default" "$where"
  fi
fi
if [ -n "$logging" ]; then
  case $logging in on) level=low ;; *) level=$logging ;; esac
  if ! grep -q "^LOGLEVEL=$level" /etc/ufw/ufw.conf 2>/dev/null; then would=yes; [ -n "$check" ] || act logging "$logging"; fi
fi
if [ -n "$rule" ]; then act "$@"; fi
if [ -n "$check" ]; then
  [ -z "$would" ] || changed
else
  after=$(state_of)
  { [ "$before" = "$after" ] && [ "$state" != reloaded ]; } || changed
fi
say "ran ufw $*"
end
)sh";

// As ufw takes it: `[route] [delete] [insert N] RULE in on IF log from A port P to B port P proto X comment C`.
std::vector<std::string> ufw_words(const Value& params) {
  std::vector<std::string> words;
  if (is_set(params, "route")) words.emplace_back("route");
  if (is_set(params, "delete")) words.emplace_back("delete");
  if (params.contains("insert")) words.insert(words.end(), {"insert", text_of(params, "insert")});
  words.push_back(text_of(params, "rule"));
  const auto pair = [&](const char* word, const char* name) {
    if (is_set(params, name)) words.insert(words.end(), {word, text_of(params, name)});
  };
  const std::string direction = text_of(params, "direction");
  if (direction == "in" || direction == "out") words.push_back(direction);
  pair("on", "interface");
  if (is_set(params, "interface_in")) words.insert(words.end(), {"in", "on", text_of(params, "interface_in")});
  if (is_set(params, "interface_out")) words.insert(words.end(), {"out", "on", text_of(params, "interface_out")});
  if (is_set(params, "log")) words.emplace_back("log");
  words.insert(words.end(), {"from", text_of(params, "from_ip")});
  pair("port", "from_port");
  words.insert(words.end(), {"to", text_of(params, "to_ip")});
  pair("port", "to_port");
  pair("proto", "proto");
  pair("app", "name");
  pair("comment", "comment");
  return words;
}

Course ufw_course(Arguments arguments) {
  const Value& params = arguments.params;
  Sheet sheet(arguments);
  sheet.take({"state", "default", "direction", "logging", "rule"})
      .words(is_set(params, "rule") ? ufw_words(params) : std::vector<std::string>())
      .add(ufw_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  verdict.data["commands"] = answer.all("ran");
  co_return verdict;
}

constexpr Param ufw_params[] = {
    {.name = "state", .kind = Kind::choice, .choices = "disabled,enabled,reloaded,reset"},
    {.name = "default", .kind = Kind::choice, .choices = "allow,deny,reject", .aliases = "policy"},
    {.name = "logging", .kind = Kind::choice, .choices = "full,high,low,medium,off,on"},
    {.name = "direction", .kind = Kind::choice, .choices = "in,incoming,out,outgoing,routed"},
    {.name = "rule", .kind = Kind::choice, .choices = "allow,deny,limit,reject"},
    {.name = "route", .kind = Kind::flag},
    {.name = "delete", .kind = Kind::flag},
    {.name = "insert", .kind = Kind::number},
    {.name = "interface", .aliases = "if"},
    {.name = "interface_in", .aliases = "if_in"},
    {.name = "interface_out", .aliases = "if_out"},
    {.name = "log", .kind = Kind::flag},
    {.name = "from_ip", .otherwise = "any", .aliases = "from,src"},
    {.name = "from_port"},
    {.name = "to_ip", .otherwise = "any", .aliases = "dest,to"},
    {.name = "to_port", .aliases = "port"},
    {.name = "proto", .aliases = "protocol"},
    {.name = "name", .aliases = "app"},
    {.name = "comment"}};

// $@ is the rule. `iptables -C` says whether it is there.
constexpr const char* iptables_script = R"sh(
program=iptables
[ "$ip_version" != ipv6 ] || program=ip6tables
have "$program" || die "Failed to find required executable \"$program\""
tables() { "$program" -w -t "$table" "$@"; }
if [ -n "$flush" ]; then
  changed
  [ -n "$check" ] || run tables -F ${chain:+"$chain"}
  end
fi
if [ -n "$policy" ]; then
  now=$(tables -S "$chain" 2>/dev/null | sed -n "s/^-P $chain //p")
  [ -n "$now" ] || die "the chain $chain has no policy"
  if [ "$now" != "$policy" ]; then
    changed
    [ -n "$check" ] || run tables -P "$chain" "$policy"
  fi
  end
fi
if [ -n "$chain_management" ]; then
  tables -S "$chain" >/dev/null 2>&1 && there=yes || there=
  case $state:$there in
    present:)
      changed
      [ -n "$check" ] || run tables -N "$chain" ;;
    absent:yes)
      if [ $# -eq 0 ]; then
        changed
        [ -n "$check" ] || run tables -X "$chain"
        end
      fi ;;
  esac
  [ $# -gt 0 ] || end
  [ -n "$there" ] || [ -z "$check" ] || end
fi
tables -C "$chain" "$@" >/dev/null 2>&1 && there=yes || there=
case $state:$there in
  present:)
    changed
    if [ -z "$check" ]; then
      if [ "$action" = insert ]; then run tables -I "$chain" ${rule_num:+"$rule_num"} "$@"; else run tables -A "$chain" "$@"; fi
    fi ;;
  absent:yes)
    changed
    [ -n "$check" ] || run tables -D "$chain" "$@" ;;
esac
end
)sh";

// In the order in which Ansible writes them.
std::vector<std::string> iptables_words(const Value& params) {
  std::vector<std::string> words;
  const auto pair = [&](const char* option, const char* name) {
    std::string text = text_of(params, name);
    if (text.empty()) return;
    if (text.starts_with('!')) {
      words.emplace_back("!");
      text.erase(0, 1);
    }
    words.insert(words.end(), {option, text});
  };
  pair("-p", "protocol");
  pair("-s", "source");
  pair("-d", "destination");
  const std::vector<std::string> matches = list_of(params, "match");
  for (const std::string& match : matches) words.insert(words.end(), {"-m", match});
  const auto matches_by = [&](const char* name) { return std::ranges::find(matches, name) != matches.end(); };
  pair("-j", "jump");
  pair("--log-prefix", "log_prefix");
  pair("--log-level", "log_level");
  pair("--to-destination", "to_destination");
  if (params.contains("destination_ports"))
    words.insert(words.end(), {"-m", "multiport", "--dports",
                               fmt::format("{}", fmt::join(list_of(params, "destination_ports"), ","))});
  pair("--to-source", "to_source");
  pair("-g", "goto");
  pair("-i", "in_interface");
  pair("-o", "out_interface");
  pair("--source-port", "source_port");
  pair("--destination-port", "destination_port");
  pair("--to-ports", "to_ports");
  if (const auto states = list_of(params, "ctstate"); !states.empty()) {
    const bool old = matches_by("state") && !matches_by("conntrack");
    if (!old && !matches_by("conntrack")) words.insert(words.end(), {"-m", "conntrack"});
    words.insert(words.end(), {old ? "--state" : "--ctstate", fmt::format("{}", fmt::join(states, ","))});
  }
  if (is_set(params, "limit") || is_set(params, "limit_burst")) words.insert(words.end(), {"-m", "limit"});
  pair("--limit", "limit");
  pair("--limit-burst", "limit_burst");
  if (is_set(params, "uid_owner")) words.insert(words.end(), {"-m", "owner"});
  pair("--uid-owner", "uid_owner");
  if (is_set(params, "reject_with") && !is_set(params, "jump")) words.insert(words.end(), {"-j", "REJECT"});
  pair("--reject-with", "reject_with");
  pair(text_of(params, "ip_version") == "ipv6" ? "--icmpv6-type" : "--icmp-type", "icmp_type");
  if (is_set(params, "comment")) words.insert(words.end(), {"-m", "comment", "--comment", text_of(params, "comment")});
  return words;
}

Course iptables_course(Arguments arguments) {
  const Value& params = arguments.params;
  const auto words = iptables_words(params);
  Sheet sheet(arguments);
  sheet.take({"table", "chain", "state", "policy", "flush", "action", "rule_num", "ip_version", "chain_management"})
      .words(words)
      .add(iptables_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  Verdict verdict = verdict_of(Answer(ran));
  Value& data = verdict.data;
  for (const char* const name : {"table", "chain", "state", "ip_version"}) data[name] = text_of(params, name);
  data["rule"] = fmt::format("{}", fmt::join(words, " "));
  data["flush"] = is_set(params, "flush");
  co_return verdict;
}

constexpr Param iptables_params[] = {
    {.name = "chain"},
    {.name = "table", .kind = Kind::choice, .otherwise = "filter", .choices = "filter,nat,mangle,raw,security"},
    {.name = "state", .kind = Kind::choice, .otherwise = "present", .choices = "absent,present"},
    {.name = "action", .kind = Kind::choice, .otherwise = "append", .choices = "append,insert"},
    {.name = "rule_num"},
    {.name = "ip_version", .kind = Kind::choice, .otherwise = "ipv4", .choices = "ipv4,ipv6"},
    {.name = "protocol"},
    {.name = "source"},
    {.name = "destination"},
    {.name = "match", .kind = Kind::list},
    {.name = "jump"},
    {.name = "goto"},
    {.name = "in_interface"},
    {.name = "out_interface"},
    {.name = "source_port"},
    {.name = "destination_port"},
    {.name = "destination_ports", .kind = Kind::list},
    {.name = "to_ports"},
    {.name = "to_destination"},
    {.name = "to_source"},
    {.name = "ctstate", .kind = Kind::list},
    {.name = "limit"},
    {.name = "limit_burst"},
    {.name = "uid_owner"},
    {.name = "reject_with"},
    {.name = "icmp_type"},
    {.name = "log_prefix"},
    {.name = "log_level"},
    {.name = "comment"},
    {.name = "flush", .kind = Kind::flag},
    {.name = "policy", .kind = Kind::choice, .choices = "ACCEPT,DROP,QUEUE,RETURN"},
    {.name = "chain_management", .kind = Kind::flag}};

}  // namespace
}  // namespace firewall_parts

constinit const Task ufw{.name = "ufw",
                         .summary = "rules of ufw, and whether it is on",
                         .params = firewall_parts::ufw_params,
                         .columns = message_columns,
                         .course = firewall_parts::ufw_course,
                         .needs_root = true};
constinit const Task iptables{.name = "iptables",
                              .summary = "rules of iptables",
                              .params = firewall_parts::iptables_params,
                              .columns = message_columns,
                              .course = firewall_parts::iptables_course,
                              .needs_root = true};

}  // namespace cef::tasks::modules
