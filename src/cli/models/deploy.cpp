// cef model deploy, cef model rollback.
#include "delivery.hpp"
#include "run/run_task.hpp"
#include "run/transfer_options.hpp"

#include <cef/tasks/model.hpp>

#include <fmt/format.h>

namespace cef::cli {

Columns deploy_columns() {
  Columns columns{{"version", "data.version", Unit::none, Align::left, "that serves now"},
                  {"previous", "data.previous", Unit::none, Align::left, "the one before"},
                  {"folder", "data.unpacked_to", Unit::none, Align::left, "where it is"}};
  for (Column& column : transfer_columns())
    if (column.name != "files") columns.push_back(std::move(column));
  columns.push_back({"removed", "data.removed", Unit::none, Align::left, "versions, as --keep says", true});
  columns.push_back(plan_column());
  columns.push_back(via_column());
  return columns;
}

int deploy_model(const Verb& verb, Context& context) {
  if (const auto one = check_surplus(context, 2); !one) return complain(one.error());
  if (context.operands.size() != 2)
    return complain(
        {Code::usage, "which model is to be deployed?", "cef model deploy NAME[:VERSION] --dest DIR SELECTOR..."});
  Delivery delivery;
  if (const auto filled = fill(delivery, context, context.operands[1], context.arguments.has("unpack")); !filled)
    return complain(filled.error());
  Verb shown = verb;
  shown.columns = deploy_columns();
  show_via(shown.columns, delivery.relay.has_value());
  const int code = execute(shown, context, [&](const LiveSink&) {
    VerbOrders orders;
    orders.dry_run = delivery.deployment.push.check;
    orders.arrange = [&](Prepared& prepared) -> Result<void> {
      if (delivery.relay) warn_without_site(context.arguments, prepared.jobs);
      delivery.tally.emplace(prepared.jobs.size(), TransferTally::Clock::now(), tells_json(context));
      return {};
    };
    orders.work = [&](runner::Link& link, transport::Session&) { return deliver(delivery, context.arguments, link); };
    return orders;
  });
  warn_of_refusals(delivery.deployment.relay);
  return code;
}

int roll_back_model(const Verb& verb, Context& context) {
  const Arguments& given = context.arguments;
  if (const auto one = check_surplus(context, 2); !one) return complain(one.error());
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
