#include "run/fetched.hpp"

#include <cef/core/file.hpp>

#include <fmt/format.h>

namespace cef::playbook {

namespace {

namespace fs = std::filesystem;

// What stands there is the playbook's word, never the host's: it could lead anywhere.
fs::path place_of(const Value& params, const std::string& host, const fs::path& folder) {
  const std::string src = params.value("src", ""), dest = params.value("dest", "");
  const fs::path base = folder / expand_user(dest);
  const fs::path below = fs::path("/" + src).lexically_normal().relative_path();
  if (!params.value("flat", false)) return base / host / below;
  return dest.ends_with('/') || fs::is_directory(base) ? base / below.filename() : base;
}

}  // namespace

void keep_fetched(TaskResult& result, const Value& params, const std::string& host, const fs::path& folder) {
  const auto content = result.value.find("content");
  if (content == result.value.end()) return;
  const std::string bytes = content->get<std::string>();
  result.value.erase("content");
  const auto fail = [&](std::string why) {
    result.failed = true;
    result.value["msg"] = std::move(why);
  };
  if (params.value("dest", "").empty()) return fail("fetch needs the parameter 'dest'");
  const fs::path place = place_of(params, host, folder);
  result.value["dest"] = fs::absolute(place).lexically_normal().string();
  if (const auto there = read_file(place); there && *there == bytes) return;
  std::error_code error;
  fs::create_directories(place.parent_path(), error);
  if (error) return fail(fmt::format("cannot make {}: {}", place.parent_path().string(), error.message()));
  if (const auto written = write_file(place, bytes); !written) return fail(written.error().message);
  result.changed = true;
}

}  // namespace cef::playbook
