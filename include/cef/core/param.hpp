// One description of what a program is told: an option of the command line with its variable, its key in config.yml and
// its line in --help. Whoever has a list of them reads a text by its kind, and says where it stood when it does not
// fit.
#pragma once

#include <cef/core/duration.hpp>
#include <cef/core/result.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace cef {

struct Param {
  enum class Kind {
    flag,
    count,  // a flag that counts how often it stands there
    text,
    list,  // may be repeated; each text may be several between commas
    path,
    paths,     // may be repeated
    number,    // whole, from `least` to `most`
    duration,  // from `least` to `most` milliseconds
    size,      // `least` bytes or more
    choice,    // one of `choices`
    // Of playbook modules, whose values have types of their own:
    raw,      // whatever it is
    mapping,  // keys and values
    mode,     // of a file: `0644`, `u=rw,go=r`
  };

  std::string_view name;     // without dashes
  std::string_view value{};  // what stands for its value in help; empty for one that has none
  std::string_view help{};   // what it is about; of a choice that says it all itself, nothing
  Kind kind = Kind::text;
  std::string_view otherwise{};  // what holds when it is not given; help shows it
  std::string_view shorthand{};  // one letter, or empty
  std::int64_t least = 0, most = std::numeric_limits<std::int64_t>::max();
  std::string_view choices{};  // between commas
  std::string_view aliases{};  // other names for it, between commas
  bool required = false;
  bool never_empty = false;  // an empty text is a mistake
  bool is_repeated = true;   // holds again when a recorded run is repeated
  int group = 0;             // of the list's owner, for headings and for what belongs together

  bool has_value() const { return kind != Kind::flag && kind != Kind::count; }
  bool is_path() const { return kind == Kind::path || kind == Kind::paths; }
  bool is_several() const { return kind == Kind::list || kind == Kind::paths; }
};

// `where` begins the message: `--forks`, `CEF_FORKS`, `forks in config.yml:3`. Errors: usage.
Result<std::int64_t> read_number(const Param& param, std::string_view where, std::string_view text);
Result<Milliseconds> read_duration(const Param& param, std::string_view where, std::string_view text);
/// In bytes.
Result<std::int64_t> read_size(const Param& param, std::string_view where, std::string_view text);
/// `down, up or both`, of a choice.
std::string spelled(std::string_view choices);
/// The help with the choices and with what holds otherwise.
std::string describe(const Param& param);
/// Whether the text is what the param's kind asks for.
Result<void> check(const Param& param, std::string_view where, std::string_view text);

}  // namespace cef
