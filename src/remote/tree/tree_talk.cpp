#include "tree_talk.hpp"

#include "words.hpp"

#include <cef/core/sha256.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace cef::remote {

namespace {

using Kind = TreeEntry::Kind;

constexpr std::size_t longest_path_line = 16384, most_noise = 4096;

bool has_break(const std::string& text) { return text.find('\n') != std::string::npos; }

// Up to the next line feed of `bytes`, with what came before in `line`; nothing when there is none yet. `passed` when
// it is too long.
std::optional<std::string> take_line(std::string& line, std::string_view& bytes, bool& passed) {
  const auto end = bytes.find('\n');
  const auto piece = bytes.substr(0, end);
  passed = line.size() + piece.size() > longest_path_line;
  if (!passed) line += piece;
  bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  if (end == std::string_view::npos) return std::nullopt;
  return std::exchange(line, {});
}

}  // namespace

std::string sum_line(const std::string& hash, const std::string& path) {
  std::string spelled;
  for (const char c : path) {
    if (c == '\n')
      spelled += "\\n";
    else if (c == '\r')
      spelled += "\\r";
    else if (c == '\\')
      spelled += "\\\\";
    else
      spelled += c;
  }
  return (spelled == path ? "" : "\\") + hash + "  ./" + spelled + '\n';
}

std::string id_of(const Tree& tree) {
  Sha256 names;
  for (const TreeEntry& entry : tree.entries()) names.add(entry.path + '\0');
  return names.hex();
}

TreeLists lists_of(const Tree& tree, const std::vector<std::string>& hashes) {
  TreeLists lists;
  Sha256 sums;
  std::string folders, links, files;
  for (std::size_t i = 0; i < tree.entries().size(); ++i) {
    const TreeEntry& entry = tree.entries()[i];
    if (entry.kind == Kind::file) {
      files += "./" + entry.path + '\0';
      sums.add(hashes[i] + '\n');
    } else if (has_break(entry.path) || has_break(entry.target)) {
      continue;  // it is sent each time
    } else if (entry.kind == Kind::folder) {
      folders += "./" + entry.path + '\n';
      ++lists.folders;
    } else {
      links += "./" + entry.path + '\n' + entry.target + '\n';
      ++lists.links;
    }
  }
  lists.text = folders + links + files;
  lists.id = id_of(tree);
  lists.digest = sums.hex();
  return lists;
}

Error refusal_of(std::string_view line, const std::string& dest, std::string_view errors) {
  const std::string_view kind = line.substr(0, line.find(' '));
  const std::string_view words = line.substr(std::min(line.size(), kind.size() + 1));
  if (kind == "missing") return {Code::no_such_file, fmt::format("{}: {}", dest, shown(words)), ""};
  if (kind == "kind") return {Code::not_a_file, fmt::format("{}: {}", dest, shown(words)), ""};
  if (kind == "hash")
    return {Code::checksum_mismatch, fmt::format("what the host has got is not what was sent to {}", dest), ""};
  if (kind == "late") return taken_over(dest);
  if (kind == "gone")
    return {Code::transfer_interrupted, fmt::format("what was made ready for {} is gone from the host", dest), ""};
  const std::string_view why = errors.empty() || kind == "write" ? words : first_line(trim(errors));
  return {code_of(why).value_or(Code::command_failed),
          fmt::format("{} cannot be written on the host: {}", dest, why.empty() ? "for no known reason" : shown(why)),
          hint_for(code_of(why).value_or(Code::command_failed), std::nullopt, why)};
}

TreeLook::TreeLook(const Tree& tree, const std::vector<std::string>& hashes, const std::string& dest)
    : tree_(tree), hashes_(hashes), dest_(dest) {}

void TreeLook::fail(Code code, std::string message) {
  if (ended_) return;
  error_ = Error{code, std::move(message), ""};
  ended_ = true;
}

void TreeLook::hear(std::string_view bytes) {
  while (!bytes.empty() && !ended_) {
    bool passed = false;
    const auto line = take_line(line_, bytes, passed);
    if (passed && begun_)
      return fail(Code::unexpected_output, "the host answered something else than was asked for: a line without end");
    if (passed) line_.clear();
    if (line) hear_line(*line);
  }
}

void TreeLook::hear_line(std::string_view line) {
  if (!begun_) {
    begun_ = ends_greeting(line, "=cef tree");
    if (!begun_ && noise_.size() < most_noise) noise_ += std::string(line) + '\n';
    return;
  }
  if (section_ == Section::facts || line == "e late") return hear_fact(line);  // no line of a list looks like that
  if (line == ".") {
    section_ = Section::facts;
    return;
  }
  if (section_ == Section::all) {
    all_.emplace_back(line);
    std::replace(all_.back().begin(), all_.back().end(), '\0', '\n');
  } else if (section_ == Section::files) {
    heard_->sums.insert(std::string(line) + '\n');
  } else if (line == "same") {
    heard_->same_files = true;
  } else if (line == "files") {
    section_ = Section::files;
  } else if (line.starts_with("d ") || line.starts_with("l ")) {
    heard_->differing.insert(std::string(line));
  } else {
    fail(Code::unexpected_output,
         fmt::format("the host answered something else than was asked for: '{}'", shown(line)));
  }
}

void TreeLook::hear_fact(std::string_view line) {
  const auto rest = line.size() > 2 ? line.substr(2) : std::string_view();
  if (line == "t" || line == "g") {
    heard_ = line == "t" ? &target_ : &staged_;
    exists_ = exists_ || line == "t";
    heard_->there = true;
    section_ = Section::entries;
  } else if (line == "a") {
    section_ = Section::all;
  } else if (line == "n") {
    exists_ = false;
  } else if (line == "p") {
    resumed_ = true;
  } else if (line.starts_with("q ")) {
    exists_ = true;
    const auto words = words_of(rest);
    if (words.size() == 2 && is_sha256(words[0])) {
      listing_ = words[0];
      read_at_ = number_of<std::int64_t>(words[1]);
    }
  } else if (line.starts_with("x ")) {
    cannot_write_ = rest;
  } else if (line.starts_with("s ")) {
    if (const auto words = words_of(rest); !words.empty())
      if (const auto kib = number_of<std::int64_t>(words[0])) space_ = std::min(*kib, std::int64_t{1} << 50) * 1024;
  } else if (line.starts_with("w ")) {
    stage_ = rest;
  } else if (line.starts_with("r ")) {
    ended_ = true;
  } else if (line.starts_with("e ")) {
    error_ = refusal_of(rest, dest_, "");
    ended_ = true;
  } else {
    fail(Code::unexpected_output,
         fmt::format("the host answered something else than was asked for: '{}'", shown(line)));
  }
}

bool TreeLook::Place::has(const TreeEntry& entry, const std::string& hash) const {
  if (!there) return false;
  if (entry.kind == Kind::file) return same_files || sums.contains(sum_line(hash, entry.path));
  return !differing.contains((entry.kind == Kind::folder ? "d ./" : "l ./") + entry.path);
}

bool TreeLook::has(const Place& place, std::size_t index) const {
  return index < hashes_.size() && place.has(tree_.entries()[index], hashes_[index]);
}

std::vector<std::size_t> TreeLook::needed() const {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < tree_.entries().size(); ++i)
    if (!has(target_, i)) indices.push_back(i);
  return indices;
}

bool TreeLook::is_staged(std::size_t index) const { return has(staged_, index); }

std::vector<std::string> TreeLook::extra() const {
  std::set<std::string, std::less<>> known;
  for (const TreeEntry& entry : tree_.entries()) known.insert("./" + entry.path);
  std::set<std::string, std::less<>> found;
  for (const std::string& path : all_)
    if (path.starts_with("./") && !known.contains(path)) found.insert(path);
  std::vector<std::string> paths;
  for (const std::string& path : found) {
    bool covered = false;
    for (auto end = path.find('/', 2); end != std::string::npos && !covered; end = path.find('/', end + 1))
      covered = found.contains(std::string_view(path).substr(0, end));
    if (!covered) paths.push_back(path);
  }
  return paths;
}

void TreeStep::hear(std::string_view bytes) {
  while (!bytes.empty() && !done_ && !error_) {
    bool passed = false;
    const auto line = take_line(line_, bytes, passed);
    if (passed) line_.clear();
    if (line) hear_line(*line);
  }
}

void TreeStep::hear_error(std::string_view bytes) {
  words_ += bytes.substr(0, most_noise - std::min(most_noise, words_.size()));
}

void TreeStep::hear_line(std::string_view line) {
  if (!begun_) {
    begun_ = ends_greeting(line, "=cef tree");
    if (!begun_ && noise_.size() < most_noise) noise_ += std::string(line) + '\n';
  } else if (line == "d") {
    done_ = true;
  } else if (line == "h -" || (line.starts_with("h ") && is_sha256(line.substr(2)))) {
    sha256_ = line == "h -" ? std::string_view() : line.substr(2);
  } else if (line.starts_with("e ")) {
    error_ = refusal_of(line.substr(2), dest_, words_);
  } else {
    error_ = Error{Code::unexpected_output,
                   fmt::format("the host answered something else than was asked for: '{}'", shown(line)), ""};
  }
}

}  // namespace cef::remote
