// cef push: local files to each host.
#include "run/run_task.hpp"
#include "run/transfer_options.hpp"
#include "run/transfer_tally.hpp"
#include "verbs.hpp"

#include <cef/core/file.hpp>
#include <cef/core/text.hpp>
#include <cef/remote/relay.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <variant>
#include <vector>

namespace cef::cli {

namespace {

// What all hosts are sent, and what is known of it.
struct Load {
  std::vector<std::variant<remote::Source, remote::Tree>> things;
  std::int64_t bytes = 0;
};

Result<Load> load(const std::vector<std::string>& paths, bool verify) {
  Load all;
  for (const std::string& word : paths) {
    const auto path = expand_user(word);
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
      auto tree = remote::Tree::open(path);
      if (!tree) return Unexpected(tree.error());
      for (const std::string& other : tree->left_out())
        warn(fmt::format("{} is no file, folder or link, and is left out", (path / other).string()));
      all.bytes += tree->bytes();
      all.things.emplace_back(std::move(*tree));
      continue;
    }
    auto source = remote::Source::open(path);
    if (!source) return Unexpected(source.error());
    all.bytes += static_cast<std::int64_t>(source->size());
    all.things.emplace_back(std::move(*source));
  }
  // Hashed while hosts are logged in to. Of several, each when it is needed.
  if (const auto* only = std::get_if<remote::Source>(&all.things.front()); verify && only && all.things.size() == 1)
    (void)only->sha256();
  return all;
}

// In a folder of the hosts the last of two with one name would be all that is left.
Result<void> check_names(const Load& load) {
  std::set<std::string> names;
  for (const auto& thing : load.things) {
    const std::string& name = std::visit([](const auto& each) -> const std::string& { return each.name(); }, thing);
    if (!names.insert(name).second)
      return Unexpected(Error{Code::usage, fmt::format("two of them have the name {}", escape_controls(name)),
                              "send them into different folders, one after the other"});
  }
  return {};
}

// What --check found: `would_send`, `would_remove`, and `would`, which says it in words.
void note_plan(const std::variant<remote::Source, remote::Tree>& thing, remote::PushResult found, Value& data) {
  std::vector<std::string> acts;
  if (const auto* source = std::get_if<remote::Source>(&thing); source && found.changed) {
    const std::string name = found.path.empty() ? source->name() : found.path;
    if (found.equal)
      acts.push_back("set the mode or owner of " + escape_controls(name));
    else
      found.would_send.add(name);
  }
  const auto tell = [&](const char* field, const char* word, const remote::Names& names) {
    if (names.count == 0) return;
    acts.push_back(fmt::format("{} {}", word, some_of(names.first, names.count, 8)));
    Value& list = data[field];
    for (const std::string& name : names.first) list.push_back(name);
  };
  tell("would_send", "send", found.would_send);
  tell("would_remove", "remove", found.would_remove);
  for (const std::string& act : acts) add_to_plan(data, act);
}

// One host's work. The files go one after the other; the first that fails ends it.
class Delivery {
 public:
  Delivery(const Load& load, remote::PushOrders orders, const Arguments& given, TransferTally& tally)
      : load_(load), orders_(std::move(orders)), given_(given), tally_(tally), deletes_(given.has("delete")) {
    if (given.has("once-per-site")) relay_ = std::make_unique<remote::Relay>();
  }

  asio::awaitable<runner::Outcome> operator()(runner::Link& link) const {
    runner::Outcome outcome;
    remote::PushOrders orders = orders_;
    orders.pace = pace_of(given_);
    orders.become = link.job().become;
    std::int64_t before = 0;
    orders.progress = [&](std::int64_t bytes) {
      if (const auto note = tally_.note(link.job().host, before + bytes, load_.bytes, TransferTally::Clock::now()))
        link.note(*note);
    };
    outcome.data = Value::object();
    remote::PushResult sum;
    sum.files = 0;
    for (std::size_t i = 0; i < load_.things.size(); ++i) {
      const auto pushed = co_await push(link, i, orders);
      if (!pushed) {
        outcome.error = pushed.error();
        break;
      }
      before += pushed->bytes_total;
      add_up(sum, *pushed);
      if (orders.check) note_plan(load_.things[i], *pushed, outcome.data);
    }
    tally_.done(link.job().host);
    if (outcome.error && sum.files == 0) co_return outcome;
    if (load_.things.size() > 1) sum.sha256.clear();
    outcome.data.update(transfer_record(sum));
    outcome.status = sum.changed ? Status::changed : Status::ok;
    co_return outcome;
  }

  /// Null where there is none.
  const remote::Relay* relay() const { return relay_.get(); }

 private:
  asio::awaitable<Result<remote::PushResult>> push(runner::Link& link, std::size_t index,
                                                   const remote::PushOrders& orders) const {
    const auto& thing = load_.things[index];
    if (const auto* tree = std::get_if<remote::Tree>(&thing)) return remote::push(link, *tree, orders, deletes_);
    const auto& source = std::get<remote::Source>(thing);
    if (relay_) return remote::push(link, source, orders, *relay_, std::to_string(index));
    return remote::push(link, source, orders);
  }

  const Load& load_;
  const remote::PushOrders orders_;
  const Arguments& given_;
  TransferTally& tally_;
  const bool deletes_;
  std::unique_ptr<remote::Relay> relay_;  // null: each host gets all from here
};

int run(const Verb& verb, Context& context) {
  if (context.operands.empty())
    return complain({Code::usage, "which files are to be sent?", "cef push FILE... --dest PATH SELECTOR..."});
  auto orders = push_orders_of(context);
  if (!orders) return complain(orders.error());
  orders->dest = context.arguments.text("dest").value_or("");
  if (orders->dest.empty())
    return complain({Code::usage, "where are they to go?", "--dest PATH, a file's name or a folder on the hosts"});
  if (context.operands.size() > 1 && !orders->dest.ends_with('/'))
    return complain({Code::usage, "several files go into a folder", "let --dest end in /"});
  const auto files = load(context.operands, orders->verify);
  if (!files) return complain(as_usage(files.error()));
  if (const auto fine = check_names(*files); !fine) return complain(fine.error());
  const bool has_tree =
      std::ranges::any_of(files->things, [](const auto& thing) { return std::holds_alternative<remote::Tree>(thing); });
  if (has_tree && context.arguments.has("once-per-site")) warn("--once-per-site: folders go to each host from here");
  if (context.arguments.has("delete") && !has_tree)
    return complain({Code::usage, "--delete is for folders", "a file that is sent takes the place of the one there"});
  if (has_tree && (orders->mode || !orders->owner.empty() || !orders->group.empty()))
    return complain({Code::usage, "--mode, --owner and --group are for files",
                     "what is in a folder keeps its modes, and belongs to whoever writes it"});
  std::optional<TransferTally> tally;
  std::optional<Delivery> delivery;
  Verb shown = verb;
  show_via(shown.columns, context.arguments.has("once-per-site"));
  const int code = execute(shown, context, [&](const LiveSink&) {
    VerbOrders run_orders;
    run_orders.dry_run = orders->check;
    run_orders.arrange = [&](Prepared& prepared) -> Result<void> {
      warn_without_site(context.arguments, prepared.jobs);
      tally.emplace(prepared.jobs.size(), TransferTally::Clock::now(), tells_json(context));
      delivery.emplace(*files, *orders, context.arguments, *tally);
      return {};
    };
    run_orders.work = [&delivery](runner::Link& link, transport::Session&) { return (*delivery)(link); };
    return run_orders;
  });
  warn_of_refusals(delivery ? delivery->relay() : nullptr);
  return code;
}

Columns columns() {
  Columns all = transfer_columns();
  all.push_back(plan_column());
  all.push_back(via_column());
  return all;
}

std::vector<Param> options() {
  std::vector<Param> all{{.name = "dest",
                          .value = "PATH",
                          .help = "on the hosts; a folder, or what ends in /, takes the files' own names"}};
  for (const Param& param : attribute_options()) all.push_back(param);
  for (const Param& param : transfer_options()) all.push_back(param);
  all.push_back(once_per_site_option);
  all.push_back({.name = "delete",
                 .help = "of a folder there, take away what is not in the one here",
                 .kind = Param::Kind::flag});
  all.push_back({.name = "force", .help = "send also what is there", .kind = Param::Kind::flag});
  all.push_back({.name = "no-verify", .help = "do not hash what came through", .kind = Param::Kind::flag});
  all.push_back(check_option);
  return all;
}

}  // namespace

Verb push_verb() {
  return {
      .name = "push",
      .summary = "send local files and folders to each host, verified, and resumed where a link broke off",
      .usage = "SRC... --dest PATH SELECTOR... [options]",
      .details =
          "A file that is there and equal is not sent. Others are written beside the target, as .NAME.cef-part, "
          "verified by SHA-256, flushed, and then take its place: nobody sees half a file. After a lost connection, or "
          "when the command is run again, what is there and right is not sent again. A target keeps its mode and "
          "owner; one that is a symbolic link is written through. Of a folder, what is missing or other there is sent "
          "in one "
          "stream, and put in place once all is there; --dest is then the folder itself, or, with a / at its end, what "
          "it goes into. As the user who logs in, or with -b as root. No "
          "--timeout unless given.",
      .examples = {"cef push model.zip --dest /srv/models/ group=rpi",
                   "cef push app.conf --dest /etc/app.conf --mode 0640 -b group=web",
                   "cef push big.img --dest /var/tmp/ group=all --total-rate 5M --retries 20"},
      .options = options(),
      .columns = columns(),
      .run = run,
      .takes_operands = true,
  };
}

}  // namespace cef::cli
