// What hosts answer in the dialogues of push and pull.
#include "fuzz.hpp"
#include "pull/pull_talk.hpp"
#include "push/push_talk.hpp"
#include "sftp/sftp_push.hpp"
#include "tree/pull_tree_talk.hpp"
#include "tree/tree_talk.hpp"

#include <cef/core/file.hpp>

#include <filesystem>
#include <unistd.h>

using namespace cef;
using namespace cef::remote;

namespace {

using Clock = Pacer::Clock;

class CountingSink : public PullSink {
 public:
  std::optional<std::size_t> target_size() override { return 5; }
  std::optional<std::string> target_sha256() override { return sha256_of("hello"); }
  std::size_t part_size() override { return 65536; }
  std::optional<std::string> part_sha256() override { return sha256_of(""); }
  Result<void> begin(std::size_t offset, std::size_t size) override {
    require(offset == 0 || offset == 65536);
    require(offset <= size);
    at_ = offset;
    size_ = size;
    return {};
  }
  Result<void> take(std::string_view bytes) override {
    at_ += bytes.size();
    require(at_ <= size_);
    return {};
  }
  std::optional<Result<std::string>> end(bool) override {
    require(at_ == size_);
    return Result<std::string>(sha256_of("hello"));
  }

 private:
  std::size_t at_ = 0, size_ = 0;
};

class PathSink : public TarSink {
 public:
  Result<void> entry(const TarEntry& entry) override {
    const auto parts = parts_of(entry.path);
    if (!parts) return Unexpected(parts.error());
    for (const std::string& part : *parts)
      require(!part.empty() && part != ".." && part.find('/') == std::string::npos);
    left_ = entry.size;
    return {};
  }
  Result<void> contents(std::string_view bytes) override {
    require(bytes.size() <= left_);
    left_ -= bytes.size();
    return {};
  }
  Result<void> end() override { return {}; }

 private:
  std::uint64_t left_ = 0;
};

const std::filesystem::path& folder() {
  static const std::filesystem::path made = [] {
    const auto path = std::filesystem::temp_directory_path() / ("cef-fuzz-" + std::to_string(::getpid()));
    std::filesystem::create_directories(path / "tree/sub");
    require(bool(write_file(path / "tree/a", "hello")));
    return path;
  }();
  return made;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Source source = std::move(Source::open(folder() / "tree/a").value());
  static const Tree tree = std::move(Tree::open(folder() / "tree").value());
  const std::string text = text_of(data, size);
  const Clock::time_point now{};

  PushOrders orders;
  orders.dest = "/srv/a";
  PushTalk push(source, orders, false);
  push.hear("=cef push\n");
  std::size_t given = 0;
  for (std::size_t at = 0; at <= text.size(); at += 7) {
    push.hear(std::string_view(text).substr(at, 7));
    push.hear_error(std::string_view(text).substr(at, 7));
    for (auto piece = push.give(3, now); piece && !piece->empty(); piece = push.give(3, now)) given += piece->size();
    (void)push.tick(now);
  }
  require(given < 1000);
  require(!push.error() || !push.error()->message.empty());

  SftpPush server(source, orders);
  for (std::size_t at = 0; at <= text.size(); at += 7) {
    server.hear(std::string_view(text).substr(at, 7));
    for (auto piece = server.give(64, now); piece && !piece->empty(); piece = server.give(64, now)) {
    }
  }

  CountingSink sink;
  PullOrders fetch;
  fetch.path = "a";
  PullTalk pull(sink, fetch, false);
  pull.hear("=cef pull\n", now);
  for (std::size_t at = 0; at <= text.size(); at += 7) {
    pull.hear(std::string_view(text).substr(at, 7), now);
    for (auto piece = pull.give(64, now); piece && !piece->empty(); piece = pull.give(64, now)) {
    }
  }

  static const std::vector<std::string> hashes(tree.entries().size(), sha256_of("hello"));
  TreeLook look(tree, hashes, "/srv/tree");
  look.hear("=cef tree\n" + text);
  require(look.needed().size() <= tree.entries().size());
  for (const std::string& path : look.extra()) require(path.starts_with("./"));
  TreeList list("logs");
  list.hear("=cef tree\n" + text);
  for (const auto& [path, hash] : list.files()) require(bool(parts_of(path)));
  PathSink paths;
  TreeFetch stream(paths, "logs");
  stream.hear("=cef tree\ns\n" + text);
  return 0;
}
