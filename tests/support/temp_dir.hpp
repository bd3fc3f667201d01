// A folder of the test's own, removed with all in it when the test ends.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cef::testing {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);
/// Throws when it cannot be written. `mode` is what chmod takes.
void write_file(const std::filesystem::path& path, std::string_view text, unsigned mode = 0600);

}  // namespace cef::testing
