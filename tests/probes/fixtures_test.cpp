// Walks every capture in tests/fixtures/<probe>/: the bytes as they came (NAME.txt) and what they mean (NAME.json, or
// NAME.error with a part of the message).
#include <cef/core/file.hpp>
#include <cef/probes/probe.hpp>

#include <catch2/catch.hpp>

#include <filesystem>

namespace cef::probes {

namespace fs = std::filesystem;

TEST_CASE("every capture means what is written beside it", "[probes]") {
  std::size_t captures = 0;
  for (const Probe* probe : all()) {
    const fs::path folder = fs::path(CEF_FIXTURES) / std::string(probe->name);
    INFO("a probe has captures in " << folder);
    REQUIRE(fs::is_directory(folder));
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() != ".txt") continue;
      ++captures;
      DYNAMIC_SECTION(probe->name << "/" << entry.path().stem().string()) {
        const auto text = read_file(entry.path());
        REQUIRE(text);
        auto body = framed(*text);
        auto record = body ? probe->parse(*body) : Result<Value>(Unexpected(body.error()));
        fs::path expected = entry.path();
        if (const auto json = read_file(expected.replace_extension(".json"))) {
          if (!record) FAIL(record.error().message);
          CHECK(record->dump(2) == Value::parse(*json).dump(2));
        } else {
          auto part = read_file(expected.replace_extension(".error"));
          REQUIRE(part);
          REQUIRE_FALSE(record);
          CHECK(record.error().code == Code::unexpected_output);
          CHECK(record.error().message.find(part->substr(0, part->find('\n'))) != std::string::npos);
        }
      }
    }
  }
  CHECK(captures > 0);
}

}  // namespace cef::probes
