// cef push: local files to each host.
#include "run/run_task.hpp"
#include "run/transfer_options.hpp"
#include "run/transfer_tally.hpp"
#include "verbs.hpp"

#include <cef/core/file.hpp>
#include <cef/remote/push.hpp>

#include <fmt/format.h>

#include <memory>
#include <vector>

namespace cef::cli {

namespace {

// What all hosts are sent, and what is known of it.
struct Load {
  std::vector<remote::Source> sources;
  std::int64_t bytes = 0;
};

Result<Load> load(const std::vector<std::string>& paths) {
  Load all;
  for (const std::string& path : paths) {
    auto source = remote::Source::open(expand_user(path));
    if (!source) return Unexpected(source.error());
    all.bytes += static_cast<std::int64_t>(source->size());
    all.sources.push_back(std::move(*source));
  }
  // Hashed while hosts are logged in to. Of several, each when it is needed.
  if (all.sources.size() == 1) (void)all.sources.front().sha256();
  return all;
}

void add(remote::PushResult& sum, const remote::PushResult& one) {
  sum.bytes_total += one.bytes_total;
  sum.bytes_sent += one.bytes_sent;
  sum.resumed_from += one.resumed_from;
  sum.seconds += one.seconds;
  sum.changed = sum.changed || one.changed;
  if (!one.unverified.empty()) sum.unverified = one.unverified;
}

// One host's work. The files go one after the other; the first that fails ends it.
class Delivery {
 public:
  Delivery(const Load& load, remote::PushOrders orders, const Arguments& given, TransferTally& tally)
      : load_(load), orders_(std::move(orders)), given_(given), tally_(tally) {}

  asio::awaitable<runner::Outcome> operator()(runner::Link& link) const {
    runner::Outcome outcome;
    remote::PushOrders orders = orders_;
    orders.pace = pace_of(given_);
    orders.become = link.job().become;
    std::int64_t before = 0;
    orders.progress = [&](std::int64_t bytes) {
      if (const auto note = tally_.note(link.job().host, before + bytes, TransferTally::Clock::now())) link.note(*note);
    };
    remote::PushResult sum;
    int equal = 0;
    for (const remote::Source& source : load_.sources) {
      const auto pushed = co_await remote::push(link, source, orders);
      if (!pushed) {
        outcome.error = pushed.error();
        break;
      }
      before += pushed->bytes_total;
      equal += pushed->equal ? 1 : 0;
      add(sum, *pushed);
      sum.sha256 = pushed->sha256;
    }
    tally_.done(link.job().host);
    if (outcome.error && sum.bytes_total == 0) co_return outcome;
    if (load_.sources.size() > 1) sum.sha256.clear();
    outcome.data = transfer_record(sum);
    outcome.data["skipped"] = equal;
    outcome.data["files"] = load_.sources.size();
    outcome.status = sum.changed ? Status::changed : Status::ok;
    co_return outcome;
  }

 private:
  const Load& load_;
  const remote::PushOrders orders_;
  const Arguments& given_;
  TransferTally& tally_;
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
  const auto files = load(context.operands);
  if (!files) return complain(files.error());
  std::optional<TransferTally> tally;
  std::optional<Delivery> delivery;
  return execute(verb, context, [&](const LiveSink&) {
    VerbOrders run_orders;
    run_orders.dry_run = orders->check;
    run_orders.arrange = [&](Prepared& prepared) -> Result<void> {
      tally.emplace(prepared.jobs.size(), files->bytes, TransferTally::Clock::now());
      delivery.emplace(*files, *orders, context.arguments, *tally);
      return {};
    };
    run_orders.work = [&delivery](runner::Link& link, transport::Session&) { return (*delivery)(link); };
    return run_orders;
  });
}

std::vector<Param> options() {
  std::vector<Param> all{{.name = "dest",
                          .value = "PATH",
                          .help = "on the hosts; a folder, or what ends in /, takes the files' own names"}};
  for (const Param& param : attribute_options()) all.push_back(param);
  for (const Param& param : transfer_options()) all.push_back(param);
  all.push_back({.name = "force", .help = "send also what is there", .kind = Param::Kind::flag});
  all.push_back({.name = "no-verify", .help = "do not hash what came through", .kind = Param::Kind::flag});
  all.push_back(check_option);
  return all;
}

}  // namespace

Verb push_verb() {
  return {
      .name = "push",
      .summary = "send local files to each host, verified, and resumed where a link broke off",
      .usage = "SRC... --dest PATH SELECTOR... [options]",
      .details =
          "A file that is there and equal is not sent. Others are written beside the target, as .NAME.cef-part, "
          "verified by SHA-256, flushed, and then take its place: nobody sees half a file. After a lost connection, or "
          "when the command is run again, what is there and right is not sent again. A target keeps its mode and "
          "owner; one that is a symbolic link is written through. As the user who logs in, or with -b as root. No "
          "--timeout unless given.",
      .examples = {"cef push model.zip --dest /srv/models/ group=rpi",
                   "cef push app.conf --dest /etc/app.conf --mode 0640 -b group=web",
                   "cef push big.img --dest /var/tmp/ group=all --total-rate 5M --retries 20"},
      .options = options(),
      .columns = transfer_columns(),
      .run = run,
      .takes_operands = true,
  };
}

}  // namespace cef::cli
