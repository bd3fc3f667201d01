#include "libarchive.hpp"

#include <fmt/format.h>

#include <dlfcn.h>
#include <stdexcept>

namespace cef::models::libarchive {

namespace libarchive_parts {
namespace {

constexpr const char* file = "libarchive.so.13";  // whose interface is that of all releases since 3.0

void* library() {
  static void* const loaded = ::dlopen(file, RTLD_LAZY | RTLD_LOCAL);  // for good
  return loaded;
}

}  // namespace
}  // namespace libarchive_parts

Result<void> load() {
  if (libarchive_parts::library()) return {};
  return Unexpected(Error{Code::io_failed, fmt::format("{} cannot be loaded", libarchive_parts::file),
                          "archives are read with it: Debian has it in libarchive13"});
}

void* find(const char* name) {
  void* const found = ::dlsym(libarchive_parts::library(), name);
  if (!found) throw std::logic_error(fmt::format("{} has no {}", libarchive_parts::file, name));
  return found;
}

}  // namespace cef::models::libarchive
