#include "modules/archive.hpp"

#include "modules/shell.hpp"

#include <cef/core/file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace cef::tasks::modules {

namespace {

namespace fs = std::filesystem;
constexpr std::size_t tar_block = 512;

void put(std::string& header, std::size_t at, std::string_view text) { header.replace(at, text.size(), text); }

void pad(std::string& archive) { archive.append((tar_block - archive.size() % tar_block) % tar_block, '\0'); }

// One header of POSIX' ustar; a name that has no room there stands before it, in GNU's way, which BusyBox reads too.
void add_header(std::string& archive, const std::string& name, unsigned mode, std::size_t size, char kind) {
  if (name.size() > 100) {
    add_header(archive, "././@LongLink", 0, name.size() + 1, 'L');
    archive += name;
    archive += '\0';
    pad(archive);
  }
  std::string header(tar_block, '\0');
  put(header, 0, std::string_view(name).substr(0, 100));
  put(header, 100, fmt::format("{:07o}", mode));
  put(header, 108, "0000000");
  put(header, 116, "0000000");
  put(header, 124, fmt::format("{:011o}", size));
  put(header, 136, "00000000000");
  put(header, 148, "        ");
  header[156] = kind;
  put(header, 257, "ustar");
  put(header, 263, "00");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(header, 148, fmt::format("{:06o}", sum));
  header[154] = '\0';
  archive += header;
}

}  // namespace

Result<std::string> archive_of(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  const auto options = fs::directory_options::follow_directory_symlink;
  for (fs::recursive_directory_iterator i(folder, options, error), end; !error && i != end; i.increment(error))
    paths.push_back(i->path());
  if (error) return Unexpected(failed(fmt::format("{} cannot be read: {}", folder.string(), error.message())));
  std::ranges::sort(paths);
  std::string archive;
  for (const fs::path& path : paths) {
    const std::string name = path.lexically_relative(folder).string();
    const auto mode = static_cast<unsigned>(fs::status(path, error).permissions()) & 07777U;
    if (fs::is_directory(path, error)) {
      add_header(archive, name + '/', 0700, 0, '5');
      continue;
    }
    if (!fs::is_regular_file(path, error)) continue;
    const auto bytes = read_file(path.string());
    if (!bytes) return Unexpected(failed(fmt::format("{} cannot be read on this machine", path.string())));
    add_header(archive, name, mode, bytes->size(), '0');
    archive += *bytes;
    pad(archive);
  }
  archive.append(2 * tar_block, '\0');
  return archive;
}

}  // namespace cef::tasks::modules
