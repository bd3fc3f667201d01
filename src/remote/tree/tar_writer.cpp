#include "tar_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

namespace cef::remote {

namespace {

constexpr std::size_t block = 512, longest_name = 100;
constexpr std::size_t enough = std::size_t{32} << 10;  // in the buffer

std::size_t padding(std::size_t size) { return (block - size % block) % block; }

// Numbers that their octal digits have no room for are written in binary, as GNU and BusyBox read them.
void put_number(std::string& header, std::size_t at, std::size_t width, std::uint64_t number) {
  const std::string octal = fmt::format("{:0{}o}", number, width - 1);
  if (octal.size() < width) {
    header.replace(at, octal.size(), octal);
    return;
  }
  for (std::size_t i = 0; i < width; ++i, number >>= 8)
    header[at + width - 1 - i] = static_cast<char>(i < 8 ? number & 0xff : 0);
  header[at] = static_cast<char>(header[at] | static_cast<char>(0x80));
}

std::string one_header(std::string_view name, std::string_view target, char kind, unsigned mode, std::uint64_t size,
                       std::int64_t modified) {
  std::string header(block, '\0');
  header.replace(0, std::min(name.size(), longest_name), name.substr(0, longest_name));
  put_number(header, 100, 8, mode);
  put_number(header, 108, 8, 0);
  put_number(header, 116, 8, 0);
  put_number(header, 124, 12, size);
  put_number(header, 136, 12, static_cast<std::uint64_t>(std::max<std::int64_t>(0, modified)));
  header[156] = kind;
  header.replace(157, std::min(target.size(), longest_name), target.substr(0, longest_name));
  header.replace(257, 8, std::string_view("ustar  \0", 8));
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  header.replace(148, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  return header;
}

std::string long_text(char kind, std::string_view text) {
  std::string all = one_header("././@LongLink", "", kind, 0644, text.size() + 1, 0);
  all += text;
  all += '\0';
  return all + std::string(padding(text.size() + 1), '\0');
}

}  // namespace

std::string tar_header(const TreeEntry& entry) {
  using Kind = TreeEntry::Kind;
  const std::string name = "./" + entry.path + (entry.kind == Kind::folder ? "/" : "");
  std::string all;
  if (entry.target.size() > longest_name) all += long_text('K', entry.target);
  if (name.size() > longest_name) all += long_text('L', name);
  // A folder that its owner may not write to could not be filled.
  const unsigned mode = entry.kind == Kind::folder ? entry.mode | 0700 : entry.kind == Kind::link ? 0777 : entry.mode;
  const char kind = entry.kind == Kind::folder ? '5' : entry.kind == Kind::link ? '2' : '0';
  return all + one_header(name, entry.target, kind, mode, entry.kind == Kind::file ? entry.size : 0, entry.modified);
}

std::string_view tar_end() {
  static const std::string end(2 * block, '\0');
  return end;
}

TarWriter::TarWriter(const Tree& tree, std::vector<std::size_t> indices) : tree_(tree), indices_(std::move(indices)) {}

std::string_view TarWriter::next(std::size_t most) {
  if (given_ == buffer_.size()) {
    buffer_.clear();
    given_ = 0;
    fill();
  }
  const auto piece = std::string_view(buffer_).substr(given_, most);
  given_ += piece.size();
  return piece;
}

void TarWriter::fill() {
  while (buffer_.size() < enough && !ended_) {
    if (left_ > 0) {
      add_contents(enough);
      continue;
    }
    if (at_ == indices_.size()) {
      buffer_ += tar_end();
      ended_ = true;
      return;
    }
    const std::size_t index = indices_[at_++];
    const TreeEntry& entry = tree_.entries()[index];
    buffer_ += tar_header(entry);
    if (entry.kind != TreeEntry::Kind::file || entry.size == 0) continue;
    left_ = entry.size;
    if (tree_.has_changed(index) && changed_.empty()) changed_ = entry.path;
    if (auto opened = OpenedFile::open(tree_.path() / entry.path, OpenedFile::Link::refused))
      file_.emplace(std::move(*opened));
  }
}

// The size has been announced: what is not there any more is made up.
void TarWriter::add_contents(std::size_t room) {
  const TreeEntry& entry = tree_.entries()[indices_[at_ - 1]];
  const std::size_t size = std::min(room, left_), before = buffer_.size();
  buffer_.resize(before + size);
  const std::size_t read = file_ ? file_->read(entry.size - left_, std::span(buffer_).subspan(before)).size() : 0;
  if (read < size && changed_.empty()) changed_ = entry.path;
  left_ -= size;
  file_bytes_ += static_cast<std::int64_t>(size);
  if (left_ > 0) return;
  if (file_ && file_->has_changed() && changed_.empty()) changed_ = entry.path;
  file_.reset();
  buffer_.append(padding(entry.size), '\0');
}

}  // namespace cef::remote
