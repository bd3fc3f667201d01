// Walks every capture in tests/fixtures/<probe>/ and snapshot/: the bytes as they came (NAME.txt) and what they mean
// (NAME.json, or NAME.error with a part of the message and, on a second line, the code if it is not unexpected_output).
#include "plausible.hpp"

#include <cef/core/file.hpp>
#include <cef/probes/probe.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <random>
#include <set>

namespace cef::probes::fixtures_tests {

namespace {

namespace fs = std::filesystem;

struct Source {
  std::string name;
  Result<Value> (*parse)(std::string_view text);

  Result<Value> operator()(std::string_view output) const {
    const auto body = framed(output);
    return body ? parse(*body) : Result<Value>(Unexpected(body.error()));
  }
};

std::vector<Source> sources() {
  std::vector<Source> list{{"snapshot", parse_snapshot}};
  for (const Probe* probe : all()) list.push_back({std::string(probe->name), probe->parse});
  return list;
}

std::vector<fs::path> captures(const Source& source) {
  const fs::path folder = fs::path(CEF_FIXTURES) / source.name;
  INFO("a probe has captures in " << folder);
  REQUIRE(fs::is_directory(folder));
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  REQUIRE_FALSE(files.empty());
  return files;
}

}  // namespace

TEST_CASE("every capture means what is written beside it", "[probes]") {
  for (const Source& source : sources()) {
    for (const fs::path& file : captures(source)) {
      DYNAMIC_SECTION(source.name << "/" << file.stem().string()) {
        const auto text = read_file(file);
        REQUIRE(text);
        const auto record = source(*text);
        fs::path expected = file;
        if (const auto json = read_file(expected.replace_extension(".json"))) {
          if (!record) FAIL(record.error().message);
          CHECK(record->dump(2) == Value::parse(*json).dump(2));
        } else {
          auto part = read_file(expected.replace_extension(".error"));
          REQUIRE(part);
          REQUIRE_FALSE(record);
          const auto end = part->find('\n');
          const std::string code = part->substr(std::min(end + 1, part->size()));
          CHECK(name_of(record.error().code) == (code.empty() ? "unexpected_output" : code.substr(0, code.find('\n'))));
          CHECK(record.error().message.find(part->substr(0, end)) != std::string::npos);
        }
      }
    }
  }
}

TEST_CASE("every metric is found in some capture, and no two values of a host have one name", "[probes]") {
  std::set<const Metric*> seen;
  for (const Probe* probe : all())
    for (const fs::path& file : captures({std::string(probe->name), probe->parse})) {
      const auto text = read_file(file);
      REQUIRE(text);
      const auto record = Source{std::string(probe->name), probe->parse}(*text);
      if (!record) continue;
      std::set<std::string> names;
      for (const Sample& sample : samples(all_metrics(), Value{{std::string(probe->name), *record}})) {
        seen.insert(sample.metric);
        INFO(file << " " << sample.name());
        CHECK(names.insert(sample.name()).second);
      }
    }
  for (const Metric& metric : all_metrics()) {
    INFO(metric.list << " " << metric.name());
    CHECK(seen.contains(&metric));
  }
}

TEST_CASE("damaged output gives an error or nothing that cannot be", "[probes]") {
  std::mt19937 random(20261123);
  const auto below = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  using namespace std::string_view_literals;
  constexpr std::string_view bytes = "0123456789-+.:,/%= \t\n\r\\\0\x80\xff[]xeEkMNn"sv;
  for (const Source& source : sources()) {
    for (const fs::path& file : captures(source)) {
      const auto text = read_file(file);
      REQUIRE(text);
      for (int round = 0; round < 200; ++round) {
        std::string damaged = *text;
        const std::size_t damages = 1 + below(4);
        for (std::size_t i = 0; i < damages && !damaged.empty(); ++i) {
          const std::size_t at = below(damaged.size());
          switch (below(4)) {
            case 0:
              damaged[at] = bytes[below(bytes.size())];
              break;
            case 1:
              damaged.insert(at, 1 + below(12), bytes[below(bytes.size())]);
              break;
            case 2:
              damaged.erase(at, 1 + below(40));
              break;
            default:
              damaged.insert(below(damaged.size()), damaged.substr(at, below(60)));
          }
        }
        // Past the frame too: whatever is in it must be borne.
        const auto record = round % 2 == 0 ? source(damaged) : source.parse(damaged);
        if (record && !is_plausible(*record)) FAIL(file << "\n" << damaged << "\n" << record->dump(2));
      }
    }
  }
}

}  // namespace cef::probes::fixtures_tests
