#include "deploy_check.hpp"
#include "reconnect.hpp"
#include "words.hpp"

#include <cef/remote/deploy.hpp>
#include <cef/remote/perform.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::remote {

namespace asio = runner::asio;
using tasks::ModelState;

namespace {

constexpr Milliseconds between_looks{100};
// What a file system keeps back, and what is written besides.
constexpr std::uint64_t spare_bytes = std::uint64_t{1} << 20;

// In what form the archive goes to the host.
struct Way {
  const Source* source = nullptr;
  std::string form;
};

class Deployer {
 public:
  Deployer(runner::Link& link, const Deployment& deployment, Deployed& deployed)
      : link_(link), deployment_(deployment), deployed_(deployed), become_(link.job().become) {}

  asio::awaitable<Result<void>> run() {
    auto looking = tasks::look_at_model(deployment_.placement, deployment_.push.check);
    const auto looked = co_await step(std::move(looking));
    auto state = tasks::read_model_state(looked);
    if (!state) co_return Unexpected(state.error());
    deployed_.state = std::move(*state);
    deployed_.folder = tasks::folder_of(deployed_.state, deployment_.placement);
    deployed_.transfer.bytes_total = static_cast<std::int64_t>(deployment_.file->size());
    deployed_.changed = !deployed_.state.serves;
    if (deployed_.state.serves) co_return Result<void>();
    tasks::Placing placing;
    placing.keep = deployment_.keep;
    placing.files = deployment_.placement.unpacks ? deployment_.files : 1;
    placing.file_name = deployment_.file_name;
    placing.lends_file = lends();
    // Until it has the file, or has none to fetch, neighbours are to keep theirs for it.
    std::optional<Relay::Coming> coming;
    if (placing.lends_file) coming.emplace(*deployment_.relay, link_.job().site);
    if (!deployed_.state.is_complete) {
      const auto brought = co_await bring(placing);
      if (!brought) co_return Unexpected(brought.error());
    }
    coming.reset();
    if (deployment_.push.check) {
      auto looking_back = ask_for_versions(deployed_.state.dest, deployment_.placement.name);
      const auto told = co_await step(std::move(looking_back));
      if (told.error) co_return Unexpected(*told.error);
      deployed_.removed = versions_to_remove(told.out, deployed_.folder, deployment_.keep);
      co_return Result<void>();
    }
    auto placing_step = tasks::place_model(deployment_.placement, placing);
    const auto ran = co_await step(std::move(placing_step));
    auto placed = tasks::read_placed(ran);
    if (!placed) co_return Unexpected(placed.error());
    deployed_.removed = std::move(placed->removed);
    if (placing.lends_file && !placing.file.empty()) co_await lend(placing.file);
    co_return Result<void>();
  }

 private:
  bool lends() const {
    return deployment_.relay && deployment_.url.empty() && !deployment_.push.check && !link_.job().site.empty();
  }

  // The file goes when no neighbour is left that may want it. What a run that is stopped leaves of it, the next one
  // takes away.
  asio::awaitable<void> lend(std::string path) {
    while (deployment_.relay->is_awaited(link_.job().site)) {
      link_.note("hands it on");
      const auto waited = co_await link_.wait(pause(between_looks));
      if (!waited) co_return;
    }
    auto dropping = tasks::drop_model_file(std::move(path));
    (void)co_await step(std::move(dropping));
  }

  // What outlives its link is followed by its supervisor; the other steps only look, and look again when the link broke
  // off under them.
  asio::awaitable<tasks::StepResult> step(tasks::Step one) {
    one.become = become_;
    for (int fruitless = 1;; ++fruitless) {
      auto ran = co_await perform_step(one, link_, "model", deployment_.on_interrupt);
      const bool is_lost = ran.error && ran.error->code == Code::connection_lost && !one.outlives_link;
      if (!is_lost || fruitless > deployment_.push.retries) co_return ran;
      co_await pause_between_connections(fruitless);
      const auto session = co_await link_.session_within(std::max(deployment_.push.stall, link_.job().connect_timeout));
      if (session) continue;
      ran.error = not_there_again(session.error());
      co_return ran;
    }
  }

  Error cannot_unpack() const {
    if (deployment_.unzip_changes_names && !deployment_.url.empty())
      return {Code::unpack_failed, "unzip would change names in the archive, which have control characters",
              "let cef send it: without --from-url"};
    const bool has_tar = deployed_.state.has("tar");
    std::string needed = std::string(tasks::unpacker_of(deployment_.form));
    if (!has_tar || deployment_.url.empty()) needed = has_tar ? "gzip" : "tar";
    return {Code::unpack_failed, fmt::format("the host has no {} to unpack it with", needed),
            deployment_.url.empty() ? "install it there" : "install it there, or let cef send it: without --from-url"};
  }

  // The archive as it is where the host can unpack that: it may be smaller than any other form. Else anew.
  asio::awaitable<Result<Way>> choose() {
    Way way{deployment_.file, deployment_.placement.unpacks ? deployment_.form : std::string()};
    if (way.form.empty()) co_return way;
    const ModelState& state = deployed_.state;
    const bool unpacks = state.has(tasks::unpacker_of(way.form)) && !deployment_.unzip_changes_names;
    if (unpacks && (way.form == "zip" || state.has("tar"))) co_return way;
    if (!deployment_.url.empty() || !state.has("tar") || !state.has("gzip")) co_return Unexpected(cannot_unpack());
    if (deployment_.push.check) co_return way;
    const auto made = co_await deployment_.as_tar_gz->get(link_);
    if (!made) co_return Unexpected(made.error());
    way.source = *made;
    way.form = "tar.gz";
    co_return way;
  }

  Result<void> check_room(const Way& way) const {
    const std::uint64_t size = way.source->size(), there = std::min(deployed_.state.incoming_bytes, size);
    const std::uint64_t needed = size - there + (way.form.empty() ? 0 : deployment_.unpacked_bytes) + spare_bytes;
    if (deployed_.state.free_bytes == 0 || deployed_.state.free_bytes >= needed) return {};
    return Unexpected(
        Error{Code::disk_full,
              fmt::format("it needs {} in {}, and {} are free", size_text(static_cast<std::int64_t>(needed)),
                          deployed_.state.dest, size_text(static_cast<std::int64_t>(deployed_.state.free_bytes))),
              "make room there; --keep 1 keeps no earlier version"});
  }

  // The file to the host, as `placing` says afterwards.
  asio::awaitable<Result<void>> bring(tasks::Placing& placing) {
    const auto way = co_await choose();
    if (!way) co_return Unexpected(way.error());
    if (const auto room = check_room(*way); !room) co_return room;
    if (deployment_.push.check) co_return Result<void>();
    placing.form = way->form;
    // Two forms of one archive never share a name: what is there of the other one would not be a part of this.
    placing.file = fmt::format("{}/{}.{}", deployed_.state.incoming, deployment_.placement.sha256.substr(0, 24),
                               way->form.empty() ? "file" : way->form);
    if (!deployment_.url.empty()) co_return co_await fetch(placing.file);
    PushOrders orders = deployment_.push;
    orders.dest = placing.file;
    orders.become = become_;
    orders.mode = 0600;
    std::string tells = deployment_.placement.sha256 + ' ' + way->form;
    auto pushing = deployment_.relay ? push(link_, *way->source, orders, *deployment_.relay, std::move(tells))
                                     : push(link_, *way->source, orders);
    auto pushed = co_await std::move(pushing);
    if (!pushed) co_return Unexpected(pushed.error());
    deployed_.transfer = std::move(*pushed);
    co_return Result<void>();
  }

  asio::awaitable<Result<void>> fetch(std::string path) {
    auto fetching = tasks::fetch_model(deployment_.url, std::move(path), deployment_.placement.sha256);
    const auto ran = co_await step(std::move(fetching));
    const auto fetched = tasks::read_fetched(ran, deployment_.url);
    if (fetched) co_return fetched;
    Error error = fetched.error();
    if (error.code == Code::transfer_interrupted) error.hint = hint_for_fetch(error.message, deployment_.url);
    co_return Unexpected(std::move(error));
  }

  runner::Link& link_;
  const Deployment& deployment_;
  Deployed& deployed_;
  const std::optional<std::string> become_;
};

}  // namespace

asio::awaitable<Result<const Source*>> LateSource::get(runner::Link& link) {
  if (!made_ && !making_.valid()) making_ = std::async(std::launch::async, make_);
  while (!made_) {
    if (making_.wait_for(Milliseconds(0)) == std::future_status::ready) {
      made_.emplace(making_.get());
      break;
    }
    link.note("makes a tar of the archive");
    const auto waited = co_await link.wait(pause(between_looks));
    if (!waited) co_return Unexpected(waited.error());
  }
  if (!*made_) co_return Unexpected(made_->error());
  co_return &**made_;
}

asio::awaitable<Result<void>> deploy(runner::Link& link, const Deployment& deployment, Deployed& deployed) {
  Deployer deployer(link, deployment, deployed);
  co_return co_await deployer.run();
}

}  // namespace cef::remote
