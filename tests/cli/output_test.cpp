#include "console/output.hpp"

#include "temp_dir.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace cef::cli {

namespace {

// Standard output is `fd` while this lasts.
class StandardOutput {
 public:
  explicit StandardOutput(int fd) : before_(::dup(STDOUT_FILENO)) {
    std::fflush(stdout);
    ::dup2(fd, STDOUT_FILENO);
    ::close(fd);
  }
  ~StandardOutput() {
    ::dup2(before_, STDOUT_FILENO);
    ::close(before_);
  }
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;

 private:
  int before_;
};

std::size_t files_in(const testing::TempDir& folder) {
  using Entries = std::filesystem::directory_iterator;
  return static_cast<std::size_t>(std::distance(Entries(folder.path()), Entries()));
}

}  // namespace

TEST_CASE("an output file appears when it is complete, and in place of a former one", "[cli]") {
  const testing::TempDir folder;
  const auto file = folder / "results";
  const bool former = GENERATE(false, true);
  if (former) testing::write_file(file, "former");
  Output output(file.string());
  CHECK(output.to_file());
  REQUIRE(output.check());
  const auto write = output.writer();
  write("one\n");
  write("two\n");
  CHECK(files_in(folder) == (former ? 1 : 0));
  if (former) CHECK(testing::read_file(file) == "former");
  REQUIRE(output.finish());
  CHECK(testing::read_file(file) == "one\ntwo\n");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("an output file that cannot be written is found out before there is anything to write", "[cli]") {
  const testing::TempDir folder;
  struct Case {
    const char *name, *file, *why;  // a file of the folder
  };
  const auto c = GENERATE(Catch::Generators::values<Case>({
      {"a folder", ".", "it is a folder"},
      {"nowhere", "none/results", "there is no folder "},
      {"beside a file", "file/results", "Not a directory"},
  }));
  DYNAMIC_SECTION(c.name) {
    testing::write_file(folder / "file", "");
    const auto ready = Output((folder / c.file).string()).check();
    REQUIRE_FALSE(ready);
    CHECK(ready.error().code == Code::usage);
    CHECK_THAT(ready.error().message, Catch::StartsWith("--output: cannot write ") && Catch::Contains(c.why));
  }
  const auto nameless = Output(std::string()).check();
  REQUIRE_FALSE(nameless);
  CHECK_THAT(nameless.error().message, Catch::EndsWith("it has no name"));
}

TEST_CASE("whether an output file can be written is found out without a trace", "[cli]") {
  const testing::TempDir folder;
  testing::write_file(folder / "file", "as it was");
  std::filesystem::create_symlink("file", folder / "link");
  for (const char* name : {"file", "link", "new"}) CHECK(Output((folder / name).string()).check());
  CHECK(Output("/dev/null").check());
  CHECK(Output(std::nullopt).check());
  CHECK(files_in(folder) == 2);
  CHECK(testing::read_file(folder / "file") == "as it was");
}

TEST_CASE("what has no file goes to standard output as it comes", "[cli]") {
  const testing::TempDir folder;
  Output output(std::nullopt);
  CHECK_FALSE(output.to_file());
  {
    const StandardOutput elsewhere(::open((folder / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
    const auto write = output.writer();
    write("one\n");
    CHECK(testing::read_file(folder / "out") == "one\n");
    write("two\n");
  }
  CHECK(testing::read_file(folder / "out") == "one\ntwo\n");
  CHECK(output.reader() == engine::Observer::Reader::has_all);
  CHECK(output.finish());
}

TEST_CASE("a reader that has gone is no error, a full disk is one", "[cli]") {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  const bool full = GENERATE(false, true);
  Output output(std::nullopt);
  {
    int pipe[2];
    REQUIRE(::pipe2(pipe, O_CLOEXEC) == 0);
    ::close(pipe[0]);
    const StandardOutput elsewhere(full ? ::open("/dev/full", O_WRONLY | O_CLOEXEC) : ::dup(pipe[1]));
    ::close(pipe[1]);
    const auto write = output.writer();
    write("one\n");
    write("two\n");
  }
  std::signal(SIGPIPE, before);
  CHECK(output.reader() == (full ? engine::Observer::Reader::failed : engine::Observer::Reader::gone));
  const auto done = output.finish();
  REQUIRE(done.has_value() == !full);
  if (full) {
    CHECK(done.error().code == Code::io_failed);
    CHECK(done.error().message == "cannot write the results: No space left on device");
  }
}

}  // namespace cef::cli
