// What the verbs that move files have in common: their options, and their record.
#pragma once

#include "app.hpp"

#include <cef/remote/relay.hpp>
#include <cef/runner/job.hpp>

#include <memory>
#include <vector>

namespace cef::cli {

/// Rates, and what becomes of a host that takes nothing.
std::vector<Param> transfer_options();
/// --once-per-site, and what says that it does nothing where no two hosts are of one site.
extern const Param once_per_site_option;
void warn_without_site(const Arguments& given, const std::vector<runner::Job>& jobs);
/// After the run: of neighbours that could not hand it on. May be null.
void warn_of_refusals(const remote::Relay* relay);
/// Of what is written to hosts.
std::vector<Param> attribute_options();

/// All that the options say, but for the target. `total_pace` is one for all hosts, and `pace` is left: it is a host's
/// own. Errors: usage.
Result<remote::PushOrders> push_orders_of(const Context& context);
/// Whether progress is for a program: --progress json.
bool tells_json(const Context& context);
/// A host's own rate, or null.
std::shared_ptr<remote::Pacer> pace_of(const Arguments& given);

/// Adds what came of one file to that of others.
void add_up(remote::PushResult& sum, const remote::PushResult& one);
/// The fields of the verbs' record.
Value transfer_record(const remote::PushResult& result);
/// Of their table.
Columns transfer_columns();
/// What --check found, in words: `would`, with others of the same host before it.
void add_to_plan(Value& data, const std::string& act);
Column plan_column();
/// Who handed it on, which is told where neighbours may.
Column via_column();
void show_via(Columns& columns, bool by_neighbours);

}  // namespace cef::cli
