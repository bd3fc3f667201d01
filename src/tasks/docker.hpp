// What the tasks that use docker share: which engine a host has and who may use it, and how to read a build's output.
#pragma once

#include <cef/tasks/task.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cef::tasks::engines {

inline bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The host's engine, as one user sees it.
struct Engine {
  std::string name;            // docker, or podman where there is no docker
  std::string version;         // of the daemon; of podman itself
  std::string arch;            // as uname has it
  std::string path;            // the path that was asked about, absolute; empty: none was
  bool is_denied = false;      // this user cannot use it; another one may
  std::optional<Error> error;  // why it cannot be used
};

/// As the user who logs in, or as `become`. `path`: is made absolute as that user sees it, `~/` too; may be empty.
/// Changes nothing.
Step look(std::optional<std::string> become, std::string path);
Engine read_look(const StepResult& ran);
/// The engine, as the user who logs in, or as `other` where that one cannot use it:
///   while (auto step = search.next()) {
///     const StepResult heard = co_yield std::move(*step);
///     search.hear(heard);
///   }
class Search {
 public:
  /// `path`: as in look(); it is as the user who logs in sees it.
  explicit Search(std::optional<std::string> other, std::string path = "")
      : other_(std::move(other)), path_(std::move(path)) {}

  /// Nothing once it is known.
  std::optional<Step> next();
  void hear(const StepResult& ran);

  const Engine& engine() const { return engine_; }
  /// As whom it is to be used: nobody else where that works.
  const std::optional<std::string>& as() const { return as_; }

 private:
  std::optional<std::string> other_, as_;
  std::string path_;
  Engine engine_;
  bool is_known_ = false;
};

/// A script that has its engine's name as $1.
Step script(const Engine& engine, const std::optional<std::string>& become, const char* text,
            std::vector<std::string> arguments);

/// For script(): runs an image made from nothing. Says `=cef proof ran`, `unknown` (of the processor), or what failed.
extern const char* const proof_script;

/// What a build has said: by docker's classic builder, by BuildKit, or by podman.
struct BuildLog {
  int steps = 0, cached = 0;      // of a Dockerfile's lines, those taken from the cache
  std::string failing;            // the line that failed, `3/4 RUN make`; empty: none of them
  std::vector<std::string> last;  // lines it said last, without colours
  std::optional<Error> error;     // why it failed, if `failed`
};
BuildLog read_build(std::string_view text, bool failed);
/// For Step::progress: `step 3/4 RUN make`.
std::string build_progress(std::string_view line);

/// A param that is a text; empty where it was not given.
std::string text_of(const Value& params, const char* name);

/// A size as docker writes it, `3.89MB`, in bytes; nothing for what is none.
std::optional<std::int64_t> parse_docker_size(std::string_view text);

}  // namespace cef::tasks::engines
