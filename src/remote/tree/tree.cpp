#include <cef/core/descriptor.hpp>
#include <cef/core/sha256.hpp>
#include <cef/remote/tree.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <mutex>
#include <ranges>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace cef::remote {

namespace {

constexpr std::size_t deepest = 200;  // folders in folders, each with an open descriptor

Unexpected<Error> cannot_read_tree(const std::string& path, const char* reason) {
  return Unexpected(Error{Code::io_failed, fmt::format("cannot read {}: {}", path, reason), ""});
}

std::vector<std::string> names_in(DIR* folder) {
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string target_of(int folder, const char* name) {
  std::array<char, PATH_MAX> target;
  const ssize_t size = ::readlinkat(folder, name, target.data(), target.size());
  return size > 0 ? std::string(target.data(), static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

// Reads every file once, on a thread of its own.
class Tree::Hashing {
 public:
  explicit Hashing(const Tree& tree) : path_(tree.path_), entries_(tree.entries_), thread_([this] { work(); }) {}
  ~Hashing() {
    over_ = true;
    thread_.join();
  }
  Hashing(const Hashing&) = delete;
  Hashing& operator=(const Hashing&) = delete;

  std::optional<Result<const std::vector<std::string>*>> hashes() const {
    const std::lock_guard lock(mutex_);
    if (!done_) return std::nullopt;
    if (error_) return Unexpected(*error_);
    return &hashes_;
  }

 private:
  void work() {
    std::vector<std::string> hashes(entries_.size());
    std::vector<char> buffer(std::size_t{256} << 10);
    std::optional<Error> error;
    for (std::size_t i = 0; i < entries_.size() && !over_ && !error; ++i) {
      if (entries_[i].kind != TreeEntry::Kind::file) continue;
      if (const char* reason = hash(entries_[i], buffer, hashes[i]))
        error = cannot_read_tree((path_ / entries_[i].path).string(), reason).error();
    }
    const std::lock_guard lock(mutex_);
    hashes_ = std::move(hashes);
    error_ = std::move(error);
    done_ = true;
  }

  const char* hash(const TreeEntry& entry, std::vector<char>& buffer, std::string& hex) const {
    const Descriptor file(::open((path_ / entry.path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file.get() < 0) return std::strerror(errno);
    Sha256 sum;
    std::size_t size = 0;
    while (!over_) {
      const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
      if (got < 0) return std::strerror(errno);
      if (got == 0) break;
      sum.add({buffer.data(), static_cast<std::size_t>(got)});
      size += static_cast<std::size_t>(got);
    }
    if (size != entry.size) return "it has changed meanwhile";
    hex = sum.hex();
    return nullptr;
  }

  // Copies: the tree may be moved.
  const std::filesystem::path path_;
  const std::vector<TreeEntry> entries_;
  std::atomic<bool> over_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> hashes_;
  std::optional<Error> error_;
  bool done_ = false;
  std::thread thread_;
};

Tree::Tree(std::filesystem::path path, std::string name) : path_(std::move(path)), name_(std::move(name)) {}
Tree::Tree(Tree&& other) noexcept = default;
Tree::~Tree() = default;

Result<Tree> Tree::open(const std::filesystem::path& path, std::size_t most_entries) {
  return read(path, most_entries);
}

Result<Tree> Tree::open(const std::filesystem::path& path, const std::function<bool(std::string_view)>& leaves_out) {
  auto tree = read(path, 5'000'000);
  if (!tree) return tree;
  // From the end on: what a folder holds stands behind it.
  std::vector<TreeEntry> kept;
  for (auto& entry : tree->entries_ | std::views::reverse) {
    const bool is_folder = entry.kind == TreeEntry::Kind::folder;
    const bool holds = is_folder && !kept.empty() && kept.back().path.starts_with(entry.path + '/');
    if (!holds && leaves_out(entry.path)) {
      if (entry.kind != TreeEntry::Kind::file) continue;
      tree->bytes_ -= static_cast<std::int64_t>(entry.size);
      --tree->files_;
    } else {
      kept.push_back(std::move(entry));
    }
  }
  std::ranges::reverse(kept);
  tree->entries_ = std::move(kept);
  return tree;
}

Result<Tree> Tree::read(const std::filesystem::path& path, std::size_t most_entries) {
  std::error_code error;
  const auto full = std::filesystem::canonical(path, error);
  if (error) return cannot_read_tree(path.string(), error.message().c_str());
  // `.` and `x/` have the name of what they mean.
  const auto given = path.filename();
  const bool named = !given.empty() && given != "." && given != "..";
  Tree tree(full, named ? given.string() : full.filename().string());
  tree.read_at_ = std::time(nullptr);
  if (const auto whole = tree.read(AT_FDCWD, full.string(), "", most_entries); !whole) return Unexpected(whole.error());
  return tree;
}

Result<void> Tree::read(int parent, const std::string& name, const std::string& prefix, std::size_t most) {
  const std::string shown = prefix.empty() ? path_.string() : (path_ / prefix).string();
  Descriptor opened(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (opened.get() < 0) return cannot_read_tree(shown, std::strerror(errno));
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(opened.get()), ::closedir);
  if (!folder) return cannot_read_tree(shown, std::strerror(errno));
  const int fd = opened.release();
  if (static_cast<std::size_t>(std::count(prefix.begin(), prefix.end(), '/')) > deepest)
    return cannot_read_tree(shown, "the folder is too deep");
  for (const std::string& each : names_in(folder.get())) {
    struct stat found {};
    if (::fstatat(fd, each.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0)
      return cannot_read_tree((path_ / prefix / each).string(), std::strerror(errno));
    TreeEntry entry;
    entry.path = prefix + each;
    entry.mode = found.st_mode & 0777;
    entry.modified = found.st_mtim.tv_sec;
    changed_at_ = std::max<std::int64_t>(changed_at_, found.st_ctim.tv_sec);
    if (S_ISREG(found.st_mode)) {
      entry.size = static_cast<std::size_t>(found.st_size);
      bytes_ += found.st_size;
      ++files_;
    } else if (S_ISDIR(found.st_mode)) {
      entry.kind = TreeEntry::Kind::folder;
    } else if (S_ISLNK(found.st_mode)) {
      entry.kind = TreeEntry::Kind::link;
      entry.target = target_of(fd, each.c_str());
    } else {
      left_out_.push_back(entry.path);
      continue;
    }
    if (entries_.size() >= most) return cannot_read_tree(path_.string(), "there is too much in it");
    entries_.push_back(std::move(entry));
    if (S_ISDIR(found.st_mode))
      if (const auto whole = read(fd, each, prefix + each + '/', most); !whole) return whole;
  }
  return {};
}

const std::string& Tree::listing() const {
  if (!listing_.empty()) return listing_;
  using Kind = TreeEntry::Kind;
  std::vector<std::string> lines{"d ."};
  for (const TreeEntry& entry : entries_) {
    if (entry.kind == Kind::file)
      lines.push_back(fmt::format("f {} {}.0000000000 ./{}", entry.size, entry.modified, entry.path));
    else
      lines.push_back(entry.kind == Kind::folder ? "d ./" + entry.path : "l ./" + entry.path + ' ' + entry.target);
  }
  std::ranges::sort(lines);
  Sha256 sum;
  for (const std::string& line : lines) sum.add(line + '\0');
  return listing_ = sum.hex();
}

std::optional<Result<const std::vector<std::string>*>> Tree::hashes() const {
  if (!hashing_) hashing_ = std::make_unique<Hashing>(*this);
  return hashing_->hashes();
}

bool Tree::has_changed(std::size_t index) const {
  struct stat found {};
  const TreeEntry& entry = entries_[index];
  return ::lstat((path_ / entry.path).c_str(), &found) != 0 || !S_ISREG(found.st_mode) ||
         static_cast<std::size_t>(found.st_size) != entry.size || found.st_mtim.tv_sec != entry.modified;
}

}  // namespace cef::remote
