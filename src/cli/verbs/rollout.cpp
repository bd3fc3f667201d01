// cef rollout: a model delivered, built and tried on each host, in one go.
#include "models/delivery.hpp"
#include "run/on_interrupt.hpp"
#include "run/run_task.hpp"
#include "run/transfer_options.hpp"
#include "verbs.hpp"

#include <cef/core/text.hpp>
#include <cef/remote/perform.hpp>
#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <sstream>

namespace cef::cli {

namespace {

using Clock = std::chrono::steady_clock;

// What is done on every host, after the model is there.
struct Plan {
  Delivery delivery;
  bool builds = false;
  std::string tag;
  Value build = Value::object();     // params of docker_build, but for the context
  std::vector<std::string> run;      // words for a container of the image; empty: none is run
  std::optional<std::string> check;  // for the host's shell
  bool rolls_back = false;
};

double seconds_since(Clock::time_point begin) {
  return std::round(std::chrono::duration<double>(Clock::now() - begin).count() * 1e3) / 1e3;
}

// One host's. Each step is left out that the one before makes pointless.
class Rollout {
 public:
  Rollout(Plan& plan, const Arguments& given, runner::Link& link) : plan_(plan), given_(given), link_(link) {
    outcome_.data["steps"] = Value::array();
  }

  asio::awaitable<runner::Outcome> run() {
    const auto begin = Clock::now();
    auto delivered = co_await deliver(plan_.delivery, given_, link_);
    keep_fields(delivered.data);
    note("deploy", delivered.status, delivered.error, begin);
    if (delivered.data.contains("would")) outcome_.data["steps"].back()["would"] = delivered.data["would"];
    const bool checks = plan_.delivery.deployment.push.check;
    // What is not there yet cannot be built, or tried, to see what would come of it.
    const bool imagines = checks && delivered.status == Status::changed;
    if (plan_.builds && goes_on() && imagines) foretell("build", Status::changed, "build " + plan_.tag);
    if (plan_.builds && goes_on() && !imagines) co_await build(checks);
    if (!plan_.run.empty() && goes_on() && checks) foretell("run", Status::ok, "run " + *given_.text("run"));
    if (!plan_.run.empty() && goes_on() && !checks) co_await try_image();
    if (plan_.check && goes_on() && checks) foretell("check", Status::ok, "check with " + *plan_.check);
    if (plan_.check && goes_on() && !checks) co_await check_health();
    if (outcome_.error && plan_.rolls_back && delivered.status == Status::changed && !delivered.error)
      co_await roll_back();
    outcome_.data["failed_step"] = failed_step_.empty() ? Value(nullptr) : Value(failed_step_);
    if (outcome_.error) name_step(outcome_.error->message);
    co_return std::move(outcome_);
  }

 private:
  bool goes_on() const { return !outcome_.error; }

  void keep_fields(const Value& data) {
    if (data.is_object())
      for (const auto& [name, value] : data.items()) outcome_.data[name] = value;
  }

  void note(const char* name, Status status, const std::optional<Error>& error, Clock::time_point begin) {
    if (error) status = is_unreachable(error->code) ? Status::unreachable : Status::failed;
    outcome_.data["steps"].push_back(
        {{"name", name}, {"status", std::string(cef::name_of(status))}, {"seconds", seconds_since(begin)}});
    if (status == Status::changed) outcome_.status = Status::changed;
    if (error && !outcome_.error) {
      outcome_.error = error;
      failed_step_ = name;
    }
  }

  // A step that --check leaves out, and how it would end if all goes well.
  void foretell(const char* name, Status status, const std::string& act) {
    outcome_.data["steps"].push_back(
        {{"name", name}, {"status", std::string(cef::name_of(status))}, {"seconds", nullptr}});
    plan_act(act);
    if (status == Status::changed) outcome_.status = Status::changed;
  }

  // Of the step that was noted last.
  void plan_act(const std::string& act) {
    outcome_.data["steps"].back()["would"] = act;
    add_to_plan(outcome_.data, act);
  }

  // `check: ended with status 1; went back to 4`
  void name_step(std::string& message) const {
    const std::string host = link_.job().host + ": ";  // which tables leave out where it comes first
    message.insert(message.starts_with(host) ? host.size() : 0, failed_step_ + ": ");
    if (outcome_.data.contains("rolled_back_to"))
      message += "; went back to " + outcome_.data["rolled_back_to"].get<std::string>();
    if (!not_back_.empty()) message += "; rollback: " + not_back_;
  }

  asio::awaitable<tasks::Verdict> perform(const tasks::Task& task, Value params, bool check) {
    tasks::Arguments arguments;
    arguments.params = std::move(params);
    arguments.check = check;
    // docker may need root, which the model's files do not.
    arguments.become = link_.job().become;
    if (!arguments.become && !link_.job().never_becomes) arguments.become = link_.job().become_user;
    remote::Live nobody;
    co_return co_await remote::perform(task, std::move(arguments), link_, plan_.delivery.deployment.on_interrupt,
                                       std::move(nobody));
  }

  asio::awaitable<void> build(bool check) {
    const auto begin = Clock::now();
    Value params = plan_.build;
    const std::string dest = outcome_.data.value("dest", "");
    params["context"] = dest + "/" + plan_.delivery.model.name;
    auto built = co_await perform(tasks::docker_build, std::move(params), check);
    for (const char* field :
         {"image_id", "image_before", "tag", "size_bytes", "cached_steps", "failing", "last_lines", "log", "engine"})
      if (built.data.contains(field)) outcome_.data[field] = built.data[field];
    built_ = !built.error && built.status == Status::changed;
    if (built.data.contains("steps")) outcome_.data["build_steps"] = built.data["steps"];
    note("build", built.status, built.error, begin);
    if (check && !built.error && built.status == Status::changed) plan_act("build " + plan_.tag);
  }

  asio::awaitable<void> try_image() {
    const auto begin = Clock::now();
    Value params = {{"action", "run"}, {"rm", true}, {"names", {plan_.tag}}, {"command", plan_.run}};
    for (const char* field : {"network", "gpus"})
      if (const auto value = given_.text(field)) params[field] = *value;
    auto ran = co_await perform(tasks::docker, std::move(params), false);
    if (ran.data.contains("stdout")) outcome_.data["stdout"] = ran.data["stdout"];
    if (ran.data.contains("stderr")) outcome_.data["stderr"] = ran.data["stderr"];
    // What ran and is gone again has changed nothing.
    note("run", Status::ok, ran.error, begin);
  }

  asio::awaitable<void> check_health() {
    const auto begin = Clock::now();
    tasks::Script script;
    script.text = *plan_.check;
    tasks::Step step;
    step.what = std::move(script);
    const auto ran = co_await remote::perform_step(step, link_, "rollout", remote::OnInterrupt::leave);
    std::optional<Error> error = ran.error;
    if (!error && ran.status != 0) {
      const auto words = trim(ran.err.empty() ? ran.out : ran.err);
      error = Error{
          Code::command_failed,
          fmt::format("ended with status {}{}{}", ran.status, words.empty() ? "" : ": ", cut(first_line(words), 200)),
          ""};
    }
    note("check", Status::ok, error, begin);
  }

  asio::awaitable<void> roll_back() {
    const auto begin = Clock::now();
    Value params = {{"name", plan_.delivery.model.name}, {"dest", outcome_.data.value("dest", "")}};
    tasks::Arguments arguments;
    arguments.params = std::move(params);
    const auto back = co_await remote::perform(tasks::model_rollback, std::move(arguments), link_);
    if (!back.error) outcome_.data["rolled_back_to"] = back.data["to"];
    std::optional<Error> error = back.error;
    if (!error && built_ && outcome_.data.contains("image_before")) error = co_await give_tag_back();
    if (error) not_back_ = error->message;
    note("rollback", back.status, error, begin);
  }

  // To the image that had it before.
  asio::awaitable<std::optional<Error>> give_tag_back() {
    Value params = {{"action", "tag"}, {"names", {outcome_.data["image_before"], plan_.tag}}};
    const auto tagged = co_await perform(tasks::docker, std::move(params), false);
    if (!tagged.error) outcome_.data["image_id"] = outcome_.data["image_before"];
    co_return tagged.error;
  }

  Plan& plan_;
  const Arguments& given_;
  runner::Link& link_;
  runner::Outcome outcome_;
  std::string failed_step_;
  std::string not_back_;  // why the version before does not serve again
  bool built_ = false;    // another image than before
};

Error usage(std::string message) { return {Code::usage, std::move(message), "cef rollout --help lists what there is"}; }

Result<void> make_plan(Plan& plan, const Context& context) {
  const Arguments& given = context.arguments;
  if (const auto one = check_surplus(context, 1); !one) return one;
  if (context.operands.size() != 1)
    return Unexpected(usage("which model is to be rolled out? cef rollout NAME[:VERSION] --dest DIR SELECTOR..."));
  if (const auto filled = fill(plan.delivery, context, context.operands.front(), true); !filled) return filled;
  plan.builds = given.has("build");
  plan.tag = given.text("tag").value_or("");
  if (plan.builds && plan.tag.empty()) return Unexpected(usage("--build wants --tag NAME:TAG, of the image"));
  if (!plan.builds && !plan.tag.empty()) return Unexpected(usage("--tag has no meaning without --build"));
  if (const auto command = given.text("run")) {
    if (!plan.builds) return Unexpected(usage("--run has no meaning without --build"));
    std::istringstream words(*command);
    for (std::string word; words >> word;) plan.run.push_back(word);
    if (plan.run.empty()) return Unexpected(usage("--run: what is to be run in the image?"));
  }
  plan.check = given.text("check-cmd");
  plan.rolls_back = given.has("rollback");
  plan.build = params_of(given, tasks::docker_build.params);
  plan.build["tag"] = plan.tag;
  const models::Model& model = plan.delivery.model;
  plan.build["made_of"] = fmt::format("{}@{}", model.reference(), model.sha256);
  return {};
}

Columns columns() {
  return {{"version", "data.version", Unit::none, Align::left, "that serves now"},
          {"step", "data.steps.*.name", Unit::none, Align::left, "what was done"},
          {"result", "data.steps.*.status", Unit::none, Align::left, "how it ended; ok: it was so before"},
          {"took", "data.steps.*.seconds", Unit::seconds, Align::right, "the step"},
          {"sent", "data.bytes_sent", Unit::bytes, Align::right, "that came over the link"},
          {"image", "data.image_id", Unit::none, Align::left, "that was built", true},
          {"previous", "data.previous", Unit::none, Align::left, "the version before", true},
          {"would", "data.steps.*.would", Unit::none, Align::left, "with --check, what would be done", false, {}, true},
          via_column()};
}

int run(const Verb& verb, Context& context) {
  Plan plan;
  if (const auto made = make_plan(plan, context); !made) return complain(made.error());
  Verb shown = verb;
  show_via(shown.columns, plan.delivery.relay.has_value());
  const int code = execute(shown, context, [&](const LiveSink&) {
    VerbOrders orders;
    orders.dry_run = plan.delivery.deployment.push.check;
    orders.becomes = plan.builds;
    orders.arrange = [&](Prepared& prepared) -> Result<void> {
      if (plan.delivery.relay) warn_without_site(context.arguments, prepared.jobs);
      plan.delivery.tally.emplace(prepared.jobs.size(), TransferTally::Clock::now(), tells_json(context));
      return {};
    };
    orders.work = [&](runner::Link& link, transport::Session&) -> asio::awaitable<runner::Outcome> {
      Rollout rollout(plan, context.arguments, link);
      co_return co_await rollout.run();
    };
    return orders;
  });
  warn_of_refusals(plan.delivery.deployment.relay);
  return code;
}

std::vector<Param> options() {
  using Kind = Param::Kind;
  std::vector<Param> all{
      {.name = "dest", .value = "DIR", .help = "the folder on the hosts", .never_empty = true},
      {.name = "keep",
       .value = "N",
       .help = "versions that stay on a host, the new one among them",
       .kind = Kind::number,
       .otherwise = "2",
       .least = 1,
       .most = 1000},
      {.name = "from-url", .value = "URL", .help = "each host fetches the model there by itself", .never_empty = true},
      {.name = "build", .help = "an image of what is there", .kind = Kind::flag},
      {.name = "run",
       .value = "CMD",
       .help = "in a container of the image, that is removed: its words, between blanks"},
      {.name = "gpus", .value = "WHICH", .help = "for --run, as docker has it"},
      {.name = "check-cmd",
       .value = "CMD",
       .help = "in the host's shell, at the end; it fails unless that ends with 0"},
      {.name = "rollback",
       .help = "where a later step fails, the version before serves again, and the tag is that of its image",
       .kind = Kind::flag}};
  for (const Param& param : tasks::docker_build.params)
    if (param.name != "context") all.push_back(param);
  for (const Param& param : transfer_options()) all.push_back(param);
  all.push_back(once_per_site_option);
  all.push_back(check_option);
  return all;
}

}  // namespace

Verb rollout_verb() {
  return {
      .name = "rollout",
      .summary = "a model to each host, unpacked, built and tried; what is so already is left out",
      .usage = "NAME[:VERSION] --dest DIR SELECTOR... [--build --tag NAME:TAG [--run CMD]] [options]",
      .details =
          "Does what model deploy --unpack, docker build and docker run do, one after the other; the build's context "
          "is "
          "DIR/NAME, or the only folder in it that has a Dockerfile. An image that was built of this version is not "
          "built "
          "again. The same command again goes on where it stopped, and is ok where nothing is left to do. --serial "
          "1,10%,100% with --max-fail 0 stops before the next batch when a host fails. No --timeout unless given.",
      .examples = {"cef rollout aihub_model group=server --dest '~/run' --build --tag aihub:1",
                   "cef rollout aihub_model:2 group=rpi --dest '~/run' --build --tag aihub:2 --run './smoke --quick' "
                   "--serial 1,10%,100% --max-fail 0 --rollback"},
      .options = options(),
      .columns = columns(),
      .run = run,
      .takes_operands = true,
  };
}

}  // namespace cef::cli
