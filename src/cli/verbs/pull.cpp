// cef pull: files of each host, into a folder of its own.
#include "run/run_task.hpp"
#include "run/transfer_options.hpp"
#include "run/transfer_tally.hpp"
#include "verbs.hpp"

#include <cef/core/file.hpp>
#include <cef/core/text.hpp>
#include <cef/remote/pull.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

namespace cef::cli {

namespace {

// The last part of a path on a host.
std::string name_of_path(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return std::string(path.substr(path.rfind('/') + 1));
}

Result<void> check_names(const std::vector<std::string>& paths) {
  std::set<std::string> names;
  for (const std::string& path : paths) {
    const std::string name = name_of_path(path);
    if (!remote::is_file_name(name))
      return Unexpected(Error{Code::usage, fmt::format("'{}' does not end in a file's name", path), ""});
    if (!names.insert(name).second)
      return Unexpected(Error{Code::usage, fmt::format("two of the files have the name {}", name),
                              "fetch them into different folders, one after the other"});
  }
  return {};
}

// One host's work. Each file is fetched though another could not be; the first error is the host's.
class Fetching {
 public:
  Fetching(std::vector<std::string> paths, remote::PullOrders orders, const Arguments& given, TransferTally& tally)
      : paths_(std::move(paths)), orders_(std::move(orders)), given_(given), tally_(tally) {}

  asio::awaitable<runner::Outcome> operator()(runner::Link& link) const {
    runner::Outcome outcome;
    outcome.data = Value::object();
    remote::PullOrders orders = orders_;
    orders.folder = orders_.folder / link.job().host;
    orders.pace = pace_of(given_);
    orders.become = link.job().become;
    std::int64_t before = 0;
    orders.progress = [&](std::int64_t bytes, std::int64_t of) {
      if (const auto note = tally_.note(link.job().host, before + bytes, before + of, TransferTally::Clock::now()))
        link.note(*note);
    };
    remote::PushResult sum;
    sum.files = 0;
    for (const std::string& path : paths_) {
      orders.path = path;
      orders.name = name_of_path(path);
      const auto pulled = co_await remote::pull_any(link, orders);
      if (!pulled) {
        if (!outcome.error) outcome.error = pulled.error();
        const Stage stage = stage_of(pulled.error().code);
        if (stage == Stage::transfer || stage == Stage::exec || stage == Stage::controller) continue;
        break;
      }
      before += pulled->bytes_total;
      add_up(sum, *pulled);
      if (const remote::Names& names = pulled->would_send; names.count > 0) {
        add_to_plan(outcome.data, "fetch " + some_of(names.first, names.count, 8));
        for (const std::string& name : names.first) outcome.data["would_send"].push_back(name);
      }
    }
    tally_.done(link.job().host);
    if (outcome.error && sum.files == 0) co_return outcome;
    if (paths_.size() > 1) sum.sha256.clear();
    outcome.data.update(transfer_record(sum));
    outcome.status = sum.changed ? Status::changed : Status::ok;
    co_return outcome;
  }

 private:
  const std::vector<std::string> paths_;
  const remote::PullOrders orders_;
  const Arguments& given_;
  TransferTally& tally_;
};

int run(const Verb& verb, Context& context) {
  if (context.operands.empty())
    return complain({Code::usage, "which files are to be fetched?", "cef pull PATH... --dest DIR SELECTOR..."});
  const auto common = push_orders_of(context);
  if (!common) return complain(common.error());
  const std::string dest = context.arguments.text("dest").value_or("");
  if (dest.empty()) return complain({Code::usage, "where are they to go?", "--dest DIR: each host has a folder there"});
  if (const auto fine = check_names(context.operands); !fine) return complain(fine.error());
  remote::PullOrders orders;
  orders.folder = expand_user(dest);
  orders.verify = common->verify;
  orders.force = common->force;
  orders.check = common->check;
  orders.stall = common->stall;
  orders.retries = common->retries;
  orders.total_pace = common->total_pace;
  orders.worker = std::make_shared<remote::FileWorker>();
  std::optional<TransferTally> tally;
  std::optional<Fetching> fetching;
  return execute(verb, context, [&](const LiveSink&) {
    VerbOrders run_orders;
    run_orders.dry_run = orders.check;
    run_orders.arrange = [&](Prepared& prepared) -> Result<void> {
      for (const runner::Job& job : prepared.jobs)
        if (!remote::is_file_name(job.host))
          return Unexpected(Error{Code::usage, fmt::format("'{}' is no name for a folder", job.host),
                                  "leave the host out, or name it otherwise in the inventory"});
      tally.emplace(prepared.jobs.size(), TransferTally::Clock::now(), tells_json(context));
      fetching.emplace(context.operands, orders, context.arguments, *tally);
      return {};
    };
    run_orders.work = [&fetching](runner::Link& link, transport::Session&) { return (*fetching)(link); };
    return run_orders;
  });
}

std::vector<Param> options() {
  std::vector<Param> all{{.name = "dest",
                          .value = "DIR",
                          .help = "here; what comes of a host goes into its folder there",
                          .kind = Param::Kind::path}};
  for (const Param& param : transfer_options()) all.push_back(param);
  all.push_back({.name = "force", .help = "fetch also what is here", .kind = Param::Kind::flag});
  all.push_back({.name = "no-verify", .help = "do not hash what came", .kind = Param::Kind::flag});
  all.push_back(check_option);
  return all;
}

Columns columns() {
  Columns all = transfer_columns();
  all.push_back(plan_column());
  return all;
}

}  // namespace

Verb pull_verb() {
  return {
      .name = "pull",
      .summary = "fetch files of each host, verified, into a folder of its own",
      .usage = "PATH... --dest DIR SELECTOR... [options]",
      .details =
          "PATH on the host becomes DIR/HOST/NAME here, and nothing else is written, whatever the host says. A file "
          "that "
          "is here and equal is not fetched. Others are written beside it, as .NAME.cef-part, verified by SHA-256, and "
          "then take its place; after a lost connection, or when the command is run again, what is here and right is "
          "not fetched again. With -b what only root may read is read. No --timeout unless given.",
      .examples = {"cef pull /var/log/syslog --dest logs group=rpi", "cef pull /etc/shadow --dest ~/audit -b group=all",
                   "cef pull ~/results.csv --dest out group=gpu --total-rate 10M"},
      .options = options(),
      .columns = columns(),
      .run = run,
      .takes_operands = true,
  };
}

}  // namespace cef::cli
