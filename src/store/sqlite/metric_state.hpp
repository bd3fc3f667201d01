// What a store of metrics is made of.
#pragma once

#include "metric_rows.hpp"
#include "open.hpp"

#include <cef/store/metrics.hpp>

#include <map>
#include <string>
#include <unordered_map>

namespace cef::store {

struct MetricStore::State {
  Database database;
};

/// A host's values at some time, on which its next rounds build.
struct Frame {
  Shape shape;
  Values base;
};

/// The rows of `frames` and `shapes`, each read once.
class Frames {
 public:
  explicit Frames(const Database& database);
  /// Or null, where it is gone or damaged. Errors: those of SQLite.
  Result<const Frame*> frame(std::int64_t number);
  Result<const Shape*> shape(std::int64_t number);

 private:
  Statement frame_row_, shape_row_;
  std::unordered_map<std::int64_t, std::optional<Frame>> frames_;
  std::unordered_map<std::int64_t, std::optional<Shape>> shapes_;
};

/// Of a shape that is there, or is written. Errors: those of SQLite.
Result<std::int64_t> shape_number(const Database& database, const Shape& shape);

}  // namespace cef::store
