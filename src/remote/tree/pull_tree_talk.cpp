#include "pull_tree_talk.hpp"

#include "tree_talk.hpp"
#include "words.hpp"

#include <cef/core/sha256.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace cef::remote {

namespace {

constexpr std::size_t longest_line = 16384, most_noise = 4096, most_entries = 5'000'000;
constexpr std::size_t most_at_once = 65536, most_ahead = std::size_t{4} << 20;  // of what a host is told to send

Error strange(std::string_view line) {
  return {Code::unexpected_output,
          fmt::format("the host answered something else than was asked for: '{}'", shown(line)), ""};
}

}  // namespace

void TreeList::fail(Error error) {
  if (!error_) error_ = std::move(error);
  ended_ = true;
}

void TreeList::hear(std::string_view bytes) {
  while (!bytes.empty() && !ended_) {
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end);
    if (line_.size() + piece.size() > longest_line) {
      if (begun_) return fail(strange("a line without end"));
      line_.clear();
    } else {
      line_ += piece;
    }
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    hear_line(std::exchange(line_, {}));
  }
}

// A path with its parts checked; nothing for the folder itself.
std::optional<std::string> TreeList::safe(std::string_view line) {
  std::string path(line);
  std::replace(path.begin(), path.end(), '\0', '\n');
  const auto parts = parts_of(path);
  if (!parts) fail(parts.error());
  if (!parts || parts->empty()) return std::nullopt;
  if (folders_.size() + links_.size() + files_.size() > most_entries)
    fail({Code::unexpected_output, fmt::format("there is too much in {}", path_), ""});
  return fmt::format("{}", fmt::join(*parts, "/"));
}

void TreeList::hear_line(std::string_view line) {
  if (!begun_) {
    begun_ = ends_greeting(line, "=cef tree");
    if (!begun_ && noise_.size() < most_noise) noise_ += std::string(line) + '\n';
    return;
  }
  if (section_ == '\0') {
    if (line == "d" || line == "l" || line == "f" || line == "b" || line == "z" || line == "h") {
      section_ = line.front();
    } else if (line == "r gnu" || line == "r other") {
      gnu_ = line == "r gnu";
      ended_ = true;
    } else {
      fail(line.starts_with("e ") ? refusal_of(line.substr(2), path_, "") : strange(line));
    }
    return;
  }
  if (line == ".") {
    // The folder itself is a dot, too, and the first of its list.
    if (section_ == 'd' && folders_.empty()) {
      folders_.insert("");
      return;
    }
    section_ = '\0';
    return;
  }
  if (section_ == 'h') return hear_sum(line);
  if (section_ == 'z') {
    const auto size = number_of<std::int64_t>(line);
    if (size && sized_ < order_.size()) order_[sized_++]->size = *size;
    return;
  }
  auto path = safe(line);
  if (!path) return;
  if (section_ == 'd')
    folders_.insert(std::move(*path));
  else if (section_ == 'l')
    links_.insert(std::move(*path));
  else if (section_ == 'b')
    big_.insert(std::move(*path));
  else {
    spelled_[sum_line("", *path)] = *path;
    order_.push_back(&files_[std::move(*path)]);
  }
}

// `HASH  ./path`, with a backslash before it where the path is spelled otherwise.
void TreeList::hear_sum(std::string_view line) {
  const bool escaped = line.starts_with('\\');
  if (escaped) line.remove_prefix(1);
  const auto hash = line.substr(0, 64);
  if (!is_sha256(hash) || line.size() < 66) return;
  const auto name = spelled_.find((escaped ? "\\" : "") + std::string(line.substr(64)) + '\n');
  if (name != spelled_.end()) files_[name->second].sha256 = hash;
}

TreeRequest::TreeRequest(const std::vector<std::string>& paths, bool gnu, Turns turns) : turns_(std::move(turns)) {
  for (const std::string& path : paths)
    if (gnu || path.find('\n') == std::string::npos) text_ += "./" + path + (gnu ? '\0' : '\n');
  if (!turns_.have_limit()) return;
  // A shell's variable holds no NUL: each ends with a newline then, and what stands for their own is in none of them.
  unsigned char newline = 1;
  while (newline < 255 && (newline == '\n' || text_.find(static_cast<char>(newline)) != std::string::npos)) ++newline;
  for (char& c : text_)
    if (c == '\n' && gnu)
      c = static_cast<char>(newline);
    else if (c == '\0')
      c = '\n';
  paced_ = fmt::format("{} {:03o}", text_.size(), newline);
}

std::optional<std::string_view> TreeRequest::give(std::size_t most, Clock::time_point now) {
  if (given_ == text_.size() && (ended_ || paced_.empty())) return std::nullopt;
  if (given_ == text_.size() && credited_ - std::min(credited_, heard_) <= most_ahead)
    if (const std::size_t bytes = turns_.next(most_at_once, now); bytes > 0) {
      credited_ += bytes;
      text_ = fmt::format("{}\n", bytes);
      given_ = 0;
    }
  const auto piece = std::string_view(text_).substr(given_, most);
  given_ += piece.size();
  return piece;
}

void TreeFetch::hear(std::string_view bytes) {
  while (!bytes.empty() && !ended_ && !error_) {
    if (streams_ && !reader_.ended()) {
      const auto taken = reader_.hear(bytes);
      if (!taken) {
        error_ = taken.error();
        return;
      }
      bytes.remove_prefix(*taken);
      continue;
    }
    if (streams_ && bytes.front() == '\0') {  // what tar fills its last block with
      bytes.remove_prefix(1);
      continue;
    }
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end);
    if (line_.size() + piece.size() <= longest_line) line_ += piece;
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    hear_line(std::exchange(line_, {}));
  }
}

void TreeFetch::hear_line(std::string_view line) {
  if (!begun_) {
    begun_ = ends_greeting(line, "=cef tree");
    if (!begun_ && noise_.size() < most_noise) noise_ += std::string(line) + '\n';
  } else if (!streams_ && line == "s") {
    streams_ = true;
  } else if (streams_ && line.empty()) {
    return;
  } else if (streams_ && line.starts_with("d ")) {
    ended_ = true;
  } else if (line == "e rate") {
    error_ = cannot_pace();
  } else {
    error_ = line.starts_with("e ") ? refusal_of(line.substr(2), path_, "") : strange(line);
  }
}

}  // namespace cef::remote
