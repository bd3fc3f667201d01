// What a journal is made of.
#pragma once

#include "sqlite.hpp"

#include <cef/store/journal.hpp>

namespace cef::store {

struct Journal::State {
  Database database;
};

/// Milliseconds since 1970.
inline std::int64_t to_number(Time time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}
inline Time from_number(std::int64_t milliseconds) { return Time(std::chrono::milliseconds(milliseconds)); }

}  // namespace cef::store
