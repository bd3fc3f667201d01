#include "models.hpp"

#include <cef/core/file.hpp>
#include <cef/core/moment.hpp>

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
