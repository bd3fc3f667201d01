// Runs a program on the controller and collects what it prints.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace cef::inventory {

struct ProgramOutput {
  std::string out, err;
  std::string failure;  // why there is no usable output; empty when the program ended with status 0
};

/// Standard input is empty. The program (and its process group) is killed when it takes longer than `limit` or prints
/// more than `limit_bytes`.
ProgramOutput run_program(const std::vector<std::string>& command, std::chrono::milliseconds limit,
                          std::size_t limit_bytes);

}  // namespace cef::inventory
