// slurp and fetch: what a file of the host says.
#include "modules/files.hpp"
#include "modules/registry.hpp"

#include <fmt/format.h>

namespace cef::tasks::modules {

namespace slurp_parts {
namespace {

constexpr const char* script = R"sh(
say "path $src"
[ -e "$src" ] || die "file not found: $src"
[ ! -d "$src" ] || die "source is a directory and must be a file: $src"
[ -r "$src" ] || die "file is not readable: $src"
size=$(($(wc -c <"$src")))
say "size $size"
say "sha1 $(sha1 "$src")"
say "md5 $(md5sum <"$src" | cut -d ' ' -f 1)"
[ "$size" -gt 4000000 ] || blob bytes "$src"
end
)sh";

Sheet sheet_of(const Arguments& arguments) {
  Sheet sheet(arguments);
  sheet.paths({"src"}).add(file_functions).add(script);
  return sheet;
}

// What does not fit into a script's output.
std::optional<Step> rest_of(const Answer& answer, const Arguments& arguments) {
  if (answer.error() || answer.has("bytes")) return std::nullopt;
  Step step;
  step.what = Download{answer.text("path"), static_cast<std::size_t>(number_of(answer.text("size")))};
  step.become = arguments.become;
  return step;
}

Course slurp_course(Arguments arguments) {
  Step step = sheet_of(arguments).step();
  StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  std::string bytes = answer.text("bytes");
  if (auto rest = rest_of(answer, arguments)) {
    Step again = std::move(*rest);
    ran = co_yield std::move(again);
    verdict.error = ran.error;
    bytes = std::move(ran.out);
  }
  if (verdict.error) co_return verdict;
  verdict.data = {{"content", base64_of(bytes)}, {"source", answer.text("path")}, {"encoding", "base64"}};
  co_return verdict;
}

// The bytes are `content`, whatever they are; a play writes them on the controller.
Course fetch_course(Arguments arguments) {
  if (arguments.check) {
    Verdict skipped;
    skipped.status = Status::skipped;
    skipped.data = {{"msg", "check mode not (yet) supported for this module"}};
    co_return skipped;
  }
  Step step = sheet_of(arguments).step();
  StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  const bool missing = verdict.error && !answer.has("size");
  if (missing && !is_set(arguments.params, "fail_on_missing")) {
    verdict.data = {{"msg", fmt::format("{}, not transferring, ignored", verdict.error->message)},
                    {"file", answer.text("path")}};
    verdict.error.reset();
    co_return verdict;
  }
  std::string bytes = answer.text("bytes");
  if (auto rest = rest_of(answer, arguments)) {
    Step again = std::move(*rest);
    ran = co_yield std::move(again);
    verdict.error = ran.error;
    bytes = std::move(ran.out);
  }
  if (verdict.error) co_return verdict;
  if (is_set(arguments.params, "validate_checksum") && sha1_of(bytes) != answer.text("sha1")) {
    verdict.error = failed("checksum mismatch: the file changed while it was fetched");
    co_return verdict;
  }
  verdict.data = {{"content", bytes},
                  {"file", answer.text("path")},
                  {"checksum", answer.text("sha1")},
                  {"remote_checksum", answer.text("sha1")},
                  {"md5sum", answer.text("md5")}};
  co_return verdict;
}

using Kind = Param::Kind;
constexpr Param slurp_params[] = {{.name = "src", .kind = Kind::path, .aliases = "path", .required = true}};
constexpr Param fetch_params[] = {{.name = "src", .kind = Kind::path, .required = true},
                                  {.name = "dest"},
                                  {.name = "flat", .kind = Kind::flag},
                                  {.name = "fail_on_missing", .kind = Kind::flag, .otherwise = "yes"},
                                  {.name = "validate_checksum", .kind = Kind::flag, .otherwise = "yes"}};

Columns columns() { return {{"content", "data.content", Unit::none, Align::left, "its bytes, as base64"}}; }

}  // namespace
}  // namespace slurp_parts

constinit const Task slurp{.name = "slurp",
                           .summary = "what a file of the host says, as base64",
                           .params = slurp_parts::slurp_params,
                           .columns = slurp_parts::columns,
                           .course = slurp_parts::slurp_course};
constinit const Task fetch{.name = "fetch",
                           .summary = "a file of the host to the controller",
                           .params = slurp_parts::fetch_params,
                           .columns = slurp_parts::columns,
                           .course = slurp_parts::fetch_course};

}  // namespace cef::tasks::modules
