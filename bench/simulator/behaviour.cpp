#include "behaviour.hpp"

#include <cef/core/file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>

namespace cef::simulator {

namespace {

template <class Number>
bool parse(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool parse(std::string_view text, Milliseconds& time) {
  const auto parsed = parse_duration(text);
  if (parsed) time = *parsed;
  return parsed.has_value();
}

struct Setting {
  std::string_view word, value, help;
  bool (*set)(std::string_view value, Behaviour& behaviour);
};

template <Fault fault>
bool is(std::string_view, Behaviour& behaviour) {
  behaviour.fault = fault;
  return true;
}

bool read_output(std::string_view file, Behaviour& behaviour) {
  auto text = read_file(std::string(file));
  if (!text) return false;
  behaviour.output = std::make_shared<const std::string>(std::move(*text));
  return true;
}

constexpr Setting settings[] = {
    {"mute", "", "accepts the connection and says nothing", is<Fault::mute>},
    {"garbage", "", "sends random bytes instead of a banner", is<Fault::garbage>},
    {"throttled", "", "says \"Not allowed at this time\" and closes", is<Fault::throttled>},
    {"close", "", "closes at once", is<Fault::close>},
    {"reset", "", "resets at once", is<Fault::reset>},
    {"drip", "", "sends its banner at a byte every 300 ms", is<Fault::drip>},
    {"endless-banner", "", "sends lines before its banner, for ever", is<Fault::endless_banner>},
    {"mute-after-banner", "", "sends its banner and nothing more", is<Fault::mute_after_banner>},
    {"mute-in-kex", "", "says nothing more once the key exchange has begun", is<Fault::mute_in_kex>},
    {"close-in-kex", "", "closes there", is<Fault::close_in_kex>},
    {"reset-in-kex", "", "resets there", is<Fault::reset_in_kex>},
    {"disconnect-in-kex", "", "ends it there with a word on why", is<Fault::disconnect_in_kex>},
    {"other-key", "", "shows another host key", [](std::string_view, Behaviour& b) { return b.other_key = true; }},
    {"refuse-auth", "", "takes no key", is<Fault::refuse_auth>},
    {"mute-after-auth", "", "logs in and answers nothing after that", is<Fault::mute_after_auth>},
    {"close-after-auth", "", "logs in and closes", is<Fault::close_after_auth>},
    {"close-in-exec", "", "accepts a command and closes", is<Fault::close_in_exec>},
    {"hang-in-exec", "", "accepts a command, which never ends", is<Fault::hang_in_exec>},
    {"chatter", "", "accepts a command, and then sends packets and answers none", is<Fault::chatter>},
    {"ok", "", "none of these", is<Fault::none>},
    {"banner-delay", "TIME", "before its banner",
     [](std::string_view v, Behaviour& b) { return parse(v, b.banner_delay); }},
    {"exec-delay", "TIME", "before a command's answer",
     [](std::string_view v, Behaviour& b) { return parse(v, b.exec_delay); }},
    {"barrier", "N", "answers once N commands wait",
     [](std::string_view v, Behaviour& b) { return parse(v, b.barrier); }},
    {"output", "BYTES", "a command's standard output",
     [](std::string_view v, Behaviour& b) { return parse(v, b.output_bytes); }},
    {"stderr", "BYTES", "and its standard error",
     [](std::string_view v, Behaviour& b) { return parse(v, b.stderr_bytes); }},
    {"exit", "N", "its exit status", [](std::string_view v, Behaviour& b) { return parse(v, b.exit_status); }},
    {"signal", "NAME", "the signal that ends it (KILL)",
     [](std::string_view v, Behaviour& b) { return !(b.exit_signal = v).empty(); }},
    {"signal-name", "BYTES", "of the name of such a signal",
     [](std::string_view v, Behaviour& b) { return parse(v, b.signal_name_bytes); }},
    {"signal-text", "BYTES", "of a message about that signal",
     [](std::string_view v, Behaviour& b) { return parse(v, b.signal_text_bytes); }},
    {"issue", "BYTES", "of a text before the login",
     [](std::string_view v, Behaviour& b) { return parse(v, b.issue_bytes); }},
    {"prompts", "N", "takes no key, and asks N questions over and over",
     [](std::string_view v, Behaviour& b) { return parse(v, b.prompts); }},
    {"password", "", "takes no key, and every password",
     [](std::string_view, Behaviour& b) { return (b.login = Behaviour::takes_password) != 0; }},
    {"hang-in-password", "", "takes no key, and never says whether a password is right",
     [](std::string_view, Behaviour& b) { return (b.login = Behaviour::hangs_in_password) != 0; }},
    {"key-exchange", "NAME", "offers only that one",
     [](std::string_view v, Behaviour& b) { return !(b.key_exchange = v).empty(); }},
    {"pester", "N", "asks for N channels of the client's while a command runs, which never ends",
     [](std::string_view v, Behaviour& b) { return parse(v, b.pesters); }},
    {"output-of", "FILE", "a command's standard output", read_output},
};

Unexpected<Error> usage(std::string message) { return Unexpected(Error{Code::usage, std::move(message), ""}); }

}  // namespace

Result<void> apply(std::string_view words, Behaviour& behaviour) {
  while (!words.empty()) {
    const auto end = std::min(words.find(','), words.size());
    const std::string_view text = words.substr(0, end);
    words.remove_prefix(std::min(end + 1, words.size()));
    if (text.empty()) continue;
    const auto equals = std::min(text.find_first_of("=:"), text.size());
    const std::string_view word = text.substr(0, equals), value = text.substr(std::min(equals + 1, text.size()));
    const auto* found = std::find_if(std::begin(settings), std::end(settings),
                                     [word](const Setting& setting) { return setting.word == word; });
    if (found == std::end(settings)) return usage(fmt::format("'{}' is not a behaviour (see --help)", text));
    if (found->value.empty() != value.empty() || !found->set(value, behaviour))
      return usage(found->value.empty()
                       ? fmt::format("'{}': {} takes no value", text, word)
                       : fmt::format("'{}': write {}={} or {}:{}", text, word, found->value, word, found->value));
  }
  return {};
}

std::string help() {
  std::string text;
  for (const Setting& setting : settings)
    text += fmt::format(
        "  {:<20}{}\n",
        setting.value.empty() ? std::string(setting.word) : fmt::format("{}={}", setting.word, setting.value),
        setting.help);
  return text;
}

Result<void> Rules::add(std::string_view rule) {
  const auto equals = rule.find('=');
  if (equals == std::string_view::npos)
    return usage(fmt::format("'{}': write ADDRESS=BEHAVIOUR, as in 127.2=mute", rule));
  Rule made{0, 0, {}};
  int octets = 0;
  for (std::string_view rest = rule.substr(0, equals); !rest.empty(); ++octets) {
    const auto dot = std::min(rest.find('.'), rest.size());
    unsigned char octet = 0;
    if (octets == 4 || !parse(rest.substr(0, dot), octet))
      return usage(fmt::format("'{}' is not the beginning of an address", rule.substr(0, equals)));
    rest.remove_prefix(std::min(dot + 1, rest.size()));
    made.address |= in_addr_t{octet} << (24 - 8 * octets);
    made.mask |= in_addr_t{0xff} << (24 - 8 * octets);
  }
  if (auto done = apply(rule.substr(equals + 1), made.behaviour); !done) return done;
  // The longest first, so that the first that fits counts; of equal ones the later.
  const auto place =
      std::find_if(rules_.begin(), rules_.end(), [&made](const Rule& other) { return other.mask <= made.mask; });
  rules_.insert(place, std::move(made));
  return {};
}

Behaviour Rules::of(in_addr address) const {
  const in_addr_t number = ntohl(address.s_addr);
  for (const Rule& rule : rules_)
    if ((number & rule.mask) == rule.address) return rule.behaviour;
  return {};
}

namespace {

// The id behind `cef`, the supervisor's name for its script; see src/remote/supervisor_script.hpp.
std::optional<std::string_view> supervised(std::string_view command) {
  constexpr std::string_view mark = "=cef job $1 ", name = " cef ";
  const auto script = command.find(mark);
  const auto at = script == std::string_view::npos ? script : command.find(name, script);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view id = command.substr(at + name.size());
  return id.substr(0, id.find(' '));
}

// The size of the file that is pushed; see src/remote/push/push_script.cpp.
std::optional<std::size_t> pushed(std::string_view command) {
  constexpr std::string_view mark = " cef push ";
  auto at = command.rfind(mark);
  if (at == std::string_view::npos) return std::nullopt;
  at += mark.size();
  for (int words = 0; words < 2 && at != 0; ++words) at = command.find(' ', at) + 1;  // where to, and its name
  const std::string_view size = command.substr(at, command.find(' ', at) - at);
  std::size_t bytes = 0;
  return parse(size, bytes) ? std::optional(bytes) : std::nullopt;
}

}  // namespace

Behaviour for_command(std::string_view command, Behaviour host) {
  if (const auto id = supervised(command)) {
    host.output = std::make_shared<const std::string>(fmt::format("=cef job {} simulated\ns\nd 0\n", *id));
    host.waits_for_word = command.find(fmt::format("cef {} leave ", *id)) == std::string_view::npos;
  } else if (host.takes = pushed(command); host.takes) {
    host.output = std::make_shared<const std::string>("=cef push\ns - -\nr none 22\n");
  } else if (const auto at = command.find("sim:"); at != std::string_view::npos) {
    // A client may have wrapped it for a shell, and quoted all but the plainest characters.
    std::string_view words = command.substr(at + 4);
    words = words.substr(0, words.find_first_of(" '\"\\;\n"));
    // A command that is not understood fails, so that a slip in a test does not look like success.
    if (!apply(words, host)) host.exit_status = 127;
  } else if (command == "false") {
    host.exit_status = 1;
  } else if (command.starts_with("exit ")) {
    if (!parse(command.substr(5), host.exit_status)) host.exit_status = 127;
  }
  return host;
}

}  // namespace cef::simulator
