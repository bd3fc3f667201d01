#include <cef/core/shell.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <memory>

namespace cef {

namespace {

std::string output_of(const std::string& command) {
  const auto close = [](FILE* file) { pclose(file); };
  const std::unique_ptr<FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
  std::string out;
  std::array<char, 256> buffer{};
  while (const std::size_t n = fread(buffer.data(), 1, buffer.size(), pipe.get())) out.append(buffer.data(), n);
  return out;
}

}  // namespace

TEST_CASE("words that need no quotes are left readable", "[core]") {
  CHECK(shell_quote("uptime") == "uptime");
  CHECK(shell_quote("/usr/bin/df") == "/usr/bin/df");
  CHECK(shell_quote("--sort=size") == "--sort=size");
  CHECK(shell_quote("user@host:22") == "user@host:22");
  CHECK(shell_quote("") == "''");
  CHECK(shell_quote("A=1") == "A'=1'");  // or the shell would set a variable
  CHECK(shell_quote("=ls") == "'=ls'");  // or zsh would look for the command
}

TEST_CASE("a quoted word arrives as it was", "[core]") {
  const std::string word = GENERATE(as<std::string>(), "a b", "it's", "'", "''", "a\\b", "\\", "!", "wow!", "$HOME",
                                    "`id`", "$(id)", "a;b", "a|b&c", "*", "~", "~root", "#x", "{a,b}", "[a]", "a\nb",
                                    "\n", "\t", "\"", "a=b", "-n", "서버", "<x>", "(", "^", "%1", "a'b\\c!d e");
  const char* shell = GENERATE("sh", "bash");
  DYNAMIC_SECTION(shell << ": " << word) {
    // The outer quoting is popen's shell's, the inner one is what is tested.
    const std::string command = "printf %s " + shell_quote(word);
    CHECK(output_of(std::string(shell) + " -c " + shell_quote(command)) == word);
  }
}

}  // namespace cef
