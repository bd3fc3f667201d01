#include "reconnect.hpp"

#include <cef/remote/image.hpp>
#include <cef/remote/perform.hpp>
#include <cef/remote/pull.hpp>
#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace cef::remote {

namespace asio = runner::asio;
using tasks::Verdict;
using transport::Clock;

namespace {

constexpr Milliseconds between_turns{100};
constexpr const char* folder_pattern = "/var/tmp/cef-images.XXXXXX";  // images are larger than what /tmp may hold

// The host that built, as another one reaches it.
class Neighbour : public runner::Link {
 public:
  Neighbour(runner::Link& link, const runner::Job& job) : Link(job, link.deadline()), link_(link) {}

  asio::awaitable<Result<transport::Session*>> session_within(Milliseconds) override {
    if (session_ && session_->is_open()) co_return session_.get();
    session_.reset();
    auto session = co_await link_.another(job().target);
    if (!session) co_return Unexpected(session.error());
    session_ = std::move(*session);
    co_return session_.get();
  }
  asio::awaitable<Result<std::unique_ptr<transport::Session>>> another(transport::Target target) override {
    return link_.another(std::move(target));
  }
  asio::awaitable<Result<void>> wait(asio::awaitable<void> until) override { return link_.wait(std::move(until)); }
  void note(std::string_view text) override { link_.note(fmt::format("{}: {}", job().host, text)); }

 private:
  runner::Link& link_;
  std::unique_ptr<transport::Session> session_;
};

// Cleared however the work ends, so that another host may go on.
template <typename T>
class While {
 public:
  While(T& mark, T value) : mark_(mark) { mark_ = std::move(value); }
  ~While() { mark_ = T(); }
  While(const While&) = delete;
  While& operator=(const While&) = delete;

 private:
  T& mark_;
};

Verdict failed(Error error) {
  Verdict verdict;
  verdict.error = std::move(error);
  return verdict;
}

}  // namespace

ImageShare::ImageShare(std::string tag, PushOrders push, OnInterrupt on_interrupt)
    : tag_(std::move(tag)), push_(std::move(push)), on_interrupt_(on_interrupt) {}

ImageShare::~ImageShare() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

void ImageShare::prefer(std::vector<std::string> hosts) {
  order_.clear();
  for (std::size_t i = 0; i < hosts.size(); ++i) order_[std::move(hosts[i])] = {i};
}

asio::awaitable<Verdict> ImageShare::copy(runner::Link& link, Value params) const {
  tasks::Arguments arguments;
  arguments.params = std::move(params);
  return perform(tasks::docker_copy, std::move(arguments), link, on_interrupt_, nullptr);
}

// Until all that come before have said what they are, or could have; after that only those that are here come before.
asio::awaitable<Result<void>> ImageShare::wait_for_turn(runner::Link& link) {
  const auto mine = order_.find(link.job().host);
  if (mine == order_.end()) co_return Result<void>();
  mine->second.is_here = true;
  const auto until = Clock::now() + link.job().connect_timeout;
  const auto is_behind = [&](const auto& other) {
    return other.second.place < mine->second.place && (other.second.is_here || Clock::now() < until);
  };
  while (std::ranges::any_of(order_, is_behind)) {
    const auto waited = co_await link.wait(pause(between_turns));
    if (!waited) co_return waited;
  }
  co_return Result<void>();
}

asio::awaitable<Verdict> ImageShare::obtain(runner::Link& link, const Build& build) {
  Value looking = {{"action", "look"}, {"tag", tag_}};
  auto looked = co_await copy(link, std::move(looking));
  if (looked.error) co_return looked;
  const auto turn = co_await wait_for_turn(link);
  order_.erase(link.job().host);
  if (!turn) co_return failed(turn.error());
  // On this machine there is no logging in to fetch it.
  Kind& kind = kinds_[looked.data["platform"].get<std::string>() + (link.job().local ? " here" : "")];
  while (!kind.job && !kind.failed && !kind.builder.empty()) {
    link.note(fmt::format("waits for {}, which builds", kind.builder));
    const auto waited = co_await link.wait(pause(between_turns));
    if (!waited) co_return failed(waited.error());
  }
  if (kind.failed) co_return failed(*kind.failed);
  if (kind.job) co_return co_await take_over(link, kind);
  co_return co_await build_here(link, kind, build);
}

asio::awaitable<Verdict> ImageShare::build_here(runner::Link& link, Kind& kind, const Build& build) {
  const While builds(kind.builder, link.job().host);
  auto verdict = co_await build();
  if (verdict.error) {
    if (verdict.error->code == Code::docker_build_failed)
      kind.failed = Error{Code::docker_build_failed,
                          fmt::format("not built: {} could not: {}", link.job().host, verdict.error->message), ""};
    co_return verdict;
  }
  const auto image = verdict.data.find("image_id");
  if (image == verdict.data.end()) co_return verdict;  // it was only looked at
  Value looking = {{"action", "look"}, {"image", *image}, {"tag", tag_}};
  const auto made = co_await copy(link, std::move(looking));
  if (made.error || !made.data["has_image"].get<bool>()) co_return verdict;  // the next one builds
  kind.image = image->get<std::string>();
  kind.layers = made.data["layers"];
  kind.job = link.job();
  co_return verdict;
}

asio::awaitable<Verdict> ImageShare::take_over(runner::Link& link, Kind& kind) {
  std::optional<Relay::Coming> coming(std::in_place, relay_, link.job().site);
  Value looking = {{"action", "look"}, {"image", kind.image}, {"tag", tag_}, {"layers", kind.layers}};
  auto looked = co_await copy(link, std::move(looking));
  if (looked.error) co_return looked;
  const bool has_image = looked.data["has_image"].get<bool>();
  Verdict verdict;
  PushResult sent;
  sent.bytes_total = 0;
  std::int64_t skip = has_image ? 0 : looked.data["shared"].get<std::int64_t>();
  if (has_image && looked.data["is_tagged"].get<bool>()) {
    verdict.data = {{"image_id", kind.image}, {"tag", tag_}, {"size_bytes", looked.data["size_bytes"]}};
  } else if (has_image) {
    Value tagging = {{"action", "load"}, {"image", kind.image}, {"tag", tag_}};
    verdict = co_await copy(link, std::move(tagging));
  } else {
    for (;; skip = 0) {
      const auto packed = co_await archive(link, kind, skip);
      if (!packed) co_return failed(packed.error());
      PushOrders orders = push_;
      orders.dest = "~/";
      orders.mode = 0600;
      auto pushed = co_await push(link, **packed, orders, relay_, fmt::format("{} {}", kind.image, skip));
      if (!pushed) co_return failed(pushed.error());
      sent.bytes_sent += pushed->bytes_sent;
      sent.via = pushed->via;
      Value loading = {{"action", "load"}, {"image", kind.image}, {"tag", tag_}, {"path", pushed->path}};
      verdict = co_await copy(link, std::move(loading));
      coming.reset();
      // Neighbours may still want the file.
      while (!link.job().site.empty() && relay_.is_awaited(link.job().site)) {
        const auto waited = co_await link.wait(pause(between_turns));
        if (!waited) break;
      }
      Value dropping = {{"action", "drop"}, {"path", pushed->path}};
      (void)co_await copy(link, std::move(dropping));
      // The image store of this host may want an archive that is whole.
      if (!verdict.error || skip == 0) break;
    }
  }
  if (verdict.error) co_return verdict;
  verdict.data["built_on"] = kind.job->host;
  verdict.data["bytes_sent"] = sent.bytes_sent;
  verdict.data["layers_there"] = has_image ? static_cast<std::int64_t>(kind.layers.size()) : skip;
  if (!sent.via.empty()) verdict.data["via"] = sent.via;
  co_return verdict;
}

asio::awaitable<Result<const Source*>> ImageShare::archive(runner::Link& link, Kind& kind, std::int64_t skip) {
  Archive& archive = kind.archives[skip];
  while (!archive.source && archive.is_fetched_now) {
    link.note(fmt::format("waits for the image of {}", kind.job->host));
    const auto waited = co_await link.wait(pause(between_turns));
    if (!waited) co_return Unexpected(waited.error());
  }
  if (!archive.source) {
    const While fetches(archive.is_fetched_now, true);
    auto fetched = co_await fetch(link, kind, skip);
    if (!fetched) co_return Unexpected(fetched.error());
    archive.source.emplace(std::move(*fetched));
  }
  co_return &*archive.source;
}

asio::awaitable<Result<Source>> ImageShare::fetch(runner::Link& link, const Kind& kind, std::int64_t skip) {
  if (folder_.empty()) {
    std::string pattern = folder_pattern;
    if (!mkdtemp(pattern.data()))
      co_return Unexpected(
          Error{Code::io_failed, fmt::format("no folder can be made in /var/tmp: {}", std::strerror(errno)), ""});
    folder_ = pattern;
  }
  Neighbour there(link, *kind.job);
  Value saving = {{"action", "save"}, {"image", kind.image}, {"skip", skip}};
  auto saved = co_await copy(there, std::move(saving));
  if (saved.error) {
    saved.error->message = fmt::format("{}: {}", kind.job->host, saved.error->message);
    co_return Unexpected(*saved.error);
  }
  PullOrders orders;
  orders.path = saved.data["path"].get<std::string>();
  orders.folder = folder_;
  orders.name = std::filesystem::path(orders.path).filename().string();
  if (saved.data["becomes"].get<bool>()) orders.become = kind.job->become.value_or(kind.job->become_user);
  orders.stall = push_.stall;
  orders.retries = push_.retries;
  const auto pulled = co_await pull(there, orders);
  Value dropping = {{"action", "drop"}, {"path", orders.path}};
  (void)co_await copy(there, std::move(dropping));
  if (!pulled) co_return Unexpected(pulled.error());
  co_return Source::open(folder_ / orders.name, pulled->sha256);
}

}  // namespace cef::remote
