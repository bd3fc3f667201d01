// What the verbs about models have in common: the repository, and a model as a record. `model` is one verb with words
// of its own, each in a file here.
#pragma once

#include "app.hpp"

#include <cef/core/report.hpp>
#include <cef/models/repository.hpp>

namespace cef::cli {

/// --model-dir, or the usual folder.
models::Repository repository_of(const Options& options);

/// Errors: usage for what is no reference, and those of Repository::find().
Result<models::Model> find_model(const Options& options, const std::string& word);

/// For words that take one model and contact hosts: usage, where more than `most` operands are given. A host or a group
/// among them is told how to be written.
Result<void> check_surplus(const Context& context, std::size_t most);

/// `name version sha256 size_bytes files added ...`, without what is in it.
Value record_of(const models::Model& model);

/// Words that contact no host. Each returns the exit code.
int add_models(const Verb& verb, const Context& context);
int list_models(const Verb& verb, const Context& context);
int show_models(const Verb& verb, const Context& context);
int verify_models(const Verb& verb, const Context& context);
int remove_models(const Verb& verb, const Context& context);
/// Contacts hosts with --verify only.
int where_model(const Verb& verb, Context& context);

int deploy_model(const Verb& verb, Context& context);
int roll_back_model(const Verb& verb, Context& context);
/// Of deploy_model()'s table.
Columns deploy_columns();

}  // namespace cef::cli
