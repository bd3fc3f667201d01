// cef model deploy, cef model rollback.
#include "models.hpp"
#include "run/on_interrupt.hpp"
#include "run/run_task.hpp"
#include "run/transfer_options.hpp"
#include "run/transfer_tally.hpp"

#include <cef/remote/deploy.hpp>
#include <cef/remote/perform.hpp>

#include <fmt/format.h>

#include <atomic>
#include <memory>

namespace cef::cli {

namespace {

using models::Model;

// What all hosts are given.
struct Delivery {
  Model model;
  remote::Deployment deployment;
  std::optional<remote::Source> source;
  std::atomic<bool> stop{false};
  std::optional<remote::LateSource> as_tar_gz;
  std::optional<TransferTally> tally;

  ~Delivery() {
    stop = true;
    as_tar_gz.reset();  // waits for its thread, which looks at `stop`
  }
};

Result<remote::Source> make_tar_gz(const models::Repository& repository, const Model& model,
                                   const std::atomic<bool>& stop) {
  // It was looked at when it was added: it may be as large as it was then.
  models::ArchiveLimits limits;
  limits.max_unpacked = model.unpacked_bytes;
  limits.max_ratio = std::max<std::uint64_t>(model.unpacked_bytes, 1);
  limits.max_entries = model.entries.size();
  const auto packed = repository.tar_gz_of(model, limits, stop);
  if (!packed) return Unexpected(packed.error());
  return remote::Source::open(packed->file, packed->sha256);
}

Result<void> fill(Delivery& delivery, const Context& context, const std::string& word) {
  const Arguments& given = context.arguments;
  auto model = find_model(context.options, word);
  if (!model) return Unexpected(model.error());
  delivery.model = std::move(*model);
  const Model& its = delivery.model;
  remote::Deployment& deployment = delivery.deployment;
  deployment.placement = {given.text("dest").value_or(""), its.name, its.version, its.sha256, given.has("unpack")};
  if (deployment.placement.dest.empty())
    return Unexpected(Error{Code::usage, "where is it to go?", "--dest DIR, a folder on the hosts"});
  if (deployment.placement.unpacks && its.format.empty())
    return Unexpected(Error{Code::usage, fmt::format("{} is no archive that could be unpacked", its.reference()),
                            "without --unpack the file is put there as it is"});
  const auto repository = repository_of(context.options);
  auto source = remote::Source::open(repository.file_of(its), its.sha256);
  if (!source || source->size() != its.size)
    return Unexpected(source ? Error{Code::io_failed, fmt::format("the file of {} is damaged", its.reference()),
                                     "add it again; cef model verify tells more"}
                             : source.error());
  delivery.source.emplace(std::move(*source));
  delivery.as_tar_gz.emplace(
      [repository, &delivery] { return make_tar_gz(repository, delivery.model, delivery.stop); });
  deployment.file = &*delivery.source;
  deployment.file_name = its.file;
  deployment.form = its.format;
  deployment.as_tar_gz = &*delivery.as_tar_gz;
  deployment.unpacked_bytes = its.unpacked_bytes;
  deployment.files = its.files;
  deployment.keep = static_cast<std::size_t>(given.number("keep").value());
  deployment.url = given.text("from-url").value_or("");
  auto orders = push_orders_of(context);
  if (!orders) return Unexpected(orders.error());
  deployment.push = std::move(*orders);
  const auto on_interrupt = on_interrupt_of(context.options);
  if (!on_interrupt) return Unexpected(on_interrupt.error());
  deployment.on_interrupt = *on_interrupt;
  return {};
}

Value record_of_delivery(const Delivery& delivery, const remote::Deployed& deployed) {
  Value record = transfer_record(deployed.transfer);
  const remote::Deployment& deployment = delivery.deployment;
  record["sha256"] = delivery.model.sha256;
  record["skipped"] = deployed.state.is_complete || deployed.transfer.equal ? 1 : 0;
  record["name"] = delivery.model.name;
  record["version"] = delivery.model.version;
  record["dest"] = deployed.state.dest;
  record["unpacked_to"] = deployed.folder;
  record["unpacked"] = deployment.placement.unpacks;
  // The version that served before this one, not this one itself.
  const std::string& before = deployed.state.serving;
  record["previous"] = before.empty() || deployed.state.serves ? Value(nullptr) : Value(before);
  if (!deployed.removed.empty()) record["removed"] = deployed.removed;
  if (!deployment.url.empty()) record["via"] = "url";
  return record;
}

asio::awaitable<runner::Outcome> deliver(Delivery& delivery, const Arguments& given, runner::Link& link) {
  runner::Outcome outcome;
  remote::Deployment deployment = delivery.deployment;
  deployment.push.pace = pace_of(given);
  deployment.push.progress = [&](std::int64_t bytes) {
    if (const auto note = delivery.tally->note(link.job().host, bytes, TransferTally::Clock::now())) link.note(*note);
  };
  remote::Deployed deployed;
  const auto ended = co_await remote::deploy(link, deployment, deployed);
  delivery.tally->done(link.job().host);
  if (!ended) outcome.error = ended.error();
  if (!deployed.folder.empty()) outcome.data = record_of_delivery(delivery, deployed);
  outcome.status = deployed.changed ? Status::changed : Status::ok;
  co_return outcome;
}

}  // namespace

Columns deploy_columns() {
  Columns columns{{"version", "data.version", Unit::none, Align::left, "that serves now"},
                  {"previous", "data.previous", Unit::none, Align::left, "the one before"},
                  {"folder", "data.unpacked_to", Unit::none, Align::left, "where it is"}};
  for (Column& column : transfer_columns())
    if (column.name != "files") columns.push_back(std::move(column));
  columns.push_back({"removed", "data.removed", Unit::none, Align::left, "versions, as --keep says", true});
  return columns;
}

int deploy_model(const Verb& verb, Context& context) {
  if (context.operands.size() != 2)
    return complain(
        {Code::usage, "which model is to be deployed?", "cef model deploy NAME[:VERSION] --dest DIR SELECTOR..."});
  Delivery delivery;
  if (const auto filled = fill(delivery, context, context.operands[1]); !filled) return complain(filled.error());
  Verb shown = verb;
  shown.columns = deploy_columns();
  return execute(shown, context, [&](const LiveSink&) {
    VerbOrders orders;
    orders.dry_run = delivery.deployment.push.check;
    orders.arrange = [&](Prepared& prepared) -> Result<void> {
      delivery.tally.emplace(prepared.jobs.size(), static_cast<std::int64_t>(delivery.source->size()),
                             TransferTally::Clock::now());
      return {};
    };
    orders.work = [&](runner::Link& link, transport::Session&) { return deliver(delivery, context.arguments, link); };
    return orders;
  });
}

int roll_back_model(const Verb& verb, Context& context) {
  const Arguments& given = context.arguments;
  if (context.operands.size() != 2)
    return complain(
        {Code::usage, "which model is to be rolled back?", "cef model rollback NAME --dest DIR SELECTOR..."});
  const auto reference = models::parse_reference(context.operands[1]);
  if (!reference) return complain(reference.error());
  if (reference->version)
    return complain({Code::usage, "rollback goes to the version before, and takes none",
                     fmt::format("cef model deploy {} --dest DIR makes a version serve", context.operands[1])});
  if (given.text("dest").value_or("").empty())
    return complain({Code::usage, "where was it deployed to?", "--dest DIR, as it was given to deploy"});
  Verb shown = verb;
  shown.columns = tasks::model_rollback.columns();
  TaskCall call{
      tasks::model_rollback, {{"name", reference->name}, {"dest", *given.text("dest")}}, Milliseconds(60'000)};
  call.needs_root = false;
  return execute_task(shown, context, std::move(call));
}

}  // namespace cef::cli
