// Folders on their way to a host: the tree here, its tar stream, and what a host says that it has.
#include "process.hpp"
#include "temp_dir.hpp"
#include "tree/tar_writer.hpp"
#include "tree/tree_talk.hpp"

#include <cef/core/sha256.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <sys/stat.h>

namespace cef::remote::tree_tests {

namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

struct Here {
  testing::TempDir folder;
  fs::path root = folder / "tree";

  Here() {
    fs::create_directories(root / "sub/deep");
    testing::write_file(root / "a", "one", 0644);
    testing::write_file(root / "sub/b", std::string(2000, 'b'), 0755);
    fs::create_symlink("../a", root / "sub/link");
  }
  Tree open() const { return std::move(Tree::open(root).value()); }
};

std::vector<std::string> hashes_of(const Tree& tree) {
  for (;;)
    if (const auto hashes = tree.hashes()) return **hashes.value();
}

std::string stream_of(const Tree& tree, std::size_t most = 1000) {
  std::vector<std::size_t> all(tree.entries().size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  TarWriter tar(tree, all);
  std::string stream;
  for (;;) {
    const auto piece = tar.next(most);
    if (piece.empty()) return stream;
    stream += piece;
  }
}

std::string paths(const Tree& tree) {
  std::string all;
  for (const TreeEntry& entry : tree.entries()) all += entry.path + ' ';
  return all;
}

}  // namespace

TEST_CASE("a tree is what is in a folder, links not followed", "[tree]") {
  const Here here;
  REQUIRE(::mkfifo((here.root / "pipe").c_str(), 0600) == 0);
  fs::create_directory_symlink("/", here.root / "root");
  const auto tree = here.open();
  CHECK(tree.name() == "tree");
  CHECK(paths(tree) == "a root sub sub/b sub/deep sub/link ");
  CHECK(tree.left_out() == std::vector<std::string>{"pipe"});
  CHECK(tree.files() == 2);
  CHECK(tree.bytes() == 2003);
  const auto hashes = hashes_of(tree);
  CHECK(hashes[0] == sha256_of("one"));
  CHECK(hashes[1].empty());
  CHECK(tree.entries()[5].target == "../a");
  CHECK_FALSE(tree.has_changed(0));
  testing::write_file(here.root / "a", "longer");
  CHECK(tree.has_changed(0));
  CHECK(Tree::open(here.root / "sub/.").value().name() == "sub");
  CHECK_FALSE(Tree::open(here.root / "none"));
  CHECK_FALSE(Tree::open(here.root, 3));
}

TEST_CASE("its stream is one that tar and BusyBox read", "[tree]") {
  const Here here;
  const std::string longest(200, 'n');
  testing::write_file(here.root / longest, "long");
  fs::create_symlink(std::string(180, 't'), here.root / "far");
  const auto tree = here.open();
  const auto stream = stream_of(tree);
  CHECK(stream.size() % 512 == 0);
  for (const std::vector<std::string>& tar : {std::vector<std::string>{"tar"}, {"busybox", "tar"}}) {
    const testing::TempDir out;
    auto words = tar;
    words.insert(words.end(), {"-xpof", "-", "-C", out.path().string()});
    testing::RunOptions options;
    options.input = stream;
    const auto ran = testing::run(words, options);
    INFO(ran.err);
    CHECK(ran.exit_code == 0);
    CHECK(testing::read_file(out / "a") == "one");
    CHECK(testing::read_file(out / "sub/b") == std::string(2000, 'b'));
    CHECK(testing::read_file(out / longest) == "long");
    CHECK(fs::read_symlink(out / "sub/link") == "../a");
    CHECK(fs::read_symlink(out / "far") == std::string(180, 't'));
    CHECK(fs::is_directory(out / "sub/deep"));
    CHECK((fs::status(out / "sub/b").permissions() & fs::perms::mask) == fs::perms(0755));
  }
}

TEST_CASE("a file that is cut off while it is sent keeps its place in the stream", "[tree]") {
  const Here here;
  const auto tree = here.open();
  hashes_of(tree);
  fs::resize_file(here.root / "sub/b", 5);
  TarWriter tar(tree, {2, 3});
  std::string stream;
  for (auto piece = tar.next(100); !piece.empty(); piece = tar.next(100)) stream += piece;
  CHECK(stream.size() == 512 + 512 + 2048 + 1024);
  CHECK(tar.changed() == "sub/b");
}

TEST_CASE("sizes beyond what octal digits hold are written in binary", "[tree]") {
  TreeEntry entry;
  entry.path = "big";
  entry.size = std::size_t{9} << 30;
  const auto header = tar_header(entry);
  CHECK(static_cast<unsigned char>(header[124]) == 0x80);
  CHECK(header[135] == '\0');
  CHECK(static_cast<unsigned char>(header[131]) == 2);
}

TEST_CASE("what a host has decides what is sent", "[tree]") {
  const Here here;
  const auto tree = here.open();
  const auto hashes = hashes_of(tree);
  const auto lists = lists_of(tree, hashes);
  CHECK(lists.folders == 2);
  CHECK(lists.links == 1);
  CHECK(lists.text == "./sub\n./sub/deep\n./sub/link\n../a\n./a\0./sub/b\0"s);
  CHECK(lists.digest == sha256_of(hashes[0] + "\n" + hashes[2] + "\n"));

  const std::string end = "s 100 -\nw /srv/.tree.cef-part\nr sha256sum\n";
  const auto needed = [&](const std::string& said) {
    TreeLook look(tree, hashes, "/srv/tree");
    for (const char c : "hello\n=cef tree\n" + said + end) look.hear({&c, 1});
    CHECK(look.ended());
    CHECK_FALSE(look.error());
    CHECK(look.stage() == "/srv/.tree.cef-part");
    CHECK(look.space() == 102'400);
    return look.needed();
  };
  using Indices = std::vector<std::size_t>;
  CHECK(needed("n\n") == Indices{0, 1, 2, 3, 4});
  CHECK(needed("t\nsame\n.\n").empty());
  CHECK(needed("t\nd ./sub/deep\nl ./sub/link\nsame\n.\n") == Indices{3, 4});
  CHECK(needed("t\nfiles\n" + sum_line(hashes[0], "a") + ".\n") == Indices{2});
  CHECK(needed("t\nfiles\n" + sum_line(hashes[2], "a") + "nonsense\n.\n") == Indices{0, 2});
}

TEST_CASE("what is ready beside the target, and what is too much in it, is known", "[tree]") {
  const Here here;
  const auto tree = here.open();
  const auto hashes = hashes_of(tree);
  TreeLook look(tree, hashes, "/srv/tree");
  look.hear("=cef tree\nt\nfiles\n.\na\n./a\n./x\n./x/y\n./x/y/z\n./sub\n./sub/q\n./odd\0name\n.\ng\nfiles\n"s +
            sum_line(hashes[0], "a") + ".\ns - -\nw /srv/.t\nr openssl\n");
  REQUIRE(look.ended());
  CHECK(look.is_staged(0));
  CHECK_FALSE(look.is_staged(2));
  CHECK(look.extra() == std::vector<std::string>{"./odd\nname", "./sub/q", "./x"});
}

TEST_CASE("a tree's listing is what find says of a copy that tar made", "[tree]") {
  const Here here;
  testing::write_file(here.root / "new\nline", "line");
  const auto tree = here.open();
  CHECK(tree.read_at() + 1 >= tree.changed_at());  // the clock of files may be finer than time()
  const testing::TempDir out;
  testing::RunOptions options;
  options.input = stream_of(tree);
  REQUIRE(testing::run({"tar", "-xpof", "-", "-C", out.path().string()}, options).exit_code == 0);
  PushOrders orders;
  orders.dest = out.path().string();
  const auto glance = [&] {
    const auto said = testing::run({"sh", "-c", tree_glance_line(orders, "x")});
    const std::vector<std::string> no_hashes;
    TreeLook look(tree, no_hashes, orders.dest);
    look.hear(said.out);
    REQUIRE(look.ended());
    CHECK(look.target_exists());
    CHECK_FALSE(look.is_resumed());
    CHECK(look.read_at().has_value());
    return look.listing();
  };
  CHECK(glance() == tree.listing());
  SECTION("another size") { testing::write_file(out / "a", "longer"); }
  SECTION("another time") { fs::last_write_time(out / "a", fs::file_time_type::clock::now()); }
  SECTION("more") { testing::write_file(out / "more", ""); }
  SECTION("another target") {
    fs::remove(out / "sub/link");
    fs::create_symlink("b", out / "sub/link");
  }
  CHECK(glance() != tree.listing());
}

TEST_CASE("refusals of hosts are told by their reason", "[tree]") {
  CHECK(refusal_of("missing there is no folder", "/x", "").code == Code::no_such_file);
  CHECK(refusal_of("kind it is no folder", "/x", "").code == Code::not_a_file);
  CHECK(refusal_of("write mkdir: cannot create: Permission denied", "/x", "").code == Code::permission_denied);
  CHECK(refusal_of("write tar: ./a: Wrote only 4096 of 10240 bytes No space left on device exit 2", "/x", "").code ==
        Code::disk_full);
  CHECK(refusal_of("hash", "/x", "").code == Code::checksum_mismatch);
  TreeStep step("/x");
  step.hear("=cef tree\nh " + sha256_of("x") + "\nd\n");
  CHECK(step.done());
  CHECK(step.sha256() == sha256_of("x"));
  TreeStep without("/x");
  without.hear("=cef tree\nh -\nd\n");
  CHECK(without.done());
  CHECK(without.sha256().empty());
  TreeStep other("/x");
  other.hear("=cef tree\nwhat\n");
  REQUIRE(other.error());
  CHECK(other.error()->code == Code::unexpected_output);
}

TEST_CASE("names are spelled as sha256sum spells them", "[tree]") {
  CHECK(sum_line("00", "a") == "00  ./a\n");
  CHECK(sum_line("00", "a\nb\\") == "\\00  ./a\\nb\\\\\n");
}

}  // namespace cef::remote::tree_tests
