#include "manifest.hpp"

#include <cef/core/sha256.hpp>
#include <cef/core/value.hpp>

namespace cef::models {

namespace {

constexpr std::string_view schema = "cef-model/1";

constexpr ArchiveEntry::Type types[] = {ArchiveEntry::Type::file, ArchiveEntry::Type::folder,
                                        ArchiveEntry::Type::symlink, ArchiveEntry::Type::hard_link};

std::optional<ArchiveEntry::Type> type_from(std::string_view name) {
  for (const auto type : types)
    if (name_of(type) == name) return type;
  return std::nullopt;
}

std::int64_t nanoseconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

std::string write_manifest(const Model& model) {
  Value entries = Value::array();
  for (const ArchiveEntry& entry : model.entries) {
    Value one = {{"path", entry.path}, {"type", std::string(name_of(entry.type))}, {"size_bytes", entry.size}};
    if (!entry.target.empty()) one["target"] = entry.target;
    entries.push_back(std::move(one));
  }
  const Value manifest = {{"schema", std::string(schema)},
                          {"name", model.name},
                          {"version", model.version},
                          {"sha256", model.sha256},
                          {"file", model.file},
                          {"size_bytes", model.size},
                          {"format", model.format},
                          {"unpacked_bytes", model.unpacked_bytes},
                          {"files", model.files},
                          {"added_ns", nanoseconds(model.added)},
                          {"entries", std::move(entries)}};
  // Names of entries may be any bytes; here they are for people only.
  return manifest.dump(1, ' ', false, Value::error_handler_t::replace) + '\n';
}

std::optional<Model> read_manifest(std::string_view text) try {
  const Value manifest = Value::parse(text);
  if (manifest.at("schema").get<std::string>() != schema) return std::nullopt;
  Model model;
  model.name = manifest.at("name").get<std::string>();
  model.version = manifest.at("version").get<std::string>();
  model.sha256 = manifest.at("sha256").get<std::string>();
  model.file = manifest.at("file").get<std::string>();
  model.size = manifest.at("size_bytes").get<std::uint64_t>();
  model.format = manifest.at("format").get<std::string>();
  model.unpacked_bytes = manifest.at("unpacked_bytes").get<std::uint64_t>();
  model.files = manifest.at("files").get<std::size_t>();
  model.added = std::chrono::system_clock::time_point(std::chrono::duration_cast<std::chrono::system_clock::duration>(
      std::chrono::nanoseconds(manifest.at("added_ns").get<std::int64_t>())));
  for (const Value& one : manifest.at("entries")) {
    const auto type = type_from(one.at("type").get<std::string>());
    if (!type) return std::nullopt;
    model.entries.push_back({one.at("path").get<std::string>(), *type, one.at("size_bytes").get<std::uint64_t>(),
                             one.value("target", std::string())});
  }
  // The hash becomes a path, and so do the names.
  if (!is_sha256(model.sha256) || !check_name("", model.name) || !check_name("", model.version)) return std::nullopt;
  return model;
} catch (const Value::exception&) {
  return std::nullopt;
}

}  // namespace cef::models
