#include "delivered.hpp"

namespace cef::cli {

bool was_check(const store::RunRecord& run) {
  const Value* options =
      run.repeat.is_object() && run.repeat.contains("verb_options") ? &run.repeat["verb_options"] : nullptr;
  return options && options->is_object() && options->contains("check");
}

std::string text_of(const Value& record, const char* field) {
  const auto found = record.is_object() ? record.find(field) : record.end();
  return found != record.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string version_in(const Value& record) {
  const std::string version = text_of(record, "version");
  return version.empty() ? text_of(record, "to") : version;
}

}  // namespace cef::cli
