// What is wrong with the files a user wrote, and where, collected so that a user sees everything at once.
#pragma once

#include <cef/core/diagnostic.hpp>

#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace cef::yaml {

/// A position in a file that was loaded. Small, because every variable carries one; Problems owns the file's name.
struct Place {
  const std::string* file = nullptr;
  int line = 0;    // from 1; 0 when unknown
  int column = 0;  // from 1; 0 when unknown
};

class Problems {
 public:
  /// A place in `file`, valid as long as this object.
  Place in(const std::string& file, int line = 0, int column = 0) {
    return {&*files_.insert(file).first, line, column};
  }

  // The same message at the same place is kept once: a group's bad variable concerns each of its hosts.
  void error(Place place, std::string message) { add(errors_, place, std::move(message)); }
  void warn(Place place, std::string message) { add(warnings_, place, std::move(message)); }

  std::vector<Diagnostic>& errors() { return errors_; }
  std::vector<Diagnostic>& warnings() { return warnings_; }

 private:
  void add(std::vector<Diagnostic>& list, Place place, std::string message) {
    if (!seen_.emplace(place.file, place.line, place.column, message).second) return;
    list.push_back({place.file ? *place.file : "", place.line, place.column, std::move(message)});
  }

  std::set<std::string> files_;
  std::set<std::tuple<const std::string*, int, int, std::string>> seen_;
  std::vector<Diagnostic> errors_, warnings_;
};

}  // namespace cef::yaml
