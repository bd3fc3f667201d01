// How evaluation fails. An expression fails in the middle of nested calls; the layer's own exception unwinds them, and
// each public call catches it and returns a Problem.
#pragma once

#include <cef/expr/expr.hpp>

#include <fmt/format.h>

#include <string>
#include <utility>

namespace cef::expr {

struct Place {
  int line = 0;
  int column = 0;
};

struct Fault {
  Problem problem;
};

template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Fault{Problem{Problem::Kind::evaluation, fmt::format(format, std::forward<Args>(args)...), {}, 0, 0}};
}

template <class... Args>
[[noreturn]] void fail_syntax(Place place, fmt::format_string<Args...> format, Args&&... args) {
  throw Fault{
      Problem{Problem::Kind::syntax, fmt::format(format, std::forward<Args>(args)...), {}, place.line, place.column}};
}

}  // namespace cef::expr
