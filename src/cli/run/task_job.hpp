// A job that a task began, for whoever attaches to it: its output says what the verb would have told.
#pragma once

#include <cef/core/report.hpp>
#include <cef/tasks/task.hpp>
#include <cef/transport/session.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace cef::cli {

class TaskJob {
 public:
  /// `label`: of the job. Nothing for those whose output says all by itself, or means nothing without what the verb
  /// was given.
  static std::optional<TaskJob> of(std::string_view label);

  /// More output. Returns how far it is (`configure 3/7 libc6`); empty: nothing new.
  std::string hear(std::string_view bytes);
  tasks::Verdict end(const transport::ExecResult& ran);

 private:
  TaskJob(tasks::Course course, tasks::Step step) : course_(std::move(course)), step_(std::move(step)) {}

  tasks::Course course_;
  tasks::Step step_;
  std::string line_;  // what has come of the last one
};

/// The record of an upgrade or of packages as lines of text: `upgraded openssl 3.0.15 -> 3.0.16`.
std::string tell_packages(const Value& data);

}  // namespace cef::cli
