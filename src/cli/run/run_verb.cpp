#include "run_verb.hpp"

#include "console/error_stream.hpp"
#include "console/login_trace.hpp"
#include "console/output.hpp"
#include "console/run_console.hpp"
#include "console/view.hpp"
#include "explain.hpp"
#include "lock.hpp"
#include "login.hpp"
#include "passphrases.hpp"
#include "past/journal_options.hpp"
#include "thresholds.hpp"

#include <cef/fleet/jobs.hpp>
#include <cef/render/render.hpp>

#include <fmt/format.h>

#include <utility>

namespace cef::cli {

namespace {

enum class Shown { nothing, line, json };

Result<Shown> wanted_progress(const Context& context) {
  const std::string when = context.options.text("progress").value_or("auto");
  if (when == "auto") return context.terminal.err ? Shown::line : Shown::nothing;
  if (when == "always" || when == "never") return when == "always" ? Shown::line : Shown::nothing;
  if (when == "json") return Shown::json;
  return Unexpected(Error{
      Code::usage,
      fmt::format("{}: '{}' is not auto, always, never or json", context.options.find("progress")->name, when), ""});
}

// For -v: what says how each host is logged in to, where that is not by default.
void tell_sources(const Prepared& prepared, const Options& options) {
  const auto login = login_of(options);
  if (!login) return;
  auto targets = fleet::Targets::make(prepared.inventory, *login, [](std::string_view) {});
  if (!targets) return;
  for (const std::size_t index : prepared.hosts) {
    const inventory::Host& host = prepared.inventory.hosts()[index];
    if (const std::string line = show_sources(explain(host, *targets, *login, options)); !line.empty())
      write_error(fmt::format("{}: {}\n", host.name, line));
  }
}

}  // namespace

int execute(const Verb& verb, Context& context, const std::function<VerbOrders(LiveSink)>& make) {
  const Options& options = context.options;
  const auto format = format_of(options);
  if (!format) return complain(format.error());
  const auto progress = wanted_progress(context);
  if (!progress) return complain(progress.error());
  Output output(options.text("output"));
  if (const auto writable = output.check(); !writable) return complain(writable.error());

  engine::Engine* running = nullptr;
  VerbOrders orders = make([&running](const std::string& host, bool is_stderr, std::string_view bytes) {
    running->said(host, is_stderr, bytes);
  });
  auto prepared = prepare(context, orders.default_timeout, true);
  if (!prepared) return complain(prepared.error());
  if (orders.needs_root)
    for (runner::Job& job : prepared->jobs)
      if (!job.become && !job.never_becomes) job.become = "root";
  if (orders.arrange)
    if (const auto arranged = orders.arrange(*prepared); !arranged) return complain(arranged.error());
  orders.verb = verb.name;
  orders.limits = std::move(prepared->limits);
  orders.deadline = prepared->deadline;
  if (orders.adapt_limits) orders.adapt_limits(orders.limits);
  auto thresholds = read_thresholds(verb, options, prepared->inventory, prepared->hosts);
  if (!thresholds) return complain(thresholds.error());
  orders.thresholds = std::move(*thresholds);
  auto recorder = make_recorder(verb, context, orders.output_field);
  if (!recorder) return complain(recorder.error());

  Verb shown = verb;
  for (Column& column : shown.columns)
    if (column.path == "data.would") column.extra = !orders.dry_run;  // nothing to see in any other run
  auto view = make_view(shown, context, output.to_file());
  if (!view) return complain(view.error());
  view->output_field = orders.output_field;
  view->thresholds = orders.thresholds.any();
  for (const runner::Job& job : prepared->jobs) view->hosts.push_back(job.host);
  const bool is_live = orders.live && *format == render::Format::table &&
                       (orders.always_live || prepared->jobs.size() == 1) && !view->fold;
  const bool colour = view->colour;
  if (is_live) {
    // The output has been shown: what is left to tell is who failed.
    view->output_field.clear();
    view->only_failures = true;
  }
  std::vector<std::string> names = view->hosts;
  const bool single = is_live && !orders.always_live;
  RunConsole console(context.terminal, output, context.verbosity() >= 3);
  view->aside.write = console.aside();
  view->aside.apart = output.is_joined();
  console.look_over([seen = *view](const Report& report) { return render::absent_columns(seen, report); });
  if (output.to_file() && context.terminal.err && !options.flag("quiet")) console.tell_of_file(*options.text("output"));
  auto renderer = render::make_renderer(*format, std::move(*view), output.writer());
  if (!renderer) return complain(renderer.error());
  if (!single) console.show_results(std::move(*renderer));
  if (is_live) {
    console.show_live(std::move(names), colour);
  }
  // Last of all: nobody is asked for a password when something else is wrong.
  if (const auto given = give_passwords(*prepared, context, orders.becomes); !given) return complain(given.error());
  if (orders.asks_password)
    if (const auto given = offer_password(*prepared, context); !given) return complain(given.error());

  engine::Engine engine(console);
  running = &engine;
  fleet::tell_secrets(prepared->jobs, prepared->inventory, engine.secrets());
  if (context.verbosity() > 0) {
    tell_sources(*prepared, options);
    engine.ssh().set_trace(
        LoginTrace(context.verbosity() > 1, [&console](std::string_view line) { console.tell(line); }));
  }
  orders.jobs = std::move(prepared->jobs);
  orders.places = std::move(prepared->places);
  if (const auto provided = provide_passphrases(engine, orders.jobs, options); !provided)
    return complain(provided.error());
  // Nobody is to hold it while someone types.
  const auto lock = take_lock(options, context.verb);
  if (!lock) return complain(lock.error());
  if (*progress == Shown::line) console.show_progress(orders.jobs.size());
  if (*progress == Shown::json) console.tell_progress(orders.jobs.size());
  return end_by_pipe(engine.run(std::move(orders), std::move(*recorder)));
}

}  // namespace cef::cli
