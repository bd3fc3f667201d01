// Tasks driven by hand: a test plays the host, with what real ones said.
#pragma once

#include <cef/core/file.hpp>
#include <cef/tasks/tasks.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cef::tasks {

inline std::string capture(const std::string& name) {
  return read_file(std::string(CEF_FIXTURES) + "/" + name).value();
}

inline StepResult said(std::string out, int status = 0) {
  StepResult result;
  result.status = status;
  result.out = std::move(out);
  return result;
}

inline StepResult lost(Code code) {
  StepResult result;
  result.error = Error{code, "scripted", ""};
  return result;
}

/// What a task asked, and how it ended when it was answered so.
struct Driven {
  std::vector<Step> steps;
  Verdict verdict;

  const Script& script(std::size_t step = 0) const { return std::get<Script>(steps.at(step).what); }
};

inline Driven drive(const Task& task, Arguments arguments, std::vector<StepResult> answers) {
  Driven driven;
  Course course = task.course(std::move(arguments));
  auto step = course.begin();
  for (StepResult& answer : answers) {
    REQUIRE(step);
    driven.steps.push_back(std::move(*step));
    step = course.tell(std::move(answer));
  }
  CHECK_FALSE(step);
  driven.verdict = course.verdict();
  return driven;
}

}  // namespace cef::tasks
