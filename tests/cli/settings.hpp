// Options as a command line, an environment and a configuration file would have set them.
#pragma once

#include "options/options.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <string>
#include <vector>

namespace cef::cli {

class Settings {
 public:
  using Source = Options::Source;
  Settings() { ::setenv("XDG_CONFIG_HOME", "/nonexistent", 1); }
  Settings& set(const std::string& name, std::vector<std::string> values, Source source = Source::command_line) {
    options_.repeat(name, {std::move(values), source, "--" + name});
    return *this;
  }
  const Options& options() {
    REQUIRE(options_.complete());
    return options_;
  }

 private:
  Options options_;
};

}  // namespace cef::cli
