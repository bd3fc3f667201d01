#include "sqlite/metric_state.hpp"

namespace cef::store {

Frames::Frames(const Database& database)
    : frame_row_(database.prepare("SELECT shape, base FROM frames WHERE number = ?")),
      shape_row_(database.prepare("SELECT series FROM shapes WHERE number = ?")) {}

Result<const Shape*> Frames::shape(std::int64_t number) {
  const auto [entry, is_new] = shapes_.try_emplace(number);
  if (is_new) {
    const auto row = shape_row_.bind(number).step();
    if (!row) return Unexpected(row.error());
    if (*row) {
      entry->second = decode_shape(shape_row_.text(0));
      shape_row_.reset();
    }
  }
  return entry->second ? &*entry->second : nullptr;
}

Result<const Frame*> Frames::frame(std::int64_t number) {
  const auto [entry, is_new] = frames_.try_emplace(number);
  if (is_new) {
    const auto row = frame_row_.bind(number).step();
    if (!row) return Unexpected(row.error());
    if (*row) {
      const auto its_shape = shape(frame_row_.number(0));
      if (!its_shape) return Unexpected(its_shape.error());
      if (*its_shape)
        if (auto base = decode_base(frame_row_.text(1), (*its_shape)->size()))
          entry->second = Frame{**its_shape, std::move(*base)};
      frame_row_.reset();
    }
  }
  return entry->second ? &*entry->second : nullptr;
}

Result<std::int64_t> shape_number(const Database& database, const Shape& shape) {
  const std::string bytes = encode_shape(shape);
  if (const auto done = database.prepare("INSERT OR IGNORE INTO shapes (series) VALUES (?)").bind_blob(bytes).run();
      !done)
    return Unexpected(done.error());
  Statement row = database.prepare("SELECT number FROM shapes WHERE series = ?");
  if (const auto found = row.bind_blob(bytes).step(); !found) return Unexpected(found.error());
  return row.number(0);
}

}  // namespace cef::store
