// For tests of transfers: a server with a home to push to, files of this side, and a cef between them.
#pragma once

#include "fleet.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <random>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace cef::testing {

/// Bytes that nothing compresses.
inline std::string noise(std::size_t size, unsigned seed = 1) {
  std::minstd_rand random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random() >> 8);
  return bytes;
}

struct TransferHost {
  Sshd server;
  Fleet fleet;
  TempDir files;

  explicit TransferHost(SshdOptions options = {}) : server(std::move(options)) { fleet.add("n1", server); }
  std::string file(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories((files / name).parent_path());
    write_file(files / name, bytes);
    return (files / name).string();
  }
  CefResult cef(const std::string& verb, std::vector<std::string> words) const {
    words.insert(words.begin(), verb);
    words.insert(words.end(), {"host=n1", "--format", "json"});
    auto result = fleet.cef(words);
    UNSCOPED_INFO(result.told());
    return result;
  }
  /// What has no folder is in the server's home, where its sessions do not begin.
  CefResult push(std::vector<std::string> words) const {
    for (std::size_t i = 1; i < words.size(); ++i)
      if (words[i - 1] == "--dest" && words[i].find_first_of("/~") != 0) words[i].insert(0, "~/");
    return cef("push", std::move(words));
  }
  CefResult pull(std::vector<std::string> words) const {
    for (std::string& word : words) {
      if (word.starts_with("--")) break;
      if (word.find_first_of("/~.") != 0) word.insert(0, "~/");
    }
    return cef("pull", std::move(words));
  }
  std::filesystem::path there(const std::string& name) const { return server.home() / name; }
};

/// What a transfer leaves beside its target.
inline std::vector<std::string> litter(const std::filesystem::path& folder) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().find(".cef-") != std::string::npos) found.push_back(entry.path().string());
  return found;
}

inline unsigned mode_of(const std::filesystem::path& path) {
  struct stat found {};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found.st_mode & 07777;
}

}  // namespace cef::testing
