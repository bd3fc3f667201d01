// A failure as users see it: one of a fixed list of codes, a sentence, and what to do next. Code branches on `code`,
// never on the text. Names of codes and stages are part of the JSON output and do not change.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cef {

/// How far the work on a host had come when it failed.
enum class Stage { resolve, connect, handshake, hostkey, auth, become, exec, parse, transfer, task, run, controller };

enum class Code {
#define CODE(name, stage, hint) name,
#include <cef/core/errors.def>
#undef CODE
};

Stage stage_of(Code code);
std::string_view name_of(Code code);
std::optional<Code> code_from(std::string_view name);
std::string_view name_of(Stage stage);
/// What to do next, for a failure about which nothing better is known. May be empty.
std::string_view default_hint(Code code);
/// Whether the host was never logged in to: every stage up to and including `auth`.
bool is_unreachable(Code code);

struct Error {
  Code code = Code::internal;
  std::string message;  // who, what, why; one line, no full stop at the end
  std::string hint;     // what next; the code's default hint when empty
};

/// The error's own hint, or else its code's.
std::string_view hint_of(const Error& error);

}  // namespace cef
