#include "tar_reader.hpp"

#include "words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace cef::remote {

namespace {

constexpr std::size_t block = 512, longest_extension = 65536, longest_path = 8192, most_parts = 256;
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 60;

Unexpected<Error> no_tar(std::string what) {
  return Unexpected(Error{Code::unexpected_output, fmt::format("what came is no tar stream: {}", what), ""});
}

std::string_view text_at(const std::string& header, std::size_t at, std::size_t width) {
  const std::string_view field = std::string_view(header).substr(at, width);
  return field.substr(0, field.find('\0'));
}

std::optional<std::uint64_t> number_at(const std::string& header, std::size_t at, std::size_t width) {
  std::string_view field = std::string_view(header).substr(at, width);
  const auto first = static_cast<unsigned char>(field[0]);
  std::uint64_t number = 0;
  if (first & 0x80) {  // in binary
    if (first != 0x80) return std::nullopt;
    for (const char c : field.substr(1)) {
      if (number > (most_bytes >> 8)) return std::nullopt;
      number = number << 8 | static_cast<unsigned char>(c);
    }
    return number;
  }
  field = field.substr(0, field.find('\0'));
  while (field.starts_with(' ')) field.remove_prefix(1);
  while (field.ends_with(' ')) field.remove_suffix(1);
  for (const char c : field) {
    if (c < '0' || c > '7' || number > (most_bytes >> 3)) return std::nullopt;
    number = number * 8 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

bool sum_is_right(const std::string& header) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < block; ++i)
    sum += i >= 148 && i < 156 ? std::uint64_t{' '} : static_cast<unsigned char>(header[i]);
  return number_at(header, 148, 8) == sum;
}

TarEntry::Kind kind_of(char type) {
  switch (type) {
    case '\0':
    case '0':
    case '7':
      return TarEntry::Kind::file;
    case '1':
      return TarEntry::Kind::hard_link;
    case '2':
      return TarEntry::Kind::link;
    case '5':
      return TarEntry::Kind::folder;
    default:
      return TarEntry::Kind::other;
  }
}

}  // namespace

Result<std::size_t> TarReader::hear(std::string_view bytes) {
  const std::size_t all = bytes.size();
  while (!bytes.empty() && !ended_) {
    if (in_entry_ && left_ > 0) {
      const auto piece = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
      if (kind_ == 'L' || kind_ == 'K' || kind_ == 'x')
        extension_ += piece;
      else if (kind_ != 'g' && entry_.kind == TarEntry::Kind::file)
        if (const auto taken = sink_.contents(piece); !taken) return Unexpected(taken.error());
      left_ -= piece.size();
      bytes.remove_prefix(piece.size());
    } else if (in_entry_ && padding_ > 0) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(padding_, bytes.size()));
      padding_ -= size;
      bytes.remove_prefix(size);
    } else {
      const std::size_t size = std::min(block - block_.size(), bytes.size());
      block_ += bytes.substr(0, size);
      bytes.remove_prefix(size);
      if (block_.size() < block) break;
      if (const auto fine = hear_header(); !fine) return Unexpected(fine.error());
      block_.clear();
    }
    if (!in_entry_ || left_ > 0 || padding_ > 0) continue;
    in_entry_ = false;
    if (const auto fine = hear_extension(); !fine) return Unexpected(fine.error());
  }
  return all - bytes.size();
}

Result<void> TarReader::hear_header() {
  if (std::ranges::all_of(block_, [](char c) { return c == '\0'; })) {
    ended_ = ++empty_blocks_ == 2;
    return {};
  }
  empty_blocks_ = 0;
  if (!sum_is_right(block_)) return no_tar("a header's sum is wrong");
  const auto size = number_at(block_, 124, 12);
  const auto mode = number_at(block_, 100, 8);
  if (!size || *size > most_bytes) return no_tar("a size that no file has");
  kind_ = block_[156];
  left_ = *size;
  in_entry_ = true;
  extension_.clear();
  if (kind_ == 'L' || kind_ == 'K' || kind_ == 'x' || kind_ == 'g') {
    if (left_ > longest_extension) return no_tar("a name without end");
    padding_ = (block - left_ % block) % block;
    return {};
  }
  entry_ = {};
  entry_.kind = kind_of(kind_);
  entry_.mode = static_cast<unsigned>(mode.value_or(0644)) & 0777;
  entry_.modified = static_cast<std::int64_t>(number_at(block_, 136, 12).value_or(0));
  entry_.path = text_at(block_, 0, 100);
  if (block_.compare(257, 6, std::string_view("ustar\0", 6)) == 0)
    if (const auto prefix = text_at(block_, 345, 155); !prefix.empty())
      entry_.path = std::string(prefix) + '/' + entry_.path;
  entry_.target = text_at(block_, 157, 100);
  if (!long_path_.empty()) entry_.path = std::exchange(long_path_, {});
  if (!long_target_.empty()) entry_.target = std::exchange(long_target_, {});
  if (std::exchange(has_size_, false)) left_ = size_;
  // Links have none, whatever their header says of what they lead to.
  if (entry_.kind != TarEntry::Kind::file && entry_.kind != TarEntry::Kind::other) left_ = 0;
  padding_ = (block - left_ % block) % block;
  entry_.size = left_;
  return sink_.entry(entry_);
}

// What has come whole: an entry, or what belongs to the next one.
Result<void> TarReader::hear_extension() {
  switch (kind_) {
    case 'L':
      long_path_ = extension_.substr(0, extension_.find('\0'));
      return {};
    case 'K':
      long_target_ = extension_.substr(0, extension_.find('\0'));
      return {};
    case 'x':
      return hear_pax();
    case 'g':
      return {};
    default:
      return sink_.end();
  }
}

// Records of `LENGTH KEY=VALUE\n`, whose length is that of all of it.
Result<void> TarReader::hear_pax() {
  for (std::string_view rest = extension_; !rest.empty();) {
    const auto blank = rest.find(' ');
    const auto length = blank == std::string_view::npos ? std::nullopt : number_of<std::size_t>(rest.substr(0, blank));
    if (!length || *length <= blank + 1 || *length > rest.size()) return no_tar("a header that cannot be read");
    const std::string_view record = rest.substr(blank + 1, *length - blank - 2);
    rest.remove_prefix(*length);
    const auto key = record.substr(0, record.find('='));
    const auto value = record.substr(std::min(record.size(), key.size() + 1));
    if (key == "path") long_path_ = value;
    if (key == "linkpath") long_target_ = value;
    if (key == "size") {
      const auto size = number_of<std::uint64_t>(value);
      if (!size || *size > most_bytes) return no_tar("a size that no file has");
      size_ = *size;
      has_size_ = true;
    }
  }
  return {};
}

Result<std::vector<std::string>> parts_of(std::string_view path) {
  const auto refuse = [&](const char* why) {
    return Unexpected(Error{Code::unexpected_output, fmt::format("the host sent '{}', {}", shown(path), why), ""});
  };
  if (path.size() > longest_path) return refuse("which is too long");
  if (path.starts_with('/')) return refuse("which leads out of its folder");
  if (path.find('\0') != std::string_view::npos) return refuse("which is no path");
  std::vector<std::string> parts;
  while (!path.empty()) {
    const auto part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (part.empty() || part == ".") continue;
    if (part == "..") return refuse("which leads out of its folder");
    parts.emplace_back(part);
    if (parts.size() > most_parts) return refuse("which is too deep");
  }
  return parts;
}

}  // namespace cef::remote
