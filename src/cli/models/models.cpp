#include "models.hpp"

#include "run/select.hpp"

#include <cef/core/file.hpp>
#include <cef/core/moment.hpp>

#include <fmt/format.h>

namespace cef::cli {

models::Repository repository_of(const Options& options) {
  const std::string folder = options.text("model-dir").value_or("");
  return models::Repository(folder.empty() ? models::default_folder() : expand_user(folder));
}

Result<models::Model> find_model(const Options& options, const std::string& word) {
  const auto reference = models::parse_reference(word);
  if (!reference) return Unexpected(reference.error());
  return repository_of(options).find(*reference);
}

Result<void> check_surplus(const Context& context, std::size_t most) {
  const auto& given = context.operands;
  if (given.size() <= most) return {};
  const auto inventory = load_inventory(context.options, [](std::string_view) {});
  // The model may have been named after them.
  for (auto word = given.rbegin(); inventory && word != given.rend() - static_cast<std::ptrdiff_t>(most - 1); ++word) {
    const char* kind = inventory->host(*word) ? "host" : inventory->group(*word) ? "group" : nullptr;
    if (kind) return Unexpected(Error{Code::usage, fmt::format("{0} is a {1}: write {1}={0}", *word, kind), ""});
  }
  return Unexpected(Error{Code::usage, fmt::format("one model at a time: '{}' is one word too many", given[most]),
                          "hosts are written as host=NAME, groups as group=NAME"});
}

Value record_of(const models::Model& model) {
  return {{"name", model.name},
          {"version", model.version},
          {"sha256", model.sha256},
          {"size_bytes", model.size},
          {"files", model.files},
          {"added", utc_time(model.added)},
          {"format", model.format.empty() ? Value(nullptr) : Value(model.format)},
          {"unpacked_bytes", model.unpacked_bytes},
          {"file", model.file}};
}

}  // namespace cef::cli
