// A file of the controller, piece by piece.
#pragma once

#include <cef/core/result.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::remote {

/// For one script's standard input, or one upload.
class LocalFile {
 public:
  /// Its size in bytes. Errors: io_failed.
  Result<std::uintmax_t> open(const std::string& path) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (!error) file_.open(path, std::ios::binary);
    if (error || !file_)
      return Unexpected(Error{Code::io_failed, fmt::format("{} cannot be read on this machine", path), ""});
    return size;
  }
  /// Nothing at its end.
  std::optional<std::string_view> read(std::size_t most) {
    piece_.resize(most);
    file_.read(piece_.data(), static_cast<std::streamsize>(most));
    if (file_.gcount() == 0) return std::nullopt;
    return std::string_view(piece_.data(), static_cast<std::size_t>(file_.gcount()));
  }

 private:
  std::ifstream file_;
  std::vector<char> piece_;
};

}  // namespace cef::remote
