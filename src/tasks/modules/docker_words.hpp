// What the modules of docker share.
#pragma once

#include "modules/shell.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace cef::tasks::modules {

/// `inspect TYPE FORMAT NAME`; ends where there is no docker.
inline constexpr const char* docker_functions = R"sh(
have docker || die "there is no docker on this host"
inspect() { docker inspect --type "$1" --format "$2" "$3" 2>/dev/null; }
)sh";

/// Options of a docker command line, quoted for eval, made of params.
class DockerWords {
 public:
  explicit DockerWords(const Value& params) : params_(params) {}
  void text(std::string_view param, std::string_view option) {
    if (params_.contains(param)) add(option, text_of(params_, param));
  }
  void list(std::string_view param, std::string_view option) {
    for (const std::string& one : list_of(params_, param)) add(option, one);
  }
  void flag(std::string_view param, std::string_view option) {
    if (is_set(params_, param)) words_ += fmt::format(" {}", option);
  }
  // KEY=VALUE
  void mapping(std::string_view param, std::string_view option) {
    if (!params_.contains(param)) return;
    for (const auto& [key, value] : params_[std::string(param)].items())
      add(option, fmt::format("{}={}", key, text_of(params_[std::string(param)], key)));
  }
  void add(std::string_view option, std::string_view value) { words_ += fmt::format(" {} {}", option, as_word(value)); }
  void word(std::string_view value) { words_ += ' ' + as_word(value); }
  const std::string& all() const { return words_; }

 private:
  const Value& params_;
  std::string words_;
};

}  // namespace cef::tasks::modules
