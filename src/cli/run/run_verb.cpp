#include "run_verb.hpp"

#include "console/host_key_prompt.hpp"
#include "console/output.hpp"
#include "console/view.hpp"
#include "passphrases.hpp"
#include "past/journal.hpp"
#include "prepare.hpp"
#include "thresholds.hpp"

#include <cef/core/secret.hpp>
#include <cef/render/progress.hpp>
#include <cef/render/render.hpp>
#include <cef/runner/runner.hpp>
#include <cef/transport/local.hpp>
#include <cef/transport/ssh.hpp>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <random>
#include <unistd.h>

namespace cef::cli {

namespace {

using transport::Clock;

constexpr Milliseconds quiet_start{1000};  // a run shorter than this shows no progress

std::string run_id(std::chrono::system_clock::time_point now) {
  std::random_device random;
  return fmt::format("{:%Y%m%dT%H%M%SZ}-{:04x}", fmt::gmtime(now), random() & 0xffffU);
}

// What a verbose run says of each host on standard error.
std::string stage_line(const HostResult& result) {
  std::string line = result.host + ":";
  if (result.stages.is_object())
    for (const auto& [name, ms] : result.stages.items())
      line += fmt::format(" {} {:.1f} ms,", std::string_view(name).substr(0, name.size() - 3), ms.get<double>());
  return line + fmt::format(" {} {}, total {:.1f} ms, {}\n", result.attempts, result.attempts == 1 ? "login" : "logins",
                            result.duration_ms, name_of(result.status));
}

// A secret may come in two pieces.
class LiveMask {
 public:
  void write(render::LiveOutput& live, const std::string& host, render::OutputStream stream, std::string_view bytes) {
    if (!secrets_held()) return live.write(host, stream, bytes);
    live.write(host, stream, filters_[{host, stream}].pass(bytes));
  }
  void end(render::LiveOutput& live, const std::string& host) {
    for (const auto stream : {render::OutputStream::out, render::OutputStream::err})
      if (const auto rest = filters_.extract({host, stream})) live.write(host, stream, rest.mapped().end());
  }

 private:
  std::map<std::pair<std::string, render::OutputStream>, SecretFilter> filters_;
};

// A host whose key, or whose jump host's key, is not known has another try once that has been asked about.
bool may_be_asked_about(const HostResult& result) {
  return result.error && (result.error->code == Code::host_key_unknown || result.error->code == Code::jump_failed);
}

Result<bool> wants_progress(const Context& context) {
  const std::string when = context.options.text("progress").value_or("auto");
  if (when == "auto") return context.terminal.err;
  if (when == "always" || when == "never") return when == "always";
  return Unexpected(
      Error{Code::usage,
            fmt::format("{}: '{}' is not auto, always or never", context.options.find("progress")->name, when), ""});
}

void write_error(std::string_view text) { (void)!::write(STDERR_FILENO, text.data(), text.size()); }

bool is_left_out(const HostResult& result) { return result.error && result.error->code == Code::circuit_open; }

bool stopped_early(const std::vector<HostResult>& results) {
  return std::any_of(results.begin(), results.end(), is_left_out);
}

// Says once for every reason how many hosts were left out.
void explain_stop(const std::vector<HostResult>& results) {
  std::vector<std::pair<const Error*, std::size_t>> reasons;
  for (const HostResult& result : results) {
    if (!is_left_out(result)) continue;
    const auto same = std::find_if(reasons.begin(), reasons.end(),
                                   [&](const auto& reason) { return reason.first->message == result.error->message; });
    if (same == reasons.end())
      reasons.emplace_back(&*result.error, 1);
    else
      ++same->second;
  }
  for (const auto& [error, hosts] : reasons)
    complain({Code::circuit_open,
              fmt::format("stopped early, {} {} left out: {}", hosts, hosts == 1 ? "host" : "hosts", error->message),
              error->hint});
}

// One run from the first packet to the last result.
class Session {
 public:
  Session(const Verb& verb, Context& context, const Thresholds& thresholds, std::vector<runner::Job> jobs,
          runner::Limits limits, bool show_progress)
      : verb_(verb),
        context_(context),
        thresholds_(thresholds),
        jobs_(std::move(jobs)),
        limits_(std::move(limits)),
        ssh_(io_, stop_),
        local_(io_, stop_, ssh_.breaker()),
        signals_(io_, SIGINT, SIGTERM),
        progress_(jobs_.size(), error_width, write_error, Clock::now(), quiet_start),
        show_progress_(show_progress) {}

  int go(const Task& task, render::Renderer* renderer, Output& output,
         const std::function<void(const std::string&)>& live_end, std::optional<Milliseconds> deadline);
  void clear_progress() {
    if (show_progress_) progress_.clear();
  }
  /// Ends the run when nobody reads the results any more.
  void look_at_reader() {
    if (output_->reader_gone()) stop_.request(Code::interrupted);
  }

 private:
  void listen();
  void tick();
  void done(const HostResult& result, std::size_t running);
  void ask_again(const runner::Work& work, std::vector<HostResult>& results);
  runner::Executors executors() { return {own_ssh_ ? *own_ssh_ : ssh_, local_}; }
  int leave(const Report& report, Output& output);

  const Verb& verb_;
  Context& context_;
  const Thresholds& thresholds_;
  std::vector<runner::Job> jobs_;
  runner::Limits limits_;
  transport::Stop stop_;  // before the loop, which may still hold coroutines that are registered with it
  boost::asio::io_context io_{1};
  transport::SshExecutor ssh_;
  std::unique_ptr<transport::Executor> own_ssh_;  // the verb's, around ssh_
  transport::LocalExecutor local_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer ticker_{io_}, deadline_{io_};
  render::Progress progress_;
  render::Renderer* renderer_ = nullptr;
  std::function<void(const std::string&)> live_end_;
  Output* output_ = nullptr;
  bool show_progress_, asking_ = false;
  int signal_ = 0;
};

// The first signal stops the run in an orderly way, the second one at once.
void Session::listen() {
  signals_.async_wait([this](boost::system::error_code error, int number) {
    if (error) return;
    clear_progress();
    if (signal_ != 0) ::_exit(number == SIGTERM ? exit_terminated : exit_interrupted);
    signal_ = number;
    stop_.request(Code::interrupted);
    listen();
  });
}

void Session::tick() {
  ticker_.expires_after(std::chrono::milliseconds(200));
  ticker_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    progress_.tick(Clock::now());
    tick();
  });
}

void Session::done(const HostResult& result, std::size_t running) {
  if (asking_ && may_be_asked_about(result)) return;
  if (live_end_) live_end_(result.host);
  look_at_reader();
  if (output_->reader_gone()) return;
  if (context_.verbosity() >= 3) {
    clear_progress();
    write_error(stage_line(result));
  }
  if (!renderer_ && result.error) {
    clear_progress();
    complain(Error{result.error->code, fmt::format("{}: {}", result.host, result.error->message), result.error->hint});
  }
  if (renderer_) {
    // Formats that write as results come share the terminal with the progress line.
    if (context_.terminal.out) clear_progress();
    renderer_->result(result);
  }
  if (show_progress_) progress_.done(result, running, Clock::now());
  look_at_reader();
}

// All unknown keys are asked about together, and their hosts tried again. That may bring more of them to light: those
// of hosts behind a jump host.
void Session::ask_again(const runner::Work& work, std::vector<HostResult>& results) {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < results.size(); ++i)
    if (may_be_asked_about(results[i])) open.push_back(i);
  for (;;) {
    const auto keys = ssh_.take_unknown_keys();
    if (keys.empty() || stop_.requested() || stopped_early(results)) break;
    clear_progress();
    if (!ask_about(keys)) break;
    for (const auto& key : keys)
      if (const auto accepted = ssh_.accept(key); !accepted) complain(accepted.error());
    const auto asked = [&](const std::string& name) {
      return std::any_of(keys.begin(), keys.end(), [&](const auto& key) { return key.host == name; });
    };
    std::vector<std::size_t> places;
    std::vector<runner::Job> again;
    for (const std::size_t i : open) {
      const auto& jumps = jobs_[i].target.jumps;
      if (results[i].error->code == Code::jump_failed
              ? std::any_of(jumps.begin(), jumps.end(), [&](const auto& jump) { return asked(jump.name); })
              : asked(results[i].host))
        places.push_back(i), again.push_back(jobs_[i]);
    }
    runner::Events events;
    events.done = [this](const HostResult& result, std::size_t running) { done(result, running); };
    auto more = runner::run(io_, stop_, executors(), again, work, limits_, events);
    for (std::size_t i = 0; i < places.size(); ++i) results[places[i]] = std::move(more[i]);
    std::erase_if(open, [&](std::size_t i) { return !may_be_asked_about(results[i]); });
  }
  asking_ = false;
  for (const std::size_t i : open) done(results[i], 0);
}

int Session::go(const Task& task, render::Renderer* renderer, Output& output,
                const std::function<void(const std::string&)>& live_end, std::optional<Milliseconds> deadline) {
  renderer_ = renderer;
  output_ = &output;
  live_end_ = live_end;
  if (task.executor) own_ssh_ = task.executor(ssh_);
  std::signal(SIGPIPE, SIG_IGN);
  if (const auto given = provide_passphrases(ssh_, jobs_, context_.options); !given) return complain(given.error());
  listen();
  if (show_progress_) tick();
  if (deadline) {
    deadline_.expires_after(*deadline);
    deadline_.async_wait([this](boost::system::error_code error) {
      if (!error) stop_.request(Code::deadline);
    });
  }
  const auto asks = [](const transport::Target& target) { return target.host_key == HostKeyPolicy::ask; };
  asking_ = std::any_of(jobs_.begin(), jobs_.end(), [&](const runner::Job& job) {
    return asks(job.target) || std::any_of(job.target.jumps.begin(), job.target.jumps.end(), asks);
  });

  Report report;
  report.started = std::chrono::system_clock::now();
  report.run = run_id(report.started);
  report.verb = verb_.name;
  RunJournal journal(verb_, context_, report, task.output_field);
  const auto start = Clock::now();
  runner::Events events;
  events.started = [this](const runner::Job&, std::size_t running) {
    if (show_progress_) progress_.started(running, Clock::now());
  };
  events.done = [this](const HostResult& result, std::size_t running) { done(result, running); };
  report.results = runner::run(io_, stop_, executors(), jobs_, task.work, limits_, std::move(events));
  if (asking_) ask_again(task.work, report.results);
  report.duration_ms = to_ms(Clock::now() - start);
  clear_progress();
  thresholds_.warn_of_missing(report, warn);
  if (renderer_) renderer_->finish(report);
  const bool kept = !task.keep || task.keep(report);
  const bool recorded = task.dry_run || record_host_keys(ssh_);
  const int hosts_code = leave(report, output);
  const int code = !(kept && recorded) && hosts_code < exit_deadline ? exit_internal : hosts_code;
  journal.end(report, code);
  return code;
}

int Session::leave(const Report& report, Output& output) {
  if (const auto code = cut_short(output, signal_)) return *code;
  const Summary summary = summarise(report);
  if (stop_.requested() && stop_.reason() == Code::deadline && summary.failed + summary.skipped > 0)
    return exit_deadline;
  if (!stopped_early(report.results)) return exit_code(summary);
  explain_stop(report.results);
  return exit_stopped_early;
}

}  // namespace

bool record_host_keys(transport::SshExecutor& ssh) {
  const auto failures = ssh.save_known_hosts();
  for (const Error& error : failures)
    complain({error.code, fmt::format("host keys are not recorded: {}", error.message),
              "the next run meets them as unknown ones; mend that, or name another file with --known-hosts"});
  return failures.empty();
}

std::optional<int> cut_short(Output& output, int signal) {
  if (output.reader_gone()) {
    // `cef ... | head -1`: end as every other program in a pipe does, so that a shell sees the usual 141.
    std::signal(SIGPIPE, SIG_DFL);
    ::raise(SIGPIPE);
  }
  if (const auto written = output.finish(); !written) return complain(written.error());
  if (signal == SIGTERM) return exit_terminated;
  if (signal != 0) return exit_interrupted;
  return std::nullopt;
}

int exit_code(const Summary& summary) {
  if (summary.failed > 0) return summary.unreachable > 0 ? exit_failed_and_unreachable : exit_failed;
  if (summary.unreachable > 0) return exit_unreachable;
  return summary.violated > 0 ? exit_threshold : exit_ok;
}

int execute(const Verb& verb, Context& context, const std::function<Task(LiveSink)>& make) {
  const Options& options = context.options;
  const auto format = format_of(options);
  if (!format) return complain(format.error());
  const auto progress = wants_progress(context);
  if (!progress) return complain(progress.error());

  Output output(options.text("output"));
  if (const auto writable = output.check(); !writable) return complain(writable.error());
  const auto write = output.writer();
  Session* running = nullptr;
  std::optional<render::LiveOutput> live;
  LiveMask mask;
  const LiveSink sink = [&](const std::string& host, bool is_stderr, std::string_view bytes) {
    if (!live) return;
    if (context.terminal.err) running->clear_progress();
    mask.write(*live, host, is_stderr ? render::OutputStream::err : render::OutputStream::out, bytes);
    running->look_at_reader();
  };
  Task task = make(sink);
  auto prepared = prepare(context, task.default_timeout, true);
  if (!prepared) return complain(prepared.error());
  auto& jobs = prepared->jobs;
  if (task.adapt_limits) task.adapt_limits(prepared->limits);
  const auto thresholds = Thresholds::make(verb, options, prepared->inventory, prepared->hosts);
  if (!thresholds) return complain(thresholds.error());
  task.work = thresholds->around(std::move(task.work));

  auto view = make_view(verb, context, output.to_file());
  if (!view) return complain(view.error());
  view->output_field = task.output_field;
  view->thresholds = thresholds->any();
  const bool is_live =
      task.live && *format == render::Format::table && (task.always_live || jobs.size() == 1) && !view->fold;
  if (is_live) {
    std::vector<std::string> names;
    names.reserve(jobs.size());
    for (const runner::Job& job : jobs) names.push_back(job.host);
    live.emplace(std::move(names), view->escape, view->colour, write, write_error);
    // The output has been shown: what is left to tell is who failed.
    view->output_field.clear();
    view->only_failures = true;
  }
  auto renderer = render::make_renderer(*format, std::move(*view), write);
  if (!renderer) return complain(renderer.error());
  const bool single = is_live && !task.always_live;
  // Last of all: nobody is asked for a password when something else is wrong.
  if (const auto ready = make_ready(*prepared, context, task.becomes); !ready) return complain(ready.error());

  Session session(verb, context, *thresholds, std::move(jobs), prepared->limits, *progress);
  running = &session;
  const auto live_end = [&](const std::string& host) {
    if (!live) return;
    mask.end(*live, host);
    live->end(host);
  };
  return session.go(task, single ? nullptr : renderer->get(), output, live_end, prepared->deadline);
}

}  // namespace cef::cli
