// What ends a task on a host before it has a result of its own.
#pragma once

#include <cef/playbook/run.hpp>

#include <string>
#include <utility>

namespace cef::playbook {

struct Failure {
  TaskResult result;
};

inline TaskResult failed_with(std::string message) {
  TaskResult result;
  result.failed = true;
  result.value["msg"] = std::move(message);
  return result;
}

[[noreturn]] inline void fail_task(std::string message) { throw Failure{failed_with(std::move(message))}; }

}  // namespace cef::playbook
