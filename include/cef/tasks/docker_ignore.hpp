// What a .dockerignore keeps out of a build's context.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cef::tasks {

class DockerIgnore {
 public:
  /// `dockerfile`: as seen from the context; it and .dockerignore are never left out. Lines that mean nothing are
  /// passed over. Source: docs.docker.com, "Dockerfile reference", .dockerignore file.
  explicit DockerIgnore(std::string_view text, std::string_view dockerfile = "Dockerfile");

  /// `path`: in the context, without `./`. What lies in a folder that is left out is so, too, unless a later line
  /// begins with `!` and means it.
  bool leaves_out(std::string_view path) const;

 private:
  struct Pattern {
    std::vector<std::string> parts;
    bool keeps = false;
  };

  std::vector<Pattern> patterns_;
  std::string dockerfile_;
};

}  // namespace cef::tasks
