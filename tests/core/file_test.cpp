#include <cef/core/file.hpp>
#include <cef/core/new_file.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

namespace cef {

namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "cef-file-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  auto entries() const { return std::distance(fs::directory_iterator(path), fs::directory_iterator()); }
};

unsigned mode_of(const fs::path& path) {
  struct stat entry {};
  REQUIRE(::stat(path.c_str(), &entry) == 0);
  return entry.st_mode & 07777;
}

}  // namespace

TEST_CASE("a file is read back as it was written", "[core]") {
  const Folder folder;
  const std::string bytes =
      GENERATE(as<std::string>(), "", "one\ntwo", std::string("\0\xff\r\n", 4), std::string(200'000, 'x'));
  REQUIRE(write_file(folder.path / "file", bytes));
  const auto read = read_file(folder.path / "file");
  REQUIRE(read);
  CHECK(*read == bytes);
  CHECK(folder.entries() == 1);
}

TEST_CASE("a file keeps its mode, and a new one gets the one asked for", "[core]") {
  const Folder folder;
  const fs::path file = folder.path / "file";
  REQUIRE(write_file(file, "a", 0600));
  CHECK(mode_of(file) == 0600);
  REQUIRE(write_file(file, "b", 0644));
  CHECK(mode_of(file) == 0600);
  CHECK(*read_file(file) == "b");
}

TEST_CASE("a new file's mode heeds the umask", "[core]") {
  const Folder folder;
  const mode_t before = ::umask(077);
  const auto written = write_file(folder.path / "file", "a", 0644);
  ::umask(before);
  REQUIRE(written);
  CHECK(mode_of(folder.path / "file") == 0600);
}

TEST_CASE("private folders are private whatever the umask", "[core]") {
  const Folder folder;
  const mode_t before = ::umask(0);
  const auto made = make_private_folder(folder.path / "a/b");
  ::umask(before);
  REQUIRE(made);
  CHECK(mode_of(folder.path / "a") == 0700);
  CHECK(mode_of(folder.path / "a/b") == 0700);
}

TEST_CASE("a link that the kernel does not follow is not followed", "[core]") {
  std::ifstream protects("/proc/sys/fs/protected_symlinks");
  int on = 0;
  if (::geteuid() != 0 || !(protects >> on) || on == 0) return;  // it takes another user's link
  const Folder folder;
  const fs::path common = folder.path / "common", victim = folder.path / "victim";
  fs::create_directory(common);
  REQUIRE(::chmod(common.c_str(), 01777) == 0);
  REQUIRE(write_file(victim, "old"));
  fs::create_symlink(victim, common / "out");
  REQUIRE(::lchown((common / "out").c_str(), 65534, 65534) == 0);
  const auto written = write_file(common / "out", "new");
  CHECK_FALSE(written);
  CHECK(*read_file(victim) == "old");
}

TEST_CASE("what was begun and not finished leaves nothing", "[core]") {
  const Folder folder;
  REQUIRE(write_file(folder.path / "file", "old"));
  {
    auto file = NewFile::begin(folder.path / "file", 0644);
    REQUIRE(file);
    REQUIRE(file->write(std::string(100'000, 'x')));
    CHECK(*read_file(folder.path / "file") == "old");
  }
  CHECK(*read_file(folder.path / "file") == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("a file without end is an error", "[core]") {
  const auto endless = read_file("/dev/zero");
  REQUIRE_FALSE(endless);
  CHECK(endless.error().code == Code::io_failed);
  CHECK(endless.error().message == "cannot read /dev/zero: it is longer than 256 MiB");
  const Folder folder;
  REQUIRE(write_file(folder.path / "file", std::string(3 * 1024, 'x')));
  CHECK(read_file(folder.path / "file", 3 * 1024));
  CHECK_FALSE(read_file(folder.path / "file", 2 * 1024));
}

TEST_CASE("a symbolic link stays one", "[core]") {
  const Folder folder;
  REQUIRE(write_file(folder.path / "file", "old"));
  fs::create_symlink("file", folder.path / "link");
  REQUIRE(write_file(folder.path / "link", "new"));
  CHECK(fs::is_symlink(folder.path / "link"));
  CHECK(*read_file(folder.path / "file") == "new");
}

TEST_CASE("what cannot be written leaves nothing behind", "[core]") {
  const Folder folder;
  fs::create_directory(folder.path / "folder");
  const auto onto_folder = write_file(folder.path / "folder", "x");
  REQUIRE_FALSE(onto_folder);
  CHECK(onto_folder.error().code == Code::io_failed);
  CHECK(folder.entries() == 1);

  const auto nowhere = write_file(folder.path / "missing" / "file", "x");
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().message ==
        "cannot write " + (folder.path / "missing" / "file").string() + ": No such file or directory");
}

TEST_CASE("a device is written in place", "[core]") {
  CHECK(write_file("/dev/null", "gone"));
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("what cannot be read says why", "[core]") {
  const Folder folder;
  const auto missing = read_file(folder.path / "missing");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Code::io_failed);
  CHECK(missing.error().message == "cannot read " + (folder.path / "missing").string() + ": No such file or directory");
  const auto directory = read_file(folder.path);
  REQUIRE_FALSE(directory);
  CHECK(directory.error().message == "cannot read " + folder.path.string() + ": Is a directory");
}

TEST_CASE("a tilde stands for the home folder only where a shell says so", "[core]") {
  const std::string home = ::getenv("HOME") ? ::getenv("HOME") : "";
  ::setenv("HOME", "/home/jpark", 1);
  CHECK(expand_user("~") == "/home/jpark");
  CHECK(expand_user("~/.ssh/id") == "/home/jpark/.ssh/id");
  CHECK(expand_user("~other/x") == "~other/x");
  CHECK(expand_user("a/~") == "a/~");
  CHECK(expand_user("").empty());
  ::setenv("HOME", home.c_str(), 1);
}

}  // namespace cef
