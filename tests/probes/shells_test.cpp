// Every script on this machine itself, in each of the shells that hosts have.
#include <cef/core/file.hpp>
#include <cef/probes/probe.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <unistd.h>

namespace cef::probes::shells_tests {

namespace {

struct Ran {
  std::string out, err;
};

// `line` with another shell in the place of /bin/sh.
Ran run(const std::string& line, const std::string& shell) {
  constexpr std::string_view usual = "exec /bin/sh ";
  REQUIRE(line.starts_with(usual));
  const auto errors = std::filesystem::temp_directory_path() / ("cef-shell-errors-" + std::to_string(::getpid()));
  const std::string command = "exec 2>" + errors.string() + "; exec " + shell + " " + line.substr(usual.size());
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  REQUIRE(pipe);
  Ran ran;
  std::array<char, 4096> buffer;
  for (std::size_t size; (size = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;)
    ran.out.append(buffer.data(), size);
  ran.err = read_file(errors).value_or("no file");
  std::filesystem::remove(errors);
  return ran;
}

bool is_here(const std::string& shell) {
  return std::system(("command -v " + shell.substr(0, shell.find(' ')) + " >/dev/null").c_str()) == 0;
}

}  // namespace

TEST_CASE("every script runs in dash, bash and BusyBox, and says nothing on standard error", "[probes]") {
  for (const std::string shell : {"dash", "bash", "busybox sh"}) {
    if (!is_here(shell)) {
      WARN(shell << " is not on this machine: left out");
      continue;
    }
    for (const Probe* probe : all()) {
      CAPTURE(shell, probe->name);
      const Ran ran = run(command_line(*probe), shell);
      CHECK(ran.err.empty());
      CAPTURE(ran.out, ran.err);
      const auto body = framed(ran.out);
      REQUIRE(body);
      const auto record = probe->parse(*body);
      if (!record) FAIL_CHECK(record.error().message);
    }
  }
}

TEST_CASE("a snapshot is all of them", "[probes]") {
  for (const std::string shell : {"dash", "bash", "busybox sh"}) {
    if (!is_here(shell)) continue;
    CAPTURE(shell);
    const Ran ran = run(snapshot_command_line(), shell);
    CAPTURE(ran.out, ran.err);
    CHECK(ran.err.empty());
    const auto body = framed(ran.out);
    REQUIRE(body);
    const auto record = parse_snapshot(*body);
    REQUIRE(record);
    for (const Probe* probe : all()) CHECK(record->contains(std::string(probe->name)));
    INFO(record->dump(2));
    CHECK(record->at("errors").is_null());
    CHECK(record->at("mem").at("total_bytes").get<double>() > 1e6);
    CHECK(record->at("cpu").at("used_pct").is_number());
  }
}

}  // namespace cef::probes::shells_tests
