// .dockerignore: the examples of docker's own reference, and what people write besides.
#include <cef/tasks/docker_ignore.hpp>

#include <catch2/catch.hpp>

namespace docker_ignore_tests {

using cef::tasks::DockerIgnore;

TEST_CASE("a .dockerignore leaves out what docker would", "[docker]") {
  struct Case {
    const char* text;
    const char* path;
    bool is_out;
  };
  const auto c = GENERATE(values<Case>({
      {"*/temp*", "somedir/temporary.txt", true},
      {"*/temp*", "somedir/temp", true},
      {"*/temp*", "somedir/temp/inner", true},
      {"*/temp*", "temp", false},
      {"*/*/temp*", "somedir/subdir/temporary.txt", true},
      {"*/*/temp*", "somedir/temporary.txt", false},
      {"temp?", "tempa", true},
      {"temp?", "temp", false},
      {"temp?", "x/tempa", false},
      {"**/*.go", "a.go", true},
      {"**/*.go", "x/y/a.go", true},
      {"**/*.go", "x/y/a.gone", false},
      {"x/**", "x/y/z", true},
      {"x/**/z", "x/z", true},
      {"*.md\n!README.md", "README.md", false},
      {"*.md\n!README.md", "other.md", true},
      {"*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true},
      {"*.md\nREADME-secret.md\n!README*.md", "README-secret.md", false},
      {"data\n!data/keep", "data/keep", false},
      {"data\n!data/keep", "data/other", true},
      {"*\n!src", "src/main.c", false},
      {"*\n!src", "README", true},
      {"/foo/bar", "foo/bar", true},
      {"foo/bar/", "foo/bar/x", true},
      {"./foo/../bar", "bar", true},
      {"# foo", "foo", false},
      {" \n\t\nfoo\r", "foo", true},
      {"\xef\xbb\xbf"
       "foo",
       "foo", true},
      {"[a-c]x", "bx", true},
      {"[^a-c]x", "bx", false},
      {"[^a-c]x", "dx", true},
      {"[a", "[a", false},
      {"\\*", "*", true},
      {"\\*", "x", false},
      {"*", "Dockerfile", false},
      {"*", ".dockerignore", false},
      {"*", ".git/config", true},
      {".git", ".gitignore", false},
      {"..", "x", false},
      {"!", "x", false},
  }));
  CAPTURE(c.text, c.path);
  CHECK(DockerIgnore(c.text).leaves_out(c.path) == c.is_out);
}

TEST_CASE("the Dockerfile that is used goes with the context, whichever it is", "[docker]") {
  const DockerIgnore ignore("*", "./build/Dockerfile.arm");
  CHECK_FALSE(ignore.leaves_out("build/Dockerfile.arm"));
  CHECK(ignore.leaves_out("Dockerfile"));
}

TEST_CASE("a pattern of many stars takes no longer than others", "[docker]") {
  std::string stars, deep, name(200, 'a');
  for (int i = 0; i < 60; ++i) {
    stars += "*a";
    deep += "**/";
  }
  CHECK_FALSE(DockerIgnore(stars + 'b').leaves_out(name));
  CHECK_FALSE(DockerIgnore(deep + 'b').leaves_out("a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a"));
}

}  // namespace docker_ignore_tests
