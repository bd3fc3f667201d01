// Modules performed on this machine, in a folder of their own: their scripts run by a real shell.
#pragma once

#include "process.hpp"

#include <cef/core/file.hpp>
#include <cef/tasks/modules.hpp>
#include <cef/tasks/task.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace cef::tasks {

/// `shell`: its program and arguments, as {"busybox", "sh"}.
inline Verdict perform_here(const Task& module, Arguments arguments, const std::string& folder,
                            std::vector<std::string> shell = {"/bin/sh"}, std::map<std::string, std::string> env = {}) {
  Course course = module.course(std::move(arguments));
  for (auto step = course.begin(); step;) {
    StepResult result;
    if (const auto* script = std::get_if<Script>(&step->what)) {
      testing::RunOptions options;
      options.input = script->input_file.empty() ? script->input : read_file(script->input_file).value();
      options.cwd = folder;
      options.env = env;
      std::vector<std::string> words = shell;
      words.insert(words.end(), {"-c", script->text, "cef"});
      words.insert(words.end(), script->arguments.begin(), script->arguments.end());
      const auto ran = testing::run(words, options);
      result.status = ran.exit_code;
      result.out = ran.out;
      result.err = ran.err;
    } else if (const auto* download = std::get_if<Download>(&step->what)) {
      result.status = 0;
      result.out = read_file(download->path).value();
    } else {
      result.error = Error{Code::unsupported_platform, "not on this machine", ""};
    }
    step = course.tell(std::move(result));
  }
  return course.verdict();
}

}  // namespace cef::tasks
