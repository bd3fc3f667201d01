#include "made.hpp"

#include <cef/core/file.hpp>
#include <cef/core/sha256.hpp>
#include <cef/models/repository.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace repository_tests {

using namespace cef::models;
using cef::Code;
using cef::testing::make_tree;
using cef::testing::shell;
using cef::testing::TempDir;
using cef::testing::write_file;
namespace fs = std::filesystem;

namespace {

const std::atomic<bool> never{false};

struct Kept {
  TempDir folder;
  Repository repository{folder / "models"};

  fs::path file(const std::string& name, std::string_view text) const {
    write_file(folder / name, text);
    return folder / name;
  }
  Repository::Added add(const std::string& name, std::string_view text, Repository::Order order = {}) {
    const auto added = repository.add(file(name, text), order);
    if (!added) FAIL(added.error().message);
    return *added;
  }
  std::vector<std::string> references() const {
    std::vector<std::string> texts;
    const auto models = repository.list();
    REQUIRE(models);
    for (const Model& model : *models) texts.push_back(model.reference());
    return texts;
  }
  std::size_t count(const std::string& part) const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder / "models" / part), {}));
  }
};

std::string content(const fs::path& file) { return cef::read_file(file).value(); }

}  // namespace

TEST_CASE("models are found by name and version, the newest without one", "[models]") {
  Kept kept;
  CHECK(kept.references().empty());
  const auto first = kept.add("aihub.bin", "one");
  CHECK(first.is_new);
  CHECK(first.model.reference() == "aihub.bin:1");
  CHECK(first.model.sha256 == cef::sha256_of("one"));
  CHECK(first.model.size == 3);
  CHECK(first.model.format.empty());
  CHECK(first.model.entries.size() == 1);
  CHECK(kept.add("aihub.bin", "two").model.version == "2");
  CHECK(kept.add("aihub.bin", "three", {.version = "beta"}).model.version == "beta");
  CHECK(kept.add("x", "four", {.name = "other", .version = "7"}).model.reference() == "other:7");
  CHECK(kept.add("x", "five", {.name = "other"}).model.reference() == "other:8");
  CHECK(kept.references() ==
        std::vector<std::string>{"aihub.bin:1", "aihub.bin:2", "aihub.bin:beta", "other:7", "other:8"});
  CHECK(kept.repository.find({"aihub.bin", {}})->version == "beta");
  CHECK(kept.repository.find({"aihub.bin", "1"})->sha256 == first.model.sha256);
  CHECK(content(kept.repository.file_of(first.model)) == "one");
  const auto wrong = kept.repository.find({"aihub.bim", {}});
  CHECK(wrong.error().code == Code::nothing_matched);
  CHECK(wrong.error().message.find("did you mean 'aihub.bin'?") != std::string::npos);
  CHECK(kept.repository.find({"other", "9"}).error().hint == "versions: 7, 8");
}

TEST_CASE("the same again is there already, and the same content is kept once", "[models]") {
  Kept kept;
  kept.add("a", "same");
  CHECK_FALSE(kept.add("a", "same").is_new);
  CHECK_FALSE(kept.add("a", "same", {.version = "1"}).is_new);
  CHECK(kept.add("a", "same", {.version = "stable"}).is_new);
  CHECK(kept.add("b", "same").is_new);
  CHECK(kept.count("objects") == 1);
  CHECK(kept.count("tmp") == 0);
  const auto other = kept.repository.add(kept.file("a", "other"), {.version = "1"});
  CHECK(other.error().code == Code::usage);
  CHECK(other.error().message == "a:1 is there already, and holds something else");
  CHECK(kept.count("tmp") == 0);
}

TEST_CASE("names of files become names of models", "[models]") {
  struct Case {
    const char* file;
    const char* name;
  };
  const auto c = GENERATE(values<Case>({{"aihub_model.zip", "aihub_model"},
                                        {"m.tar.gz", "m"},
                                        {"m.tzst", "m"},
                                        {"m-1.2.tar.xz", "m-1.2"},
                                        {"my model (1).gguf", "my-model--1-.gguf"},
                                        {".hidden", "hidden"},
                                        {"-dash", "dash"},
                                        {".zip", "zip"}}));
  CAPTURE(c.file);
  Kept kept;
  CHECK(kept.add(c.file, "text").model.name == c.name);
}

TEST_CASE("what cannot be a name is refused", "[models]") {
  for (const char* text : {"", ".", "..", ".a", "-a", "a/b", "a b", "a\n", "a:", ":1", "a:b:c", "a:../x"}) {
    CAPTURE(text);
    const auto reference = parse_reference(text);
    REQUIRE_FALSE(reference);
    CHECK(reference.error().code == Code::usage);
  }
  CHECK(parse_reference("a_B.c-1+x:1.2.3")->version == "1.2.3");
  Kept kept;
  CHECK(kept.repository.add(kept.file("a", "x"), {.name = "../a"}).error().code == Code::usage);
  CHECK(kept.repository.add(kept.file("...", "x"), {}).error().message.find("--name") != std::string::npos);
  CHECK(kept.repository.add(kept.folder.path(), {}).error().hint.find("pack the folder") != std::string::npos);
  CHECK(kept.repository.add(kept.folder / "none", {}).error().code == Code::io_failed);
}

TEST_CASE("removing keeps what another version shares", "[models]") {
  Kept kept;
  const auto a = kept.add("a", "same").model, b = kept.add("b", "same").model, c = kept.add("c", "own").model;
  const auto first = kept.repository.remove({a});
  REQUIRE(first);
  CHECK(first->files.empty());
  CHECK(kept.repository.verify(b));
  const auto rest = kept.repository.remove({b, c});
  REQUIRE(rest);
  CHECK(rest->files.size() == 2);
  CHECK(rest->bytes == 7);
  CHECK(kept.count("objects") == 0);
  CHECK(kept.repository.remove({a}).error().code == Code::nothing_matched);
  // Hosts may have a:1 still.
  CHECK(kept.add("a", "new").model.version == "2");
}

TEST_CASE("damage is found, and mended by adding the same again", "[models]") {
  Kept kept;
  const auto model = kept.add("a", "right").model;
  CHECK(kept.repository.verify(model));
  const auto object = kept.repository.file_of(model);
  CHECK((fs::status(object).permissions() & fs::perms::owner_write) == fs::perms::none);
  fs::permissions(object, fs::perms::owner_all);
  write_file(object, "wrong");
  CHECK(kept.repository.verify(model).error().code == Code::checksum_mismatch);
  CHECK_FALSE(kept.add("a", "right").is_new);
  CHECK(kept.repository.verify(model));
  fs::remove(object);
  CHECK(kept.repository.verify(model).error().code == Code::no_such_file);
  kept.add("a", "right");
  CHECK(kept.repository.verify(model));
}

TEST_CASE("a copy is the repository's own, a link is not", "[models]") {
  Kept kept;
  const auto inode = [](const fs::path& file) {
    struct stat about {};
    REQUIRE(::stat(file.c_str(), &about) == 0);
    return about.st_ino;
  };
  const auto own = kept.add("own", "one");
  CHECK(own.way != Repository::Added::Way::linked);
  CHECK(inode(kept.folder / "own") != inode(kept.repository.file_of(own.model)));
  write_file(kept.folder / "own", "changed");
  CHECK(kept.repository.verify(own.model));

  const auto shared = kept.add("shared", "two", {.link = true});
  CHECK(shared.way == Repository::Added::Way::linked);
  CHECK(inode(kept.folder / "shared") == inode(kept.repository.file_of(shared.model)));
  CHECK_FALSE(kept.add("shared", "two", {.link = true}).is_new);
  CHECK(kept.count("tmp") == 0);
}

TEST_CASE("an archive is listed, and a hostile one leaves nothing behind", "[models]") {
  Kept kept;
  make_tree(kept.folder.path());
  shell(kept.folder.path(), "(cd src && zip -qry ../m.zip .)\ntar -cf bad.tar -P src ../$(basename $PWD)/src/run.sh");
  const auto added = kept.repository.add(kept.folder / "m.zip", {});
  REQUIRE(added);
  CHECK(added->model.name == "m");
  CHECK(added->model.format == "zip");
  CHECK(added->model.files == 8);
  CHECK(added->model.unpacked_bytes == 400024);
  const auto found = kept.repository.find({"m", {}});
  REQUIRE(found);
  CHECK(found->entries.size() == added->model.entries.size());
  CHECK(found->added == added->model.added);

  const auto bad = kept.repository.add(kept.folder / "bad.tar", {});
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == Code::unpack_failed);
  CHECK(bad.error().message.find("bad.tar: the entry '../") != std::string::npos);
  CHECK(kept.count("objects") == 1);
  CHECK(kept.count("tmp") == 0);
  CHECK(kept.references() == std::vector<std::string>{"m:1"});
}

TEST_CASE("an archive is made anew as tar.gz once", "[models]") {
  Kept kept;
  make_tree(kept.folder.path());
  shell(kept.folder.path(), "(cd src && zip -qry ../m.zip .)");
  const auto model = kept.repository.add(kept.folder / "m.zip", {})->model;
  const auto packed = kept.repository.tar_gz_of(model, {}, never);
  REQUIRE(packed);
  CHECK(cef::sha256_of(content(packed->file)) == packed->sha256);
  CHECK(fs::file_size(packed->file) == packed->size);
  const auto written = fs::last_write_time(packed->file);
  CHECK(kept.repository.tar_gz_of(model, {}, never)->sha256 == packed->sha256);
  CHECK(fs::last_write_time(packed->file) == written);
  // What was cut off is not believed.
  fs::resize_file(packed->file, packed->size - 1);
  CHECK(kept.repository.tar_gz_of(model, {}, never)->size == packed->size);
  CHECK(fs::file_size(packed->file) == packed->size);
  CHECK(kept.count("tmp") == 0);
  REQUIRE(kept.repository.remove({model}));
  CHECK(kept.count("derived") == 0);
}

TEST_CASE("runs that add side by side all succeed, and numbers are given once", "[models]") {
  Kept kept;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    const auto file = kept.file(fmt::format("f{}", i), fmt::format("content {}", i));
    threads.emplace_back([&kept, file] {
      Repository own(kept.folder / "models");
      (void)own.add(file, {.name = "m"});
    });
  }
  for (std::thread& thread : threads) thread.join();
  auto all = kept.references();
  std::ranges::sort(all);
  CHECK(all == std::vector<std::string>{"m:1", "m:2", "m:3", "m:4", "m:5", "m:6", "m:7", "m:8"});
  const auto models = kept.repository.list();
  REQUIRE(models);
  for (const Model& model : *models) CHECK(kept.repository.verify(model));
  CHECK(kept.count("objects") == 8);
}

TEST_CASE("whenever a run is killed, the repository is whole, and its leavings are removed", "[models]") {
  Kept kept;
  const auto old = kept.add("m", "old").model;
  shell(kept.folder.path(), "head -c 20000000 /dev/urandom >m");
  for (int i = 0; i < 12; ++i) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      Repository own(kept.folder / "models");
      (void)own.add(kept.folder / "m", {.version = fmt::format("v{}", i)});
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(i * 4000));
    ::kill(child, SIGKILL);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    const auto models = kept.repository.list();
    REQUIRE(models);
    for (const Model& model : *models) CHECK(kept.repository.verify(model));
  }
  CHECK(kept.repository.verify(old));
  kept.add("other", "other");
  CHECK(kept.count("tmp") == 0);
  CHECK(kept.count("objects") <= 3);
}

TEST_CASE("a manifest that is none is told, and keeps no other model from its work", "[models]") {
  Kept kept;
  const auto model = kept.add("a", "text").model;
  kept.add("b", "more");
  write_file(kept.folder / "models/manifests/b/1.json", "{}");
  auto listed = kept.repository.list();
  REQUIRE(listed);
  REQUIRE(listed->size() == 2);
  CHECK_FALSE(listed->front().trouble);
  const Model bad = listed->back();
  CHECK(bad.reference() == "b:1");
  REQUIRE(bad.trouble);
  CHECK(bad.trouble->message.find("manifests/b/1.json is not the manifest of a model") != std::string::npos);
  CHECK(kept.repository.find({"b", {}}).error().code == Code::io_failed);
  CHECK(kept.repository.find({"a", {}}));
  const auto other = kept.add("b", "other").model;  // its number is not given again
  CHECK(other.version == "2");
  CHECK(kept.repository.find({"b", {}})->version == "2");
  // Which files it needs nobody knows.
  REQUIRE(kept.repository.remove({model}));
  CHECK(kept.count("objects") == 3);
  REQUIRE(kept.repository.remove({bad}));
  CHECK(kept.count("objects") == 1);
  CHECK(kept.repository.list()->size() == 1);
}

}  // namespace repository_tests
