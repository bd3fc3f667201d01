// What hosts do about models: the scripts are run here, by dash and by BusyBox.
#include "drive.hpp"
#include "process.hpp"
#include "temp_dir.hpp"

#include <cef/tasks/model.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>

namespace model_tests {

using namespace cef;
using namespace cef::tasks;
using cef::testing::TempDir;
namespace fs = std::filesystem;

namespace {

struct Host {
  std::vector<std::string> shell;
  TempDir home;

  explicit Host(std::vector<std::string> by) : shell(std::move(by)) {
    run_plain("mkdir src; echo a >src/a; ln -s a src/b; mkdir src/d; : >\"src/d/x\ny\"; tar -czf m.tar.gz -C src .");
  }
  void run_plain(const std::string& script) const {
    testing::RunOptions options;
    options.cwd = home.path().string();
    const auto ran = testing::run({"/bin/sh", "-ec", script}, options);
    INFO(ran.err);
    REQUIRE(ran.exit_code == 0);
  }
  StepResult perform(const Step& step) const {
    const Script& script = std::get<Script>(step.what);
    std::vector<std::string> words = shell;
    words.insert(words.end(), {"-c", script.text, "cef"});
    words.insert(words.end(), script.arguments.begin(), script.arguments.end());
    testing::RunOptions options;
    options.cwd = home.path().string();
    options.env = {{"HOME", home.path().string()}, {"PATH", "/usr/bin:/bin"}};
    const auto ran = testing::run(words, options);
    StepResult result;
    result.status = ran.exit_code;
    result.out = ran.out;
    result.err = ran.err;
    UNSCOPED_INFO(ran.out << ran.err);
    return result;
  }
  fs::path there(const std::string& name) const { return home / "run" / name; }
  static Placement version(const std::string& number) { return {"~/run", "m", number, "hash" + number, true}; }
  Result<ModelState> look(const Placement& placement, bool check = false) const {
    return read_model_state(perform(look_at_model(placement, check)));
  }
  // Brings the archive and puts it into place.
  Result<Placed> place(const Placement& placement, const std::string& form = "tar.gz", std::size_t files = 3,
                       std::size_t keep = 2) const {
    const auto state = look(placement);
    REQUIRE(state);
    Placing placing{state->incoming + "/file", form, "m.tar.gz", files, keep};
    fs::copy_file(home / "m.tar.gz", placing.file, fs::copy_options::overwrite_existing);
    return read_placed(perform(place_model(placement, placing)));
  }
  Value roll_back() const {
    Arguments arguments;
    arguments.params = {{"name", "m"}, {"dest", "~/run"}};
    Course course = model_rollback.course(std::move(arguments));
    auto step = course.begin();
    REQUIRE(step);
    CHECK_FALSE(course.tell(perform(*step)));
    const auto verdict = course.verdict();
    return verdict.error ? Value(verdict.error->message) : verdict.data["to"];
  }
  std::string link() const { return fs::read_symlink(there("m")).string(); }
};

}  // namespace

TEST_CASE("versions are placed, kept and gone back to, by every sh", "[model]") {
  const auto shell = GENERATE(std::vector<std::string>{"dash"}, std::vector<std::string>{"busybox", "sh"},
                              std::vector<std::string>{"bash", "--posix"});
  DYNAMIC_SECTION(shell.front()) {
    const Host host(shell);
    const auto before = host.look(Host::version("1"), true);
    REQUIRE(before);
    CHECK(before->dest == host.there("").parent_path().string());
    CHECK_FALSE(before->is_complete);
    CHECK(before->has("tar"));
    CHECK(before->free_bytes > 0);
    CHECK_FALSE(fs::exists(host.there("")));

    const auto first = host.place(Host::version("1"));
    REQUIRE(first);
    CHECK(first->previous.empty());
    CHECK(host.link() == "m-1");
    CHECK(fs::exists(host.there("m/d/x\ny")));
    const auto after = host.look(Host::version("1"));
    REQUIRE(after);
    CHECK(after->serves);
    CHECK(host.place(Host::version("2"))->previous == "1");
    CHECK(host.place(Host::version("3"))->removed == std::vector<std::string>{"1"});
    CHECK_FALSE(fs::exists(host.there("m-1")));
    CHECK(host.roll_back() == "2");
    CHECK(host.link() == "m-2");
    CHECK(host.roll_back().get<std::string>().starts_with("there is no version of m before 2"));
    // What was gone back from is dropped first.
    CHECK(host.place(Host::version("4"))->removed == std::vector<std::string>{"3"});
    CHECK(host.roll_back() == "2");
  }
}

TEST_CASE("a version that is there serves again without its file", "[model]") {
  const Host host({"dash"});
  REQUIRE(host.place(Host::version("1")));
  REQUIRE(host.place(Host::version("2")));
  const auto placed = read_placed(host.perform(place_model(Host::version("1"), {"", "", "", 3, 2})));
  REQUIRE(placed);
  CHECK(placed->previous == "2");
  CHECK(host.link() == "m-1");
}

TEST_CASE("what does not come out whole is not placed", "[model]") {
  const Host host({"dash"});
  REQUIRE(host.place(Host::version("1")));
  const auto few = host.place(Host::version("2"), "tar.gz", 4);
  CHECK(few.error().code == Code::unpack_failed);
  CHECK(few.error().message.find("3 files came out of it instead of 4") != std::string::npos);
  host.run_plain("head -c 60 m.tar.gz >cut; mv cut m.tar.gz");
  const auto cut = host.place(Host::version("2"));
  CHECK(cut.error().code == Code::unpack_failed);
  CHECK(cut.error().message.find("unexpected end of file") != std::string::npos);
  CHECK(host.link() == "m-1");
  CHECK_FALSE(fs::exists(host.there("m-2")));
}

TEST_CASE("what cef did not put there is left alone", "[model]") {
  const Host host({"dash"});
  fs::create_directories(host.there("m-1"));
  CHECK(host.look(Host::version("1")).error().code == Code::not_a_file);
  fs::remove(host.there("m-1"));
  fs::create_directories(host.there("m"));
  CHECK(host.look(Host::version("1")).error().code == Code::not_a_file);
  fs::remove(host.there("m"));
  REQUIRE(host.place(Host::version("1")));
  // What is one model's folder would be another one's link, or folder.
  CHECK(host.look({"~/run", "m-1", "x", "h", true}).error().code == Code::not_a_file);
  REQUIRE(host.place({"~/run", "a-1", "2", "h", true}));
  CHECK(host.look({"~/run", "a", "1-2", "h", true}).error().message.find("is that of a-1:2") != std::string::npos);
  Placement changed = Host::version("1");
  changed.sha256 = "other";
  const auto refused = host.look(changed);
  CHECK(refused.error().code == Code::unpack_failed);
  CHECK(refused.error().message.find("holds something else") != std::string::npos);
  host.run_plain("rm run/m && echo text >run/file");
  CHECK(host.look({"~/run/file", "m", "1", "h", true}).error().code == Code::not_a_file);
}

TEST_CASE("a lock whose holder is gone is nobody's, and leavings are removed", "[model]") {
  const Host host({"dash"});
  REQUIRE(host.place(Host::version("1")));
  // Gone; another process of that number; one of before a reboot; nothing yet.
  const std::string mine = std::to_string(::getpid());
  const std::string who =
      GENERATE_COPY(std::string("999999999 1 $boot"), mine + " 1 $boot", mine + " 1 another-boot", std::string());
  CAPTURE(who);
  host.run_plain(
      "cd run/.cef-models; mkdir lock new.77 gone.78; ln -s x link.79; "
      "boot=$(cat /proc/sys/kernel/random/boot_id); echo " +
      who + " >lock/pid");
  REQUIRE(host.place(Host::version("2")));
  for (const char* name : {"lock", "new.77", "gone.78", "link.79"}) {
    CAPTURE(name);
    CHECK_FALSE(fs::exists(fs::symlink_status(host.there(".cef-models") / name)));
  }
}

TEST_CASE("a host that says nothing sensible is an error", "[model]") {
  for (const char* text : {"", "hello", "=cef dest /x\n", "=cef failed\n", "=cef failed other"}) {
    CAPTURE(text);
    CHECK_FALSE(read_model_state(said(text)));
    CHECK_FALSE(read_placed(said(text)));
    CHECK_FALSE(read_fetched(said(text), "http://x/"));
  }
  CHECK(read_model_state(lost(Code::connection_lost)).error().code == Code::connection_lost);
  CHECK(read_fetched(said("=cef failed missing\n"), "u").error().code == Code::command_not_found);
  CHECK(read_fetched(said("curl: (7) Failed to connect\n=cef failed fetch\n"), "u").error().message ==
        "the host could not fetch u: curl: (7) Failed to connect");
  CHECK(
      read_placed(said("tar: x: Cannot write: No space left on device\n=cef failed unpack it could not be unpacked\n"))
          .error()
          .code == Code::disk_full);
  CHECK(read_fetched(said("=cef failed hash 00\n"), "u").error().code == Code::checksum_mismatch);
}

}  // namespace model_tests
