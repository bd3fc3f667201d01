// cef sudo: whether commands can be run by sudo on each host, before anything depends on it.
#include "run/run_verb.hpp"
#include "verbs.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

namespace cef::cli {

namespace {

constexpr std::size_t enough_output = std::size_t{64} * 1024;

// `sudo -V` as `1.9.13p3`, or `sudo-rs 0.2.8`.
Value version_of(std::string_view said) {
  const std::string_view line = first_line(said);
  constexpr std::string_view usual = "Sudo version ";
  if (line.starts_with(usual)) return std::string(line.substr(usual.size()));
  return line.starts_with("sudo") ? Value(std::string(line)) : Value(nullptr);
}

// The word for the table: a code's name without its stage.
std::string word_for(const Error& error) {
  switch (error.code) {
    case Code::sudo_password_required:
      return "password required";
    case Code::sudo_password_wrong:
      return "password wrong";
    case Code::sudo_denied:
      return "denied";
    case Code::command_not_found:
      return "missing";
    default:
      return std::string(name_of(error.code));
  }
}

Value needs_password(const std::optional<Error>& error, bool asked) {
  if (!error) return asked;
  if (error->code == Code::sudo_password_required || error->code == Code::sudo_password_wrong) return true;
  return nullptr;  // what sudo would ask for, had it gone on, is not known
}

asio::awaitable<runner::Outcome> preflight(runner::Link& link, transport::Session& session) {
  const runner::Job& job = link.job();
  runner::Outcome outcome;
  transport::Command look;
  look.text = "LC_ALL=C sudo -V 2>/dev/null | head -n 1";
  look.streams.output_limit = enough_output;
  const auto version = co_await session.exec(std::move(look), link.deadline());

  auto command = job.command("true", job.become_user);
  command.become_afresh = true;
  command.streams.output_limit = enough_output;
  const auto ran = co_await session.exec(std::move(command), link.deadline());

  if (!ran)
    outcome.error = ran.error();
  else if (ran->status != 0)
    outcome.error =
        Error{Code::command_failed,
              fmt::format("sudo worked, but `true` ended with exit status {} as {}", ran->status, job.become_user),
              "look at that user's login shell on the host"};
  outcome.data["user"] = job.local ? Value(nullptr) : Value(job.target.user);
  outcome.data["become_user"] = job.become_user;
  outcome.data["needs_password"] = needs_password(outcome.error, ran && ran->sudo_asked);
  outcome.data["sudo"] = outcome.error ? word_for(*outcome.error) : "ok";
  outcome.data["version"] = version ? version_of(version->out) : Value(nullptr);
  co_return outcome;
}

int run(const Verb& verb, Context& context) {
  return execute(verb, context, [](const LiveSink&) {
    VerbOrders orders;
    orders.work = preflight;
    orders.default_timeout = Milliseconds(60'000);
    orders.becomes = true;
    return orders;
  });
}

}  // namespace

Verb sudo_verb() {
  const auto text = [](const char* name, const char* field, const char* help) {
    return Column{name, field, Unit::none, Align::left, help};
  };
  return {
      .name = "sudo",
      .summary = "tell whether sudo works on each host, and whether it asks for a password",
      .usage = "SELECTOR... [options]",
      .details =
          "Runs `true` by sudo, as commands with --become are run. With a password (-K, --become-password-file, or the "
          "host's become_password) that is proven too: on one host first, and a wrong one is sent to no other. "
          "Default --timeout: 60s.",
      .examples = {"cef sudo group=rpi", "cef sudo group=all -K", "cef sudo group=all --format names --status failed"},
      .columns = {text("user", "data.user", "who logs in"), text("as", "data.become_user", "who sudo makes of that"),
                  text("password", "data.needs_password", "whether sudo asks for one"),
                  text("sudo", "data.sudo", "ok, password required, password wrong, denied or missing"),
                  text("version", "data.version", "of the host's sudo")},
      .run = run,
  };
}

}  // namespace cef::cli
