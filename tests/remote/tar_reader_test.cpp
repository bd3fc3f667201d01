// Tar streams from hosts, of real tars and of such as want to do harm.
#include "tree/tar_reader.hpp"

#include "process.hpp"
#include "temp_dir.hpp"
#include "tree/tar_writer.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <string>

namespace cef::remote::tar_reader_tests {

namespace {

namespace fs = std::filesystem;

// What was heard, a line for each entry.
struct Heard : TarSink {
  std::string text;
  Result<void> entry(const TarEntry& entry) override {
    const char* const kinds[] = {"file", "hard", "link", "folder", "other"};
    text += fmt::format("{} {} {:o} {} [{}", kinds[static_cast<int>(entry.kind)], entry.path, entry.mode, entry.target,
                        entry.size);
    return {};
  }
  Result<void> contents(std::string_view bytes) override {
    text += fmt::format(" {}", bytes.size());
    return {};
  }
  Result<void> end() override {
    text += "]\n";
    return {};
  }
};

std::string hear(const std::string& stream, std::size_t piece, std::optional<Error>* error = nullptr) {
  Heard heard;
  TarReader reader(heard);
  for (std::size_t at = 0; at < stream.size() && !reader.ended(); at += piece) {
    const auto taken = reader.hear(std::string_view(stream).substr(at, piece));
    if (!taken) {
      if (error) *error = taken.error();
      return heard.text;
    }
  }
  return heard.text;
}

std::string header(const std::string& name, std::size_t size = 0) {
  TreeEntry entry;
  entry.path = name;
  entry.size = size;
  return tar_header(entry);
}

}  // namespace

TEST_CASE("streams of tar, BusyBox and pax are read", "[tar]") {
  const testing::TempDir folder;
  const std::string longest(180, 'n');
  fs::create_directories(folder / "t/sub");
  testing::write_file(folder / "t/a", std::string(700, 'a'), 04644);
  testing::write_file(folder / ("t/sub/" + longest), "long", 0755);
  fs::create_symlink("../a", folder / "t/sub/link");
  fs::create_hard_link(folder / "t/a", folder / "t/b");
  for (const std::vector<std::string>& tar :
       {std::vector<std::string>{"tar"}, {"tar", "--format=pax"}, {"tar", "--format=ustar"}, {"busybox", "tar"}}) {
    auto words = tar;
    words.insert(words.end(),
                 {"-cf", "-", "-C", (folder / "t").string(), "./a", "./b", "./sub/link", "./sub/" + longest});
    const auto made = testing::run(words);
    INFO(fmt::format("{} {}", tar[0], tar.back()));
    const auto text = hear(made.out, 1 << 20);
    if (tar.back() != "--format=ustar")  // which has no room for the name
      CHECK(text == fmt::format("file ./a 644  [700 700]\nhard ./b 644 ./a [0]\nlink ./sub/link 777 ../a [0]\n"
                                "file ./sub/{} 755  [4 4]\n",
                                longest));
    Heard heard;
    for (const std::size_t piece : {std::size_t{1}, std::size_t{511}, std::size_t{1000}}) {
      const auto again = hear(made.out, piece);
      CHECK(std::count(again.begin(), again.end(), '\n') == std::count(text.begin(), text.end(), '\n'));
    }
  }
}

TEST_CASE("what is no tar stream is refused", "[tar]") {
  std::optional<Error> error;
  hear(std::string(512, 'x'), 512, &error);
  REQUIRE(error);
  CHECK(error->code == Code::unexpected_output);
  auto bad = header("a", 5);
  bad[130] = '9';
  error.reset();
  hear(bad, 512, &error);
  CHECK(error);
  // A size that is wrong has its right sum, too.
  TreeEntry entry;
  entry.path = "a";
  entry.size = std::size_t{1} << 62;
  error.reset();
  hear(tar_header(entry), 512, &error);
  CHECK(error);
}

TEST_CASE("a stream ends once, and what is behind it is not its own", "[tar]") {
  Heard heard;
  TarReader reader(heard);
  const std::string stream = header("a") + std::string(tar_end()) + "behind";
  CHECK(reader.hear(stream).value() == stream.size() - 6);
  CHECK(reader.ended());
}

TEST_CASE("paths that lead out are refused", "[tar]") {
  using Parts = std::vector<std::string>;
  CHECK(parts_of("./a//b/./c/").value() == Parts{"a", "b", "c"});
  CHECK(parts_of("...").value() == Parts{"..."});
  CHECK(parts_of("./").value().empty());
  for (const std::string path : {"/etc/passwd", "../a", "a/../../b", "a/..", "//a"}) CHECK_FALSE(parts_of(path));
  CHECK_FALSE(parts_of(std::string("a\0b", 3)));
  CHECK_FALSE(parts_of(std::string(9000, 'a')));
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "a/";
  CHECK_FALSE(parts_of(deep));
}

}  // namespace cef::remote::tar_reader_tests
