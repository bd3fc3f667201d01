// Archives that real programs made, and what python makes when nobody holds it back.
#pragma once

#include "process.hpp"
#include "temp_dir.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

namespace cef::testing {

inline void shell(const std::filesystem::path& folder, const std::string& script) {
  RunOptions options;
  options.cwd = folder.string();
  options.env["LC_ALL"] = "C.UTF-8";
  const auto ran = run({"/bin/bash", "-ec", script}, options);
  INFO(script << '\n' << ran.out << ran.err);
  REQUIRE(ran.exit_code == 0);
}

inline void python(const std::filesystem::path& folder, const std::string& script) {
  RunOptions options;
  options.cwd = folder.string();
  options.input = "import io, stat, struct, sys, tarfile, zipfile\n" + script;
  const auto ran = run({"python3", "-"}, options);
  INFO(script << '\n' << ran.out << ran.err);
  REQUIRE(ran.exit_code == 0);
}

/// `src`: a folder with what models have: names with blanks and umlauts, a program, a link, an empty file and folder.
inline void make_tree(const std::filesystem::path& folder) {
  shell(folder, R"(
    mkdir -p src/sub/empty
    printf 'FROM scratch\n' >src/Dockerfile
    head -c 300000 /dev/urandom >src/sub/weights.bin
    head -c 100000 /dev/zero >src/sub/zeros.bin
    printf 'x' >'src/sub/größe und mehr.txt'
    printf '#!/bin/sh\n' >src/run.sh
    chmod 755 src/run.sh
    : >src/nothing
    ln -s sub/weights.bin src/current
    ln -s ../run.sh src/sub/up
  )");
}

}  // namespace cef::testing
