// The input as a file, for parsers that are given paths.
#pragma once

#include "fuzz.hpp"

#include <sys/mman.h>
#include <unistd.h>

/// The path of a file in memory that holds `data`; the same one each time.
inline const std::string& input_file(const std::uint8_t* data, std::size_t size) {
  static const int fd = ::memfd_create("input", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(fd);
  require(::ftruncate(fd, 0) == 0 && ::pwrite(fd, data, size, 0) == static_cast<ssize_t>(size));
  return path;
}
