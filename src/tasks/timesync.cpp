#include "apt.hpp"
#include "clock.hpp"
#include "timesync_script.hpp"

#include <cef/core/text.hpp>
#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace cef::tasks {

namespace timesync_parts {
namespace {

using Kind = Param::Kind;
constexpr Param params[] = {
    {.name = "install", .help = "chrony, where nothing keeps the clock", .kind = Kind::flag},
    {.name = "server",
     .value = "NAME,...",
     .help = "time servers to ask before others (the inventory's ntp_servers)",
     .kind = Kind::list},
    {.name = "step", .help = "set a clock that is too far off at once, instead of slowly", .kind = Kind::flag},
    {.name = "max-offset",
     .value = "TIME",
     .help = "a clock that is further off is a failure",
     .kind = Kind::duration,
     .otherwise = "0.1s",
     .least = 1},
    {.name = "wait", .value = "TIME", .help = "until the clock is right", .kind = Kind::duration, .otherwise = "60s"}};

Columns columns() {
  return {
      {"service", "data.service", Unit::none, Align::left, "what keeps the clock"},
      {"synced", "data.synced", Unit::none, Align::left, "whether it says that the clock is right"},
      {"offset", "data.offset_after_s", Unit::seconds, Align::right, "how far off it says it is; + is fast"},
      {"was", "data.offset_before_s", Unit::seconds, Align::right, "and before"},
      {"from here", "data.controller_offset_s", Unit::seconds, Align::right, "measured from this machine's clock"},
      {"+/-", "data.controller_error_s", Unit::seconds, Align::right, "how exact that is"},
      {"stratum", "data.stratum", Unit::none, Align::right, "servers on the way to a clock of its own"},
      {"reference", "data.reference", Unit::none, Align::left, "the server that counts"},
      {"worst", "data.worst_offset_s", Unit::seconds, Align::right, "the larger of the two, without its sign", true},
      {"would", "data.would", Unit::none, Align::left, "with --check, what would be done", false, {}, true}};
}

double seconds(const Value& given, const char* name, double otherwise) {
  return given.contains(name) && given[name].is_number() ? given[name].get<double>() / 1e3 : otherwise;
}

// Microseconds: more digits would mean nothing.
Value rounded(std::optional<double> seconds) {
  return seconds ? Value(std::round(*seconds * 1e6) / 1e6) : Value(nullptr);
}

struct Measured {
  std::optional<double> offset, error;
};

Measured measured(const StepResult& ran) {
  Measured found;
  double offset = 0, error = 0;
  if (!ran.error && std::istringstream(ran.out) >> offset >> error) found = {offset, error};
  return found;
}

std::optional<ClockState> state_in(const apt::Answer& answer, const char* section, std::string_view daemon) {
  const std::string_view text = answer.text(section);
  if (daemon == "chrony") return parse_chrony(text);
  if (daemon == "timesyncd") return parse_timesyncd(text);
  return parse_ntpq(text);
}

class Judge {
 public:
  explicit Judge(const Arguments& arguments)
      : arguments_(arguments), max_(seconds(arguments.params, "max-offset", 0.1)) {}

  void hear(const StepResult& ran, const Measured& clock) {
    const apt::Answer answer(ran.out);
    std::istringstream words{std::string(answer.rest("daemon"))};
    std::string running;
    words >> daemon_ >> running;
    runs_ = running == "running";
    const auto before = state_in(answer, "before_state", daemon_), after = state_in(answer, "after_state", daemon_);
    Value& data = verdict_.data;
    data["service"] = daemon_ == "none" ? Value(nullptr) : Value(daemon_);
    data["synced"] = after && after->synced;
    data["offset_before_s"] = rounded(before ? before->offset_s : std::nullopt);
    data["offset_after_s"] = rounded(after ? after->offset_s : std::nullopt);
    data["stratum"] = after && after->stratum ? Value(*after->stratum) : Value(nullptr);
    data["reference"] = after && !after->reference.empty() ? Value(after->reference) : Value(nullptr);
    data["controller_offset_s"] = rounded(clock.offset);
    data["controller_error_s"] = rounded(clock.error);
    data["controller_synced"] = arguments_.params.value("controller_synced", true);
    const double daemons = after && after->offset_s ? std::abs(*after->offset_s) : 0;
    data["worst_offset_s"] = rounded(std::max(daemons, std::abs(clock.offset.value_or(0))));
    data["stepped"] = answer.find("stepped") != nullptr;
    if (const auto* config = answer.find("config")) {
      verdict_.diff = {{"path", config->rest},
                       {"before_header", config->rest},
                       {"after_header", config->rest},
                       {"before", answer.text("before")},
                       {"after", config->text}};
      data["config"] = config->rest;
    }
    std::vector<std::string> acts;
    if (const auto* config = answer.find("config")) acts.push_back("write " + std::string(config->rest));
    if (answer.find("start")) acts.push_back("start " + daemon_);
    if (answer.find("stepped")) acts.emplace_back("set the clock at once");
    if (!acts.empty()) verdict_.status = Status::changed;
    if (!acts.empty() && arguments_.check) data["would"] = fmt::format("{}", fmt::join(acts, ", "));
    verdict_.error = ran.error ? ran.error : why_not(ran, answer, after, clock);
  }

  bool lacks_daemon() const { return daemon_ == "none"; }
  Verdict& verdict() { return verdict_; }

 private:
  std::optional<Error> why_not(const StepResult& ran, const apt::Answer& answer, const std::optional<ClockState>& after,
                               const Measured& clock) const {
    const auto refuse = [](std::string message, std::string hint = {}) {
      return Error{Code::not_synchronized, std::move(message), std::move(hint)};
    };
    if (const auto* file = answer.find("unwritten"))
      return Error{Code::command_failed, fmt::format("{} cannot be written: {}", file->rest, first_line(ran.err)), ""};
    if (!answer.find("end"))
      return Error{Code::command_failed,
                   fmt::format("the script ended with exit status {}: {}", ran.status, first_line(ran.err)), ""};
    if (daemon_ == "none")
      return refuse("nothing keeps its clock: there is neither chrony nor systemd-timesyncd nor ntp",
                    "install chrony with --install");
    if (const auto* file = answer.find("no_drop_in"))
      return refuse(fmt::format("{} names no folder for more settings: the servers are not set", file->rest),
                    "set them there by hand, and leave --server and ntp_servers out");
    if (const auto* unstarted = answer.find("unstarted"))
      return refuse(fmt::format("{} does not start: {}", daemon_, unstarted->rest), "look at its log there");
    if (!after)
      return refuse(
          fmt::format("{} does not tell how the clock is: {}", daemon_, first_line(trim(answer.text("after_state")))),
          runs_ || !arguments_.check ? "look at its log there" : "without -C it is started");
    return judged(*after, answer, clock);
  }

  std::optional<Error> judged(const ClockState& after, const apt::Answer& answer, const Measured& clock) const {
    const auto refuse = [](std::string message, std::string hint) {
      return Error{Code::not_synchronized, std::move(message), std::move(hint)};
    };
    if (!after.synced)
      return refuse(fmt::format("{} has not synchronised the clock{}{}", daemon_,
                                arguments_.check ? "" : fmt::format(" within {:g} s", wait()), from_here(clock)),
                    "do its servers answer it? --server names others");
    if (const auto* unstepped = answer.find("unstepped"))
      return refuse(fmt::format("{} did not set the clock: {}", daemon_, unstepped->rest), "look at its log there");
    if (after.offset_s && std::abs(*after.offset_s) > max_)
      return refuse(fmt::format("{} says that the clock is {:.6g} s {}, more than --max-offset allows", daemon_,
                                std::abs(*after.offset_s), *after.offset_s > 0 ? "fast" : "slow"),
                    "set it at once with --step, or wait longer");
    const bool differs = clock.offset && std::abs(*clock.offset) - clock.error.value_or(0) > max_;
    if (differs && arguments_.params.value("controller_synced", true))
      return refuse(fmt::format("{} says that the clock is right{}", daemon_, from_here(clock)),
                    "one of the two clocks is wrong, or the servers are: this machine's own is synchronised");
    return std::nullopt;
  }

  std::string from_here(const Measured& clock) const {
    if (!clock.offset || std::abs(*clock.offset) - clock.error.value_or(0) <= max_) return "";
    return fmt::format(", and it is {:.6g} s {} this machine's (+/- {:.2g} s{})", std::abs(*clock.offset),
                       *clock.offset > 0 ? "ahead of" : "behind", clock.error.value_or(0),
                       arguments_.params.value("controller_synced", true) ? "" : ", which is not synchronised itself");
  }

  double wait() const { return seconds(arguments_.params, "wait", 60); }

  const Arguments& arguments_;
  double max_;
  std::string daemon_;
  bool runs_ = false;
  Verdict verdict_;
};

Step script_step(const Arguments& arguments) {
  const Value& given = arguments.params;
  Script what;
  what.text = timesync_script;
  what.arguments = {arguments.check ? "check" : "run",
                    fmt::format("{}", static_cast<int>(std::ceil(seconds(given, "wait", 60)))),
                    fmt::format("{:.6f}", seconds(given, "max-offset", 0.1)), given.value("step", false) ? "step" : ""};
  if (given.contains("server") && given["server"].is_array())
    for (const Value& server : given["server"]) what.arguments.push_back(server.get<std::string>());
  Step step;
  step.what = std::move(what);
  step.become = arguments.become;
  step.outlives_link = !arguments.check;
  step.progress = [](std::string_view line) {
    return line == "=cef waiting" ? "waits until the clock is right" : line == "=cef stepped" ? "clock set" : "";
  };
  return step;
}

// The controller itself, when there is doubt about its clock: nothing is done to it, and nothing held against it.
Course controller_course(Arguments arguments) {
  arguments.check = true;
  arguments.become.reset();
  arguments.params["server"] = nullptr;
  arguments.params["step"] = false;
  Judge judge(arguments);
  Step step = script_step(arguments);
  const StepResult ran = co_yield std::move(step);
  judge.hear(ran, {});
  Verdict verdict = std::move(judge.verdict());
  verdict.status = Status::skipped;
  verdict.error.reset();
  verdict.data["synced"] = false;  // its daemon may believe otherwise: the kernel has the last word
  verdict.data["worst_offset_s"] = nullptr;
  co_return verdict;
}

Course host_course(Arguments arguments) {
  Judge judge(arguments);
  Step step = script_step(arguments);
  StepResult ran = co_yield std::move(step);
  Step measure;
  measure.what = MeasureClock{};
  StepResult clock = co_yield Step(measure);
  judge.hear(ran, measured(clock));
  if (ran.error || !judge.lacks_daemon() || !arguments.params.value("install", false))
    co_return std::move(judge.verdict());

  Arguments unhurried = arguments;
  unhurried.params["no-update"] = false;
  step = apt::package_step("install", {"chrony"}, unhurried);
  ran = co_yield std::move(step);
  Verdict installed = apt::judge_packages(ran, arguments.check);
  if (installed.error || arguments.check) {
    const std::string would = apt::would_install(installed.data);
    installed.data = judge.verdict().data;
    if (!installed.error) installed.data["would"] = would;
    co_return installed;
  }
  step = script_step(arguments);
  ran = co_yield std::move(step);
  clock = co_yield std::move(measure);
  judge.hear(ran, measured(clock));
  judge.verdict().status = Status::changed;
  judge.verdict().data["installed"] = "chrony";
  judge.verdict().data["offset_before_s"] = nullptr;  // nobody kept it then, however soon the new daemon is right
  co_return std::move(judge.verdict());
}

Course timesync_course(Arguments arguments) {
  const bool is_controller = arguments.params.value("is_controller", false);
  return is_controller ? controller_course(std::move(arguments)) : host_course(std::move(arguments));
}

}  // namespace
}  // namespace timesync_parts

constinit const Task timesync{
    .name = "timesync",
    .summary = "see to it that each host's clock is kept, and prove that it is right",
    .params = timesync_parts::params,
    .columns = timesync_parts::columns,
    .course = timesync_parts::timesync_course,
};

}  // namespace cef::tasks
