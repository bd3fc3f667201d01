#include "pull_tree.hpp"

#include "pull_tree_script.hpp"
#include "pull_tree_talk.hpp"
#include "reconnect.hpp"
#include "tree_arrival.hpp"
#include "words.hpp"

#include <cef/remote/tree.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cef::remote {

namespace asio = transport::asio;
using transport::Clock;

namespace {

constexpr std::size_t most_list = std::size_t{1} << 30;
constexpr int most_rounds = 3;  // for files that are written to while they are read
constexpr Milliseconds look_at_hashes{10};

class PullingTree {
 public:
  PullingTree(runner::Link& link, const PullOrders& orders) : link_(link), orders_(orders) { result_.connections = 1; }

  asio::awaitable<Result<PushResult>> run() {
    const auto start = Clock::now();
    std::optional<Error> error;
    int fruitless = 0, rounds = 0;
    for (bool again = true; again;) {
      const auto before = result_.bytes_sent;
      std::size_t differing = 0;
      error = co_await once(differing);
      if (error && error->code == Code::connection_lost) {
        fruitless = result_.bytes_sent > before ? 0 : fruitless + 1;
        ++result_.connections;
        if (orders_.retries > 0 && fruitless <= orders_.retries) {
          co_await pause_between_connections(fruitless);
          continue;
        }
        error = Error{Code::transfer_interrupted,
                      fmt::format("the connection was lost {} times: {}", result_.connections, error->message), ""};
      }
      again = !error && differing > 0 && ++rounds < most_rounds;
      if (!error && differing > 0 && !again)
        result_.unverified = fmt::format("{} of the files were written to while they were read", differing);
    }
    result_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (error) co_return Unexpected(std::move(*error));
    co_return result_;
  }

 private:
  // `differing`: files that came otherwise than the host had said.
  asio::awaitable<std::optional<Error>> once(std::size_t& differing) {
    TreeList list(orders_.path);
    if (auto error = co_await ask(list)) co_return error;
    std::map<std::string, TreeFile> here;
    std::set<std::string> others;  // folders and links
    if (auto error = co_await look(here, others)) co_return error;
    std::vector<std::string> wanted, alone;
    result_.files = static_cast<std::int64_t>(list.files().size());
    std::int64_t missing = 0, equal_bytes = 0, wanted_bytes = 0;
    for (const auto& [path, file] : list.files()) {
      const auto mine = here.find(path);
      if (!orders_.force && mine != here.end() && !file.sha256.empty() && mine->second.sha256 == file.sha256) {
        equal_bytes += mine->second.size;
        continue;
      }
      ++missing;
      wanted_bytes += file.size;
      (list.big().contains(path) ? alone : wanted).push_back(path);
    }
    if (!counted_) result_.skipped = result_.files - missing;
    counted_ = true;
    // What came in an earlier connection is equal by now.
    result_.bytes_total = equal_bytes;
    std::vector<std::string> folders;  // new ones, which get the modes of those on the host
    for (const std::string& path : list.folders())
      if (path.empty() ? !there_ : !others.contains(path)) folders.push_back(path);
    const bool new_folders = std::ranges::any_of(folders, [](const auto& path) { return !path.empty(); });
    std::vector<std::string> links;
    for (const std::string& path : list.links())
      if (!others.contains(path)) links.push_back(path);
    result_.equal = missing == 0 && links.empty() && !new_folders && there_;
    result_.changed = result_.changed || !result_.equal;
    if (result_.equal || orders_.check) {
      result_.bytes_total += wanted_bytes;
      for (const auto* paths : {&wanted, &alone, &links})
        for (const std::string& path : *paths) result_.would_send.add(path);
      co_return std::nullopt;
    }
    bytes_in_all_ = result_.bytes_sent + wanted_bytes;

    std::error_code failed;
    std::filesystem::create_directories(orders_.folder, failed);
    auto arrival = TreeArrival::at(orders_.folder, orders_.name);
    if (!arrival) co_return arrival.error();
    for (const std::string& path : list.folders()) {
      const auto parts = parts_of(path);
      const auto made = parts ? arrival->make_folder(*parts) : Unexpected(parts.error());
      if (!made) co_return made.error();
    }
    wanted.insert(wanted.end(), links.begin(), links.end());
    // Other tars would send all that is in them.
    if (list.has_gnu_tar()) wanted.insert(wanted.begin(), folders.begin(), folders.end());
    if (!wanted.empty())
      if (auto error = co_await fetch(*arrival, wanted, list.has_gnu_tar())) co_return error;
    for (const std::string& path : alone)
      if (auto error = co_await fetch_alone(*arrival, path)) co_return error;
    std::vector<std::string> unread;
    for (const std::string& path : wanted)
      if (list.files().contains(path) && !arrival->files().contains(path)) unread.push_back(path);
    if (!unread.empty())
      co_return Error{Code::permission_denied,
                      fmt::format("{} of the files in {} could not be read on the host, {} the first", unread.size(),
                                  orders_.path, shown(unread.front())),
                      hint_for(Code::permission_denied, orders_.become)};
    for (const auto& [path, hash] : arrival->files()) {
      const auto said = list.files().find(path);
      if (!orders_.verify || said == list.files().end()) continue;
      if (!said->second.sha256.empty() && said->second.sha256 != hash) ++differing;
    }
    co_return std::nullopt;
  }

  // What is here already.
  asio::awaitable<std::optional<Error>> look(std::map<std::string, TreeFile>& files, std::set<std::string>& others) {
    const auto path = orders_.folder / orders_.name;
    std::error_code error;
    there_ = std::filesystem::is_directory(std::filesystem::symlink_status(path, error));
    if (!there_) co_return std::nullopt;
    const auto tree = Tree::open(path);
    if (!tree) co_return tree.error();
    for (;;) {
      if (const auto hashes = tree->hashes()) {
        if (!*hashes) co_return hashes->error();
        for (std::size_t i = 0; i < tree->entries().size(); ++i) {
          const TreeEntry& entry = tree->entries()[i];
          if (entry.kind == TreeEntry::Kind::file)
            files[entry.path] = {(**hashes)->at(i), static_cast<std::int64_t>(entry.size)};
          else
            others.insert(entry.path);
        }
        co_return std::nullopt;
      }
      asio::steady_timer timer(co_await asio::this_coro::executor, look_at_hashes);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }

  transport::Command command(std::string line) const {
    auto command = link_.job().command(std::move(line), orders_.become);
    command.lifetime = transport::Lifetime::free;  // it ends with its input, also when the connection is lost
    command.streams.keeps_output = false;
    return command;
  }

  template <class Talk>
  asio::awaitable<std::optional<Error>> execute(transport::Command command, const Talk& talk) {
    const auto session = co_await link_.session_within(std::max(orders_.stall, link_.job().connect_timeout));
    if (!session) co_return not_there_again(session.error());
    const auto ran = co_await (*session)->exec(std::move(command), link_.deadline());
    if (talk.error()) co_return talk.error();
    if (talk.ended()) co_return std::nullopt;
    if (!ran) co_return ran.error();
    co_return ended_early(talk.begun(), talk.noise(), *ran, cut_off);
  }

  asio::awaitable<std::optional<Error>> ask(TreeList& list) {
    auto line = command(tree_list_line(orders_));
    line.streams.limits_output = true;
    line.streams.output_limit = most_list;
    line.streams.on_output = [&list](bool is_stderr, std::string_view bytes) {
      if (!is_stderr) list.hear(bytes);
    };
    auto error = co_await execute(std::move(line), list);
    co_return error;
  }

  asio::awaitable<std::optional<Error>> fetch(TreeArrival& arrival, const std::vector<std::string>& paths, bool gnu) {
    TreeFetch talk(arrival, orders_.path);
    TreeRequest request(paths, gnu, Turns(orders_.pace, orders_.total_pace));
    auto heard_at = Clock::now();
    const auto before = result_.bytes_sent;
    auto line = command(tree_fetch_line(orders_, gnu, request.paced()));
    line.streams.source = [&request](std::size_t most) { return request.give(most, Clock::now()); };
    line.streams.on_output = [&](bool is_stderr, std::string_view bytes) {
      if (is_stderr) return;
      heard_at = Clock::now();
      talk.hear(bytes);
      request.hear(bytes.size());
      if (talk.ended()) request.end();
      result_.bytes_sent = before + arrival.bytes();
      note_progress(result_.bytes_sent);
    };
    line.streams.tick = [&]() -> Result<Clock::time_point> {
      if (talk.error()) return Unexpected(*talk.error());
      if (talk.ended()) return transport::no_deadline;
      if (const auto turn = request.wake(Clock::now())) {
        heard_at = std::max(heard_at, *turn);
        return *turn;
      }
      if (orders_.stall.count() <= 0) return transport::no_deadline;
      if (Clock::now() < heard_at + orders_.stall) return heard_at + orders_.stall;
      return Unexpected(Error{Code::transfer_stalled,
                              fmt::format("the host has sent nothing for {}", show_duration(orders_.stall)), ""});
    };
    auto error = co_await execute(std::move(line), talk);
    result_.bytes_total += result_.bytes_sent - before;
    co_return error;
  }

  asio::awaitable<std::optional<Error>> fetch_alone(TreeArrival& arrival, const std::string& path) {
    auto parts = parts_of(path);
    if (!parts) co_return parts.error();
    PullOrders orders = orders_;
    orders.path = orders_.path + '/' + path;
    orders.name = parts->back();
    parts->pop_back();
    const auto folder = arrival.make_folder(*parts);
    if (!folder) co_return folder.error();
    orders.at = folder->get();
    const auto before = result_.bytes_sent;
    orders.progress = [this, before](std::int64_t bytes, std::int64_t) { note_progress(before + bytes); };
    const auto pulled = co_await pull(link_, orders);
    if (!pulled) co_return pulled.error();
    result_.bytes_sent += pulled->bytes_sent;
    result_.bytes_total += pulled->bytes_total;
    result_.resumed_from += pulled->resumed_from;
    co_return std::nullopt;
  }

  void note_progress(std::int64_t bytes) const {
    if (orders_.progress) orders_.progress(bytes, std::max(bytes, bytes_in_all_));
  }

  runner::Link& link_;
  const PullOrders& orders_;
  PushResult result_;
  std::int64_t bytes_in_all_ = 0;  // as far as they are known
  bool there_ = false, counted_ = false;
};

}  // namespace

asio::awaitable<Result<PushResult>> pull_tree(runner::Link& link, const PullOrders& orders) {
  PullingTree pulling(link, orders);
  co_return co_await pulling.run();
}

}  // namespace cef::remote
