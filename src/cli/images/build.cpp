#include "build.hpp"

#include "run/on_interrupt.hpp"

#include <cef/core/file.hpp>
#include <cef/remote/image.hpp>
#include <cef/remote/perform.hpp>
#include <cef/remote/push.hpp>
#include <cef/tasks/docker_ignore.hpp>
#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <utility>

namespace cef::cli {

namespace {

Error usage(std::string message) { return {Code::usage, std::move(message), "cef docker --help lists what there is"}; }

// A folder of this machine, without what its .dockerignore names.
Result<remote::Tree> open_context(const std::string& folder, const std::string& dockerfile) {
  const auto path = expand_user(folder);
  std::string ignored;
  std::error_code error;
  for (const auto& file : {path / (dockerfile + ".dockerignore"), path / ".dockerignore"}) {
    if (!std::filesystem::exists(file, error)) continue;
    auto text = read_file(file);
    if (!text) return Unexpected(text.error());
    ignored = std::move(*text);
    break;
  }
  const tasks::DockerIgnore ignore(ignored, dockerfile);
  return remote::Tree::open(path, [&](std::string_view each) { return ignore.leaves_out(each); });
}

// Where it goes when --context does not say.
std::string context_of_tag(std::string tag) {
  for (char& c : tag)
    if (c == '/' || c == ':' || c == '@') c = '_';
  return "~/.cef-context." + tag;
}

// On one host: its context brought there, if it is from here, and built.
class Building {
 public:
  Building(Value params, std::optional<remote::Tree> tree, bool check, int retries, remote::OnInterrupt on_interrupt)
      : params_(std::move(params)),
        tree_(std::move(tree)),
        check_(check),
        retries_(retries),
        on_interrupt_(on_interrupt) {}

  void show(LiveSink sink) { sink_ = std::move(sink); }
  // Once for each kind of host.
  remote::ImageShare& share() {
    remote::PushOrders orders;
    orders.retries = retries_;
    return share_.emplace(params_["tag"].get<std::string>(), std::move(orders), on_interrupt_);
  }

  asio::awaitable<runner::Outcome> operator()(runner::Link& link) {
    const remote::ImageShare::Build build_here = [this, &link] { return build(link); };
    auto building = share_ && !check_ ? share_->obtain(link, build_here) : build_here();
    auto verdict = co_await std::move(building);
    co_return remote::outcome_of(std::move(verdict));
  }

 private:
  asio::awaitable<tasks::Verdict> build(runner::Link& link) const {
    tasks::Verdict verdict;
    std::optional<remote::PushResult> pushed;
    if (tree_) {
      // As the user who logs in, whose the build's path is as well.
      remote::PushOrders orders;
      orders.dest = params_["context"].get<std::string>();
      orders.check = check_;
      orders.retries = retries_;
      const auto sent = co_await remote::push(link, *tree_, orders, true);
      if (!sent) verdict.error = sent.error();
      if (!sent) co_return verdict;
      pushed = *sent;
      // What is not there yet cannot be looked at.
      if (check_ && pushed->changed) verdict.status = Status::changed;
      if (check_ && pushed->changed) co_return verdict;
    }
    tasks::Arguments arguments;
    arguments.params = params_;
    arguments.check = check_;
    remote::Live live;
    if (sink_)
      live = [this, &link](bool is_stderr, std::string_view bytes) { sink_(link.job().host, is_stderr, bytes); };
    verdict = co_await remote::perform(tasks::docker_build, std::move(arguments), link, on_interrupt_, std::move(live));
    if (pushed) verdict.data["bytes_sent"] = pushed->bytes_sent;
    co_return verdict;
  }

  const Value params_;
  const std::optional<remote::Tree> tree_;
  const bool check_;
  const int retries_;
  const remote::OnInterrupt on_interrupt_;
  LiveSink sink_;  // with --stream
  std::optional<remote::ImageShare> share_;
};

}  // namespace

int build_image(const Verb& verb, Context& context, Value params) {
  const Arguments& given = context.arguments;
  const auto local = given.text("push-context");
  const std::string tag = given.text("tag").value_or("");
  if (tag.empty()) return complain(usage("docker build wants --tag"));
  if (local && given.text("context").value_or("").empty()) params["context"] = context_of_tag(tag);
  if (!params["context"].is_string()) return complain(usage("docker build wants --context, or --push-context"));
  const bool check = given.has("check"), streams = given.has("stream");
  std::optional<remote::Tree> tree;
  if (local) {
    auto opened = open_context(*local, given.text("file").value_or("Dockerfile"));
    if (!opened) return complain(as_usage(opened.error()));
    tree.emplace(std::move(*opened));
  }
  const auto on_interrupt = on_interrupt_of(context.options);
  if (!on_interrupt) return complain(on_interrupt.error());
  const auto retries = context.options.number("retries");
  if (!retries) return complain(retries.error());
  const int tries = *retries ? static_cast<int>(**retries) : remote::PushOrders().retries;
  Building building(std::move(params), std::move(tree), check, tries, *on_interrupt);
  remote::ImageShare* share = given.has("once-per-arch") ? &building.share() : nullptr;
  Verb shown = verb;
  shown.columns = tasks::docker_build.columns();
  if (share) shown.columns.push_back({"built on", "data.built_on", Unit::none, Align::left, "the host it came from"});
  return execute(shown, context, [&](const LiveSink& sink) {
    if (streams) building.show(sink);
    VerbOrders orders;
    orders.live = orders.always_live = streams;
    orders.dry_run = check;
    orders.default_timeout = Milliseconds(12 * 3'600'000);  // on a Pi it takes hours
    orders.needs_root = true;
    orders.arrange = [share](Prepared& prepared) -> Result<void> {
      std::vector<std::string> hosts;
      for (const runner::Job& job : prepared.jobs) hosts.push_back(job.host);
      if (share) share->prefer(std::move(hosts));
      return {};
    };
    orders.work = [&building](runner::Link& link, transport::Session&) { return building(link); };
    return orders;
  });
}

}  // namespace cef::cli
