#include <cef/remote/source.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace cef::remote {

namespace {

constexpr std::size_t mark_every = std::size_t{4} << 20;  // where a running hash is kept
constexpr std::size_t step = std::size_t{256} << 10;      // between looks whether it is still wanted
constexpr std::size_t at_once = std::size_t{1} << 20;     // so much is hashed without a thread

}  // namespace

class Source::Hashing {
 public:
  explicit Hashing(const OpenedFile& file) : file_(file) {
    if (file_.size() > at_once)
      thread_ = std::thread([this] { work(); });
    else
      work();
  }
  ~Hashing() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
  }
  Hashing(const Hashing&) = delete;
  Hashing& operator=(const Hashing&) = delete;

  std::optional<std::string> of_first(std::size_t size) {
    std::optional<Sha256> hash;
    std::size_t from = 0;
    {
      const std::lock_guard lock(mutex_);
      if (size == file_.size()) {
        if (whole_.empty()) return std::nullopt;
        return whole_;
      }
      if (size > done_) return std::nullopt;
      from = size / mark_every * mark_every;
      if (from > 0) hash.emplace(marks_[from / mark_every - 1]);
    }
    if (!hash) hash.emplace();
    std::vector<char> piece(step);
    for (std::size_t at = from; at < size;) at += add(*hash, at, std::span(piece).first(std::min(step, size - at)));
    return hash->hex();
  }

 private:
  std::size_t add(Sha256& hash, std::size_t at, std::span<char> piece) const {
    const auto bytes = file_.read(at, piece);
    hash.add(bytes);
    return bytes.size();
  }

  void work() {
    Sha256 hash;
    std::vector<char> piece(std::min(step, file_.size()));
    for (std::size_t at = 0; at < file_.size() && !over_;) {
      at += add(hash, at, piece);
      if (at % mark_every != 0) continue;
      const std::lock_guard lock(mutex_);
      marks_.push_back(hash);
      done_ = at;
    }
    const std::lock_guard lock(mutex_);
    whole_ = hash.hex();
    done_ = file_.size();
  }

  const OpenedFile& file_;
  std::atomic<bool> over_ = false;
  std::mutex mutex_;
  std::vector<Sha256> marks_;  // after 1, 2, ... times mark_every
  std::size_t done_ = 0;
  std::string whole_;
  std::thread thread_;
};

Source::Source(OpenedFile file, std::string name, std::string sha256)
    : file_(std::make_unique<OpenedFile>(std::move(file))), name_(std::move(name)), known_(std::move(sha256)) {}
Source::Source(Source&& other) noexcept = default;
Source::~Source() = default;

Result<Source> Source::open(const std::filesystem::path& path, std::string sha256) {
  auto file = OpenedFile::open(path);
  if (!file) return Unexpected(std::move(file.error()));
  return Source(std::move(*file), path.filename().string(), std::move(sha256));
}

Source::Hashing& Source::hashing() const {
  if (!hashing_) hashing_ = std::make_unique<Hashing>(*file_);
  return *hashing_;
}

std::optional<std::string> Source::sha256() const {
  if (!known_.empty()) return known_;
  return hashing().of_first(size());
}

std::optional<std::string> Source::sha256_of_first(std::size_t size) const {
  if (size >= file_->size()) return sha256();
  if (size == 0) return Sha256().hex();
  return hashing().of_first(size);
}

}  // namespace cef::remote
