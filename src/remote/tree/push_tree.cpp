#include "reconnect.hpp"
#include "tar_writer.hpp"
#include "tree_talk.hpp"
#include "words.hpp"

#include <cef/core/sha256.hpp>
#include <cef/remote/push.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>
#include <utility>

namespace cef::remote {

namespace asio = transport::asio;
using transport::Clock;

namespace {

using Kind = TreeEntry::Kind;

// One that is longer goes by itself, and can be resumed at the byte.
constexpr std::size_t longest_in_stream = std::size_t{4} << 20;
constexpr std::size_t most_answer = std::size_t{256} << 20;
constexpr Milliseconds look_at_hashes{10};
const std::vector<std::string> no_hashes;

std::string a_word() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

// Its input from a text, in pieces.
class TextFeed {
 public:
  explicit TextFeed(std::string text) : text_(std::move(text)) {}
  std::optional<std::string_view> next(std::size_t most) {
    const auto piece = std::string_view(text_).substr(at_, most);
    at_ += piece.size();
    return piece.empty() ? std::nullopt : std::optional(piece);
  }

 private:
  const std::string text_;
  std::size_t at_ = 0;
};

class PushingTree {
 public:
  PushingTree(runner::Link& link, const Tree& tree, const PushOrders& orders, bool deletes)
      : link_(link), tree_(tree), orders_(orders), deletes_(deletes) {
    result_.bytes_total = tree.bytes();
    result_.files = static_cast<std::int64_t>(tree.files());
    result_.connections = 1;
  }

  asio::awaitable<Result<PushResult>> run() {
    const auto start = Clock::now();
    std::optional<Error> error;
    for (int fruitless = 0;;) {
      error = co_await once();
      const bool again = error && error->code == Code::connection_lost;
      if (!again) break;
      fruitless = there_ > most_there_ ? 0 : fruitless + 1;
      most_there_ = std::max(most_there_, there_);
      if (orders_.retries == 0 || fruitless > orders_.retries) {
        error = Error{Code::transfer_interrupted,
                      fmt::format("the connection was lost {} times: {}", result_.connections, error->message), ""};
        break;
      }
      ++result_.connections;
      co_await pause_between_connections(fruitless);
    }
    result_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (error) co_return Unexpected(std::move(*error));
    co_return result_;
  }

 private:
  asio::awaitable<std::optional<Error>> wait_for_hashes() {
    for (;;) {
      if (const auto hashes = tree_.hashes()) {
        if (!*hashes) co_return hashes->error();
        hashes_ = **hashes;
        co_return std::nullopt;
      }
      if (Clock::now() >= link_.deadline())
        co_return Error{Code::command_timeout, "the folder was not hashed in time", ""};
      asio::steady_timer timer(co_await asio::this_coro::executor, look_at_hashes);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }

  // What is there already is told at a glance, as nothing that is here has changed since the last push: it would be
  // later than that. Else the hashes of all files are compared.
  asio::awaitable<std::optional<Error>> once() {
    if (!orders_.force) {
      TreeLook glance(tree_, no_hashes, orders_.dest);
      if (auto error = co_await ask(glance, tree_glance_line(orders_, name()), "")) co_return error;
      if (glance.read_at() && tree_.changed_at() < *glance.read_at() && glance.listing() == tree_.listing()) {
        result_.equal = true;
        result_.skipped = result_.files;
        co_return std::nullopt;
      }
      if (!glance.target_exists() && !glance.is_resumed()) {
        const auto all = everything();
        const std::vector<std::string> nothing;
        co_return co_await send(glance, all, nothing, false);
      }
    }
    if (auto error = co_await wait_for_hashes()) co_return error;
    const TreeLists lists = lists_of(tree_, *hashes_);
    TreeLook look(tree_, *hashes_, orders_.dest);
    if (auto error = co_await ask(look, tree_look_line(orders_, name(), lists, deletes_, by_), lists.text))
      co_return error;
    const auto needed = orders_.force ? everything() : look.needed();
    const auto extra = deletes_ ? look.extra() : std::vector<std::string>();
    co_return co_await send(look, needed, extra, true);
  }

  std::vector<std::size_t> everything() const {
    std::vector<std::size_t> indices(tree_.entries().size());
    std::iota(indices.begin(), indices.end(), std::size_t{0});
    return indices;
  }

  asio::awaitable<std::optional<Error>> send(const TreeLook& look, const std::vector<std::size_t>& needed,
                                             const std::vector<std::string>& extra, bool looked) {
    result_.skipped = result_.files - std::ranges::count_if(needed, [&](std::size_t i) { return is_file(i); });
    result_.removed = static_cast<std::int64_t>(extra.size());
    result_.equal = needed.empty() && extra.empty() && look.target_exists();
    result_.changed = result_.changed || !result_.equal;
    if (result_.equal && orders_.check) co_return std::nullopt;
    if (result_.equal) co_return co_await drop();
    if (!look.cannot_write().empty()) co_return refusal_of("write " + look.cannot_write(), orders_.dest, "");

    std::vector<std::size_t> stream, alone;
    std::int64_t bytes = 0;
    std::set<std::string> folders;  // those that hold what is sent
    for (const std::size_t i : needed) {
      const TreeEntry& entry = tree_.entries()[i];
      for (auto end = entry.path.find('/'); end != std::string::npos; end = entry.path.find('/', end + 1))
        folders.insert(entry.path.substr(0, end));
      if (look.is_staged(i) && !orders_.force) continue;
      bytes += static_cast<std::int64_t>(entry.size);
      if (entry.kind == Kind::file && entry.size > longest_in_stream)
        alone.push_back(i);
      else
        stream.push_back(i);
    }
    if (look.space() && bytes > *look.space())
      co_return Error{Code::disk_full,
                      fmt::format("there is no room for {} on the host: it needs {}, and {} are free", orders_.dest,
                                  size_text(bytes), size_text(*look.space())),
                      ""};
    if (orders_.check) {
      note_plan(look, needed, extra);
      co_return std::nullopt;
    }
    for (std::size_t i = 0; i < tree_.entries().size(); ++i)
      if (tree_.entries()[i].kind == Kind::folder && folders.contains(tree_.entries()[i].path)) stream.push_back(i);
    std::ranges::sort(stream);
    stream.erase(std::unique(stream.begin(), stream.end()), stream.end());
    there_ = there_before_ = tree_.bytes() - bytes;
    if (auto error = co_await unpack(stream, looked)) co_return error;
    for (const std::size_t i : alone)
      if (auto error = co_await push_alone(i, look.stage())) co_return co_await why_really(std::move(*error));
    co_return co_await settle(extra);
  }

  void note_plan(const TreeLook& look, const std::vector<std::size_t>& needed, const std::vector<std::string>& extra) {
    if (!look.target_exists()) {
      result_.would_send.add(name() + '/');
      return;
    }
    for (const std::size_t i : needed) result_.would_send.add(tree_.entries()[i].path);
    for (const std::string& path : extra) result_.would_remove.add(path.substr(2));
  }

  bool is_file(std::size_t index) const { return tree_.entries()[index].kind == Kind::file; }

  transport::Command command(std::string line) const {
    auto command = link_.job().command(std::move(line), orders_.become);
    command.lifetime = transport::Lifetime::free;  // it ends with its input, also when the connection is lost
    command.streams.keeps_output = false;
    command.streams.limits_output = true;
    command.streams.output_limit = most_answer;
    return command;
  }

  asio::awaitable<Result<transport::ExecResult>> execute(transport::Command command) {
    const auto session = co_await link_.session_within(std::max(orders_.stall, link_.job().connect_timeout));
    if (!session) co_return Unexpected(not_there_again(session.error()));
    auto ran = co_await (*session)->exec(std::move(command), link_.deadline());
    co_return ran;
  }

  template <class Talk>
  static std::optional<Error> outcome_of(const Talk& talk, bool done, const Result<transport::ExecResult>& ran) {
    if (talk.error()) return talk.error();
    if (done) return std::nullopt;
    return ran ? ended_early(talk.begun(), talk.noise(), *ran, ended_there) : ran.error();
  }

  asio::awaitable<std::optional<Error>> ask(TreeLook& look, std::string text, std::string input) {
    TextFeed feed(std::move(input));
    auto line = command(std::move(text));
    line.streams.source = [&feed](std::size_t most) { return feed.next(most); };
    line.streams.on_output = [&look](bool is_stderr, std::string_view bytes) {
      if (!is_stderr) look.hear(bytes);
    };
    const auto ran = co_await execute(std::move(line));
    co_return outcome_of(look, look.ended(), ran);
  }

  asio::awaitable<std::optional<Error>> unpack(const std::vector<std::size_t>& indices, bool looked) {
    TarWriter tar(tree_, indices);
    Turns turns(orders_.pace, orders_.total_pace);
    TreeStep step(orders_.dest);
    Sha256 sum;
    auto progress_at = Clock::now();
    bool given_all = false;
    auto line = command(tree_unpack_line(orders_, name(), id_of(tree_), looked, by_));
    line.streams.source = [&](std::size_t most) -> std::optional<std::string_view> {
      if (step.error() || !tar.changed().empty()) return std::nullopt;
      progress_at = std::max(Clock::now(), turns.due());
      const std::size_t size = turns.next(most, Clock::now());
      if (size == 0) return std::string_view();
      const auto piece = tar.next(size);
      if (orders_.verify) sum.add(piece);
      given_all = piece.empty();
      if (orders_.progress) orders_.progress(there_before_ + tar.file_bytes());
      return given_all ? std::nullopt : std::optional(piece);
    };
    line.streams.on_output = [&step](bool is_stderr, std::string_view bytes) {
      is_stderr ? step.hear_error(bytes) : step.hear(bytes);
    };
    line.streams.tick = [&]() -> Result<Clock::time_point> {
      if (given_all) return transport::no_deadline;
      if (const auto turn = turns.wake(Clock::now())) return *turn;
      if (orders_.stall.count() <= 0) return transport::no_deadline;
      if (Clock::now() < progress_at + orders_.stall) return progress_at + orders_.stall;
      return Unexpected(Error{Code::transfer_stalled,
                              fmt::format("the host has taken nothing for {}", show_duration(orders_.stall)), ""});
    };
    const auto ran = co_await execute(std::move(line));
    result_.bytes_sent += tar.file_bytes();
    there_before_ += tar.file_bytes();
    if (!tar.changed().empty()) co_return has_changed(tar.changed());
    if (auto error = outcome_of(step, step.done(), ran)) co_return error;
    if (!orders_.verify)
      result_.unverified = "it was not asked for";
    else if (step.sha256().empty())
      result_.unverified = "the host has neither sha256sum nor openssl: only tar's word counts";
    else if (step.sha256() != sum.hex())
      co_return refusal_of("hash", orders_.dest, "");
    co_return std::nullopt;
  }

  Error has_changed(const std::string& path) const {
    return {Code::transfer_interrupted,
            fmt::format("{} has changed on this machine while it was sent, or could not be read",
                        (tree_.path() / path).string()),
            "send it again when nobody writes to it"};
  }

  asio::awaitable<std::optional<Error>> push_alone(std::size_t index, const std::string& stage) {
    const TreeEntry& entry = tree_.entries()[index];
    const auto source = Source::open(tree_.path() / entry.path, hashes_ ? (*hashes_)[index] : "");
    if (!source) co_return source.error();
    if (source->size() != entry.size) co_return has_changed(entry.path);
    PushOrders orders = orders_;
    orders.dest = stage + "/tree/" + entry.path;
    orders.mode = entry.mode;
    orders.owner.clear();
    orders.group.clear();
    const std::int64_t before = there_before_;
    orders.progress = [this, before](std::int64_t bytes) {
      if (orders_.progress) orders_.progress(before + bytes);
    };
    const auto pushed = co_await push(link_, *source, orders);
    if (!pushed) co_return pushed.error();
    result_.bytes_sent += pushed->bytes_sent;
    result_.resumed_from += pushed->resumed_from;
    result_.connections += pushed->connections - 1;
    there_ += pushed->bytes_total;
    there_before_ += pushed->bytes_total;
    co_return std::nullopt;
  }

  // What the host said of a file that lies ready means little where another transfer has taken it away.
  asio::awaitable<std::optional<Error>> why_really(Error error) {
    if (error.code == Code::connection_lost) co_return error;
    const auto taken = co_await take_step(tree_still_line(orders_, name(), by_), std::string());
    co_return taken && taken->code == Code::transfer_interrupted ? *taken : error;
  }

  asio::awaitable<std::optional<Error>> settle(const std::vector<std::string>& extra) {
    std::string removed;
    for (const std::string& path : extra) removed += path + '\0';
    auto text = tree_settle_line(orders_, name(), removed.size(), 0755, tree_.read_at(), by_);
    co_return co_await take_step(std::move(text), std::move(removed));
  }

  asio::awaitable<std::optional<Error>> drop() {
    auto text = tree_drop_line(orders_, name(), by_);
    co_return co_await take_step(std::move(text), std::string());
  }

  asio::awaitable<std::optional<Error>> take_step(std::string text, std::string input) {
    auto line = command(std::move(text));
    TextFeed feed(std::move(input));
    line.streams.source = [&feed](std::size_t most) { return feed.next(most); };
    TreeStep step(orders_.dest);
    line.streams.on_output = [&step](bool is_stderr, std::string_view bytes) {
      is_stderr ? step.hear_error(bytes) : step.hear(bytes);
    };
    const auto ran = co_await execute(std::move(line));
    co_return outcome_of(step, step.done(), ran);
  }

  std::string name() const { return orders_.name.empty() ? tree_.name() : orders_.name; }

  runner::Link& link_;
  const Tree& tree_;
  const PushOrders& orders_;
  const bool deletes_;
  const std::string by_ = a_word();  // of this transfer's own
  const std::vector<std::string>* hashes_ = nullptr;
  PushResult result_;
  std::int64_t there_before_ = 0;             // on the host, as far as is known
  std::int64_t there_ = 0, most_there_ = -1;  // the same by the host's word, in this connection and in all
};

}  // namespace

asio::awaitable<Result<PushResult>> push(runner::Link& link, const Tree& tree, const PushOrders& orders, bool deletes) {
  PushingTree pushing(link, tree, orders, deletes);
  co_return co_await pushing.run();
}

}  // namespace cef::remote
