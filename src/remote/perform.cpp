#include "greeting.hpp"
#include "local_file.hpp"
#include "reconnect.hpp"

#include <cef/core/file.hpp>
#include <cef/core/shell.hpp>
#include <cef/core/text.hpp>
#include <cef/remote/clock_meter.hpp>
#include <cef/remote/supervised.hpp>
#include <cef/transport/kept_shell.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cef::remote {

namespace asio = transport::asio;
using tasks::Step;
using tasks::StepResult;
using transport::Clock;
using transport::Command;
using transport::Deadline;

namespace {

constexpr std::size_t most_noise = std::size_t{64} << 10;

// $1 the path, $2 its mode, $3 its size: what broke off on the way must not take the file's place.
constexpr const char* receive = R"sh(
umask 077
t=$1.cef.$$
trap 'rm -f "$t"' EXIT
cat >"$t" || exit 1
[ "$(wc -c <"$t")" -eq "$3" ] || { echo "it did not arrive whole" >&2; exit 1; }
chmod "$2" "$t" && mv -f "$t" "$1"
)sh";

constexpr const char* send = R"sh(cat <"$1")sh";

// Only when the answer is on its way; the shells between it and the one who asked are gone by then.
constexpr const char* restart =
    "nohup /bin/sh -c \"sleep 1; PATH=$PATH:/usr/sbin:/sbin; reboot || systemctl reboot\" >/dev/null 2>&1 </dev/null &";

// The wait is the host's, so that looking costs one command a second.
constexpr const char* look_now = "cat /proc/sys/kernel/random/boot_id";
constexpr const char* look_later = "sleep 1; cat /proc/sys/kernel/random/boot_id";
constexpr Milliseconds reboot_time{600'000};  // unless the step says
constexpr Milliseconds pause_between{1000};
constexpr Milliseconds clock_time{15'000};
constexpr int most_looks = 4;

std::string line_of(std::string_view script, const std::vector<std::string>& arguments) {
  std::string line = fmt::format("exec /bin/sh -c {} cef", shell_quote(script));
  for (const std::string& argument : arguments) line += ' ' + shell_quote(argument);
  return line;
}

StepResult refused(Error error) {
  StepResult result;
  result.error = std::move(error);
  return result;
}

// A script's first line. What is no name of a variable cannot be one in a shell.
std::string exports_of(const Value& environment) {
  std::string line;
  for (const auto& [name, value] : environment.items()) {
    const bool is_name = !name.empty() && !is_digit(name[0]) &&
                         std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
    if (is_name && value.is_string())
      line += fmt::format("export {}={}\n", name, shell_quote(value.get_ref<const std::string&>()));
  }
  return line;
}

class Performer {
 public:
  Performer(runner::Link& link, std::string_view task, OnInterrupt on_interrupt, Live live, const Value& environment)
      : link_(link),
        task_(task),
        on_interrupt_(on_interrupt),
        live_(std::move(live)),
        exports_(exports_of(environment)) {}

  // `begun`: set when every script is to outlive its link.
  std::optional<std::function<void(const std::string&)>> begun;

  // `step` must stay until the result is there.
  asio::awaitable<StepResult> perform(const Step& step) {
    until_ = limit(step.time.count() > 0 ? step.time : Milliseconds::max());
    if (const auto* script = std::get_if<tasks::Script>(&step.what)) return run(step, *script);
    if (const auto* upload = std::get_if<tasks::Upload>(&step.what)) return put(step, *upload);
    if (const auto* download = std::get_if<tasks::Download>(&step.what)) return get(step, *download);
    if (const auto* measure = std::get_if<tasks::MeasureClock>(&step.what)) return measure_clock(*measure);
    return reboot(step, std::get<tasks::Reboot>(step.what));
  }

 private:
  Deadline limit(Milliseconds time) const {
    return time == Milliseconds::max() ? link_.deadline() : std::min(link_.deadline(), Clock::now() + time);
  }

  Command command_of(const Step& step, std::string line) const {
    Command command = link_.job().command(std::move(line), step.become);
    if (step.outlives_link) command.lifetime = transport::Lifetime::free;
    return command;
  }

  asio::awaitable<StepResult> exec(Command command) {
    static const tasks::Script of_its_own;
    return exec(std::move(command), of_its_own);
  }

  // What a shell that is kept for scripts may run in place of `command`, it does. `script` must stay.
  asio::awaitable<StepResult> exec(Command command, const tasks::Script& script) {
    const auto session = co_await link_.session();
    if (!session) co_return refused(session.error());
    const std::string user = command.become.value_or("");
    if (script.of_accounts) co_await transport::end_kept_shells(**session, user);
    transport::KeptScript kept;
    if (script.leaves_nothing) kept = {exports_ + script.text, script.of_accounts || !exports_.empty()};
    auto running = script.leaves_nothing ? transport::exec_kept(**session, std::move(command), std::move(kept), until_)
                                         : (*session)->exec(std::move(command), until_);
    auto ran = co_await std::move(running);
    if (!ran) co_return refused(ran.error());
    StepResult result{ran->status, std::move(ran->signal), std::move(ran->out), std::move(ran->err), {}};
    co_return result;
  }

  asio::awaitable<StepResult> supervise(const Step& step, const tasks::Script& script) {
    Account account;
    account.become = step.become;
    if (step.become) account.password = link_.job().become_password;
    Assignment assignment;
    assignment.text = line_of(exports_ + script.text, script.arguments);
    assignment.input = script.input;
    if (!script.input_file.empty()) {
      auto bytes = read_file(script.input_file);
      if (!bytes) co_return refused(bytes.error());
      assignment.input = std::move(*bytes);
    }
    assignment.label = task_;
    Watch watch;
    watch.until = until_;
    watch.on_interrupt = on_interrupt_;
    std::string line;
    watch.on_output = hears(step, line);
    Supervisor supervisor(link_, std::move(account));
    std::string known;
    if (!step.rejoins.empty()) {
      assignment.label = step.rejoins;
      auto found = co_await find(supervisor, step.rejoins);
      for (int i = 0; i < 3 && !found && found.error().code == Code::connection_lost; ++i)
        found = co_await find(supervisor, step.rejoins);
      if (!found) co_return refused(found.error());
      known = *found;
    }
    if (begun && *begun) {
      known = new_job_id();
      const auto started = co_await supervisor.start(known, assignment, until_);
      if (!started) co_return refused(started.error());
      std::exchange(*begun, nullptr)(known);
    }
    auto running = known.empty() ? supervisor.run(new_job_id(), std::move(assignment), std::move(watch))
                                 : supervisor.attach(known, std::move(watch));
    auto ran = co_await std::move(running);
    if (!ran) co_return refused(ran.error());
    StepResult result{ran->status, std::move(ran->signal), std::move(ran->out), std::move(ran->err), {}};
    co_return result;
  }

  // The id of the one of that name that runs, or nothing. One that has ended may have been made of other files.
  asio::awaitable<Result<std::string>> find(Supervisor& supervisor, std::string name) {
    const auto entries = co_await supervisor.list("", until_);
    if (!entries) co_return Unexpected(entries.error());
    std::string id;
    for (const JobEntry& entry : *entries)
      if (entry.label == name && entry.state == JobState::running) id = entry.id;
    co_return id;
  }

  asio::awaitable<StepResult> run(const Step& step, const tasks::Script& script) {
    if (step.outlives_link || begun) co_return co_await supervise(step, script);
    auto ran = co_await run_once(step, script);
    for (int i = 1; i < most_looks && step.only_looks && is_lost(ran); ++i) ran = co_await run_once(step, script);
    co_return ran;
  }

  static bool is_lost(const StepResult& ran) { return ran.error && ran.error->code == Code::connection_lost; }

  asio::awaitable<StepResult> run_once(const Step& step, const tasks::Script& script) {
    // What is shown while it comes is shown as it is.
    const std::string begins(step.streams ? "" : say_begin_mark);
    Command command = command_of(step, line_of(begins + exports_ + script.text, script.arguments));
    command.input = script.input;
    LocalFile source;
    if (!script.input_file.empty()) {
      if (const auto opened = source.open(script.input_file); !opened) co_return refused(opened.error());
      command.streams.source = [&source](std::size_t most) { return source.read(most); };
    }
    std::string line;
    command.streams.on_output = hears(step, line);
    auto result = co_await exec(std::move(command), script);
    cut_greeting(result.out);
    co_return result;
  }

  // Null when nobody wants it. `line` must stay.
  Live hears(const Step& step, std::string& line) {
    const bool streams = step.streams && live_;
    if (!streams && !step.progress) return nullptr;
    return [this, &step, &line, streams](bool is_stderr, std::string_view bytes) {
      if (streams) live_(is_stderr, bytes);
      if (step.progress && !is_stderr) follow(step, line, bytes);
    };
  }

  // `line`: what has come of the last one.
  void follow(const Step& step, std::string& line, std::string_view bytes) {
    for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
      line += bytes.substr(0, end);
      bytes.remove_prefix(end + 1);
      if (const std::string note = step.progress(line); !note.empty()) link_.note(note);
      line.clear();
    }
    if (line.size() < most_noise) line += bytes;
  }

  asio::awaitable<StepResult> put(const Step& step, const tasks::Upload& upload) {
    LocalFile source;
    std::uintmax_t size = upload.bytes.size();
    if (!upload.file.empty()) {
      const auto opened = source.open(upload.file);
      if (!opened) co_return refused(opened.error());
      size = *opened;
    }
    const std::vector<std::string> arguments{upload.path, fmt::format("{:04o}", upload.mode), std::to_string(size)};
    Command command = command_of(step, line_of(receive, arguments));
    if (upload.file.empty()) {
      command.input = upload.bytes;
    } else {
      command.streams.source = [&source](std::size_t most) { return source.read(most); };
    }
    co_return co_await exec(std::move(command));
  }

  asio::awaitable<StepResult> get(const Step& step, const tasks::Download& download) {
    Command command = command_of(step, line_of(std::string(say_begin_mark) + send, {download.path}));
    command.streams.output_limit = download.most + most_noise;
    auto result = co_await exec(std::move(command));
    if (result.error) co_return result;
    if (!cut_greeting(result.out)) result.out.clear();
    if (result.out.size() > download.most)
      co_return refused(
          {Code::output_limit, fmt::format("{} has more than {} bytes", download.path, download.most), ""});
    co_return result;
  }

  asio::awaitable<StepResult> measure_clock(const tasks::MeasureClock& measure) {
    ClockMeter meter(measure.exchanges);
    Command command;
    command.text = line_of(ClockMeter::script(), {});
    command.lifetime = transport::Lifetime::free;  // it ends with its input, also when the connection is lost
    command.streams.keeps_output = false;
    command.streams.source = [&meter](std::size_t) { return meter.give(ClockMeter::Clock::now()); };
    command.streams.on_output = [&meter](bool is_stderr, std::string_view bytes) {
      if (!is_stderr) meter.hear(bytes, ClockMeter::Clock::now());
    };
    until_ = limit(clock_time);
    StepResult result = co_await exec(std::move(command));
    if (const auto best = meter.best()) result.out = fmt::format("{:.9f} {:.9f}", best->offset_s, best->error_s);
    co_return result;
  }

  asio::awaitable<StepResult> boot_id(bool unhurried) {
    Command command = command_of(Step(), line_of(unhurried ? look_later : look_now, {}));
    return exec(std::move(command));
  }

  asio::awaitable<StepResult> reboot(const Step& step, const tasks::Reboot& how) {
    if (link_.job().local && !how.local_too)
      co_return refused({Code::unsupported_platform, "the machine that cef runs on is not rebooted",
                         "cef reboot --include-local does so"});
    if (step.time.count() == 0) until_ = limit(reboot_time);
    const auto begin = Clock::now();
    const StepResult before = co_await boot_id(false);
    if (before.error || before.status != 0) co_return before;
    Command command = command_of(step, line_of(restart, {}));
    command.lifetime = transport::Lifetime::free;
    StepResult asked = co_await exec(std::move(command));
    if (asked.error || asked.status != 0 || link_.job().local) co_return asked;
    link_.note("goes down");
    std::optional<Clock::time_point> gone;
    std::optional<Error> last;  // of the tries since it is gone
    while (Clock::now() < until_) {
      // Not there yet is no failure: the session is gone, or the next login is refused.
      const auto session = co_await link_.session_within(std::chrono::ceil<Milliseconds>(until_ - Clock::now()));
      if (!session) {
        last = session.error();
        if (!gone) gone = Clock::now();
        if (stage_of(last->code) == Stage::hostkey) co_return refused(*last);
        if (stage_of(last->code) == Stage::run) co_return refused(left(*last));
        // A host that still boots may turn away who may well log in.
        co_await pause(pause_between);
        continue;
      }
      const StepResult ran = co_await boot_id(true);
      if (!ran.error && ran.status == 0 && ran.out != before.out) {
        std::string_view id = trim(ran.out);
        id.remove_prefix(id.rfind('\n') + 1);  // a noisy .bashrc may have spoken before
        asked.out = fmt::format("{} {:.1f}", id, to_ms(Clock::now() - gone.value_or(begin)) / 1e3);
        co_return asked;
      }
      if (!ran.error) continue;
      if (stage_of(ran.error->code) == Stage::run) co_return refused(left(*ran.error));
      if (ran.error->code == Code::command_timeout) continue;  // that says nothing of the host
      if (!gone) gone = Clock::now();
      link_.note("is down");
    }
    co_return refused(not_back(gone, last, Clock::now() - begin));
  }

  // Nothing can stop it any more.
  Error left(const Error& why) const {
    return {Code::detached, fmt::format("it was told to reboot; whether it came back was {}", why.message),
            fmt::format("cef os host={} tells how long it has been up", link_.job().host)};
  }

  static Error not_back(std::optional<Clock::time_point> gone, const std::optional<Error>& last,
                        Clock::duration waited) {
    const auto time = show_duration(std::chrono::round<std::chrono::seconds>(waited));
    if (!gone)
      return {Code::reboot_timeout, fmt::format("it was told to reboot, and is still up as before after {}", time),
              "look at what holds it up: systemctl list-jobs"};
    return {Code::reboot_timeout,
            fmt::format("it went down and was not back after {}{}", time,
                        last ? fmt::format("; the last try ended at the stage {}: {}", name_of(stage_of(last->code)),
                                           last->message)
                             : ""),
            ""};
  }

  runner::Link& link_;
  const std::string_view task_;
  const OnInterrupt on_interrupt_;
  const Live live_;
  const std::string exports_;
  Deadline until_ = transport::no_deadline;
};

asio::awaitable<tasks::Verdict> perform_all(Performer& performer, const tasks::Task& task, tasks::Arguments arguments) {
  tasks::Course course = task.course(std::move(arguments));
  for (auto step = course.begin(); step;) {
    auto result = co_await performer.perform(*step);
    step = course.tell(std::move(result));
  }
  co_return course.verdict();
}

}  // namespace

asio::awaitable<tasks::Verdict> perform(const tasks::Task& task, tasks::Arguments arguments, runner::Link& link) {
  return perform(task, std::move(arguments), link, OnInterrupt::leave, Live());
}

asio::awaitable<tasks::Verdict> perform(const tasks::Task& task, tasks::Arguments arguments, runner::Link& link,
                                        OnInterrupt on_interrupt, Live live) {
  if (!arguments.become) arguments.become = link.job().become;
  Performer performer(link, task.name, on_interrupt, std::move(live), arguments.environment);
  co_return co_await perform_all(performer, task, std::move(arguments));
}

asio::awaitable<tasks::Verdict> perform_supervised(const tasks::Task& task, tasks::Arguments arguments,
                                                   runner::Link& link, std::function<void(const std::string&)> begun) {
  if (!arguments.become) arguments.become = link.job().become;
  Performer performer(link, task.name, OnInterrupt::leave, Live(), arguments.environment);
  performer.begun = std::move(begun);
  co_return co_await perform_all(performer, task, std::move(arguments));
}

asio::awaitable<StepResult> perform_step(const Step& step, runner::Link& link, std::string_view label,
                                         OnInterrupt on_interrupt) {
  Performer performer(link, label, on_interrupt, Live(), Value());
  co_return co_await performer.perform(step);
}

runner::Outcome outcome_of(tasks::Verdict verdict) {
  runner::Outcome outcome;
  outcome.status = verdict.status;
  outcome.data = std::move(verdict.data);
  outcome.error = std::move(verdict.error);
  outcome.diff = std::move(verdict.diff);
  return outcome;
}

}  // namespace cef::remote
