// Inventories written on the spot, for tests that need a few lines of one.
#pragma once

#include <cef/inventory/load.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace cef::inventory {

/// A folder that goes away with this object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "cef-inventory-XXXXXX").string();
    REQUIRE(::mkdtemp(path.data()));
    path_ = path;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  std::filesystem::path write(const std::string& name, std::string_view text, bool executable = false) const {
    const auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    if (executable) std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file;
  }

  /// Messages with this folder's name taken out: `hosts.yml:3:5: ...`.
  std::vector<std::string> show_all(const std::vector<Diagnostic>& diagnostics) const {
    std::vector<std::string> lines;
    for (const Diagnostic& diagnostic : diagnostics) {
      std::string line = show(diagnostic);
      for (std::size_t at = 0; (at = line.find(path_.string() + "/")) != std::string::npos;)
        line.erase(at, path_.string().size() + 1);
      lines.push_back(line);
    }
    return lines;
  }

 private:
  std::filesystem::path path_;
};

/// What `text` in a file called `name` is loaded as; the test ends if it cannot be.
inline Loaded load_text(std::string_view text, const std::string& name = "hosts.yml") {
  const TemporaryFolder folder;
  auto loaded = load({folder.write(name, text)});
  if (!loaded) FAIL(show(loaded.error().front()));
  return std::move(*loaded);
}

inline std::vector<std::string> names(const Inventory& inventory) {
  std::vector<std::string> names;
  for (const Host& host : inventory.hosts()) names.push_back(host.name);
  return names;
}

}  // namespace cef::inventory
