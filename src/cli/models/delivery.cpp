#include "delivery.hpp"

#include "run/on_interrupt.hpp"
#include "run/transfer_options.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::cli {

namespace {

using models::Model;

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

// Unzip drops them from names, and says that all went well.
bool has_control_characters(const Model& model) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return std::ranges::any_of(model.entries,
                             [&](const auto& entry) { return std::ranges::any_of(entry.path, is_control); });
}

// What has no meaning where hosts fetch the file by themselves.
void warn_of_url(const Arguments& given) {
  for (const char* rate : {"limit-rate", "total-rate"})
    if (given.has(rate)) warn(fmt::format("--{}: with --from-url each host fetches it as fast as it can", rate));
  if (given.has("once-per-site")) warn("--once-per-site: with --from-url each host fetches it by itself");
}

// What --check found, in words.
void note_plan(const Delivery& delivery, const remote::Deployed& deployed, Value& record) {
  const remote::Deployment& deployment = delivery.deployment;
  const std::string what = delivery.model.reference();
  if (deployed.state.is_complete)
    add_to_plan(record, fmt::format("let {} serve, which is there", what));
  else
    add_to_plan(record, fmt::format("{} {}", deployment.url.empty() ? "send" : "fetch", what));
  if (const auto& gone = deployed.removed; !gone.empty())
    add_to_plan(record, fmt::format("remove version{} {}", gone.size() == 1 ? "" : "s", some_of(gone, gone.size(), 8)));
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
  if (!deployed.removed.empty()) record[deployment.push.check ? "would_remove" : "removed"] = deployed.removed;
  if (deployment.push.check && deployed.changed) note_plan(delivery, deployed, record);
  if (!deployment.url.empty()) record["via"] = "url";
  return record;
}

}  // namespace

Result<void> fill(Delivery& delivery, const Context& context, const std::string& word, bool unpacks) {
  const Arguments& given = context.arguments;
  auto model = find_model(context.options, word);
  if (!model) return Unexpected(model.error());
  delivery.model = std::move(*model);
  const Model& its = delivery.model;
  remote::Deployment& deployment = delivery.deployment;
  deployment.placement = {given.text("dest").value_or(""), its.name, its.version, its.sha256, unpacks};
  if (deployment.placement.dest.empty())
    return Unexpected(Error{Code::usage, "where is it to go?", "--dest DIR, a folder on the hosts"});
  if (deployment.placement.unpacks && its.format.empty())
    return Unexpected(Error{Code::usage, fmt::format("{} is no archive that could be unpacked", its.reference()),
                            context.verb == "rollout" ? "cef model deploy puts the file there as it is"
                                                      : "without --unpack the file is put there as it is"});
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
  deployment.unzip_changes_names = its.format == "zip" && has_control_characters(its);
  deployment.as_tar_gz = &*delivery.as_tar_gz;
  deployment.unpacked_bytes = its.unpacked_bytes;
  deployment.files = its.files;
  deployment.keep = static_cast<std::size_t>(given.number("keep").value());
  deployment.url = given.text("from-url").value_or("");
  if (!deployment.url.empty())
    warn_of_url(given);
  else if (given.has("once-per-site"))
    deployment.relay = &delivery.relay.emplace();
  auto orders = push_orders_of(context);
  if (!orders) return Unexpected(orders.error());
  deployment.push = std::move(*orders);
  const auto on_interrupt = on_interrupt_of(context.options);
  if (!on_interrupt) return Unexpected(on_interrupt.error());
  deployment.on_interrupt = *on_interrupt;
  return {};
}

asio::awaitable<runner::Outcome> deliver(Delivery& delivery, const Arguments& given, runner::Link& link) {
  runner::Outcome outcome;
  remote::Deployment deployment = delivery.deployment;
  deployment.push.pace = pace_of(given);
  const auto size = static_cast<std::int64_t>(delivery.source->size());
  deployment.push.progress = [&, size](std::int64_t bytes) {
    if (const auto note = delivery.tally->note(link.job().host, bytes, size, TransferTally::Clock::now()))
      link.note(*note);
  };
  remote::Deployed deployed;
  const auto ended = co_await remote::deploy(link, deployment, deployed);
  delivery.tally->done(link.job().host);
  if (!ended) outcome.error = ended.error();
  if (!deployed.folder.empty()) outcome.data = record_of_delivery(delivery, deployed);
  outcome.status = deployed.changed ? Status::changed : Status::ok;
  co_return outcome;
}

}  // namespace cef::cli
