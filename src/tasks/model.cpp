#include "apt.hpp"
#include "model_script.hpp"

#include <cef/core/reason.hpp>
#include <cef/core/text.hpp>
#include <cef/tasks/model.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::tasks {

namespace {

using apt::Answer;

std::string folder_name(const Placement& placement) {
  return fmt::format("{}-{}{}", placement.name, placement.version, placement.unpacks ? "" : ".file");
}

Step step_of(const char* body, std::vector<std::string> arguments) {
  Script script;
  script.text = std::string(model_prelude) + body;
  script.arguments = std::move(arguments);
  Step step;
  step.what = std::move(script);
  return step;
}

// What is said on the way: the first lines that are not the script's own.
std::string said(const StepResult& ran) {
  std::string text;
  for (std::string_view rest : {std::string_view(ran.out), std::string_view(ran.err)})
    while (!rest.empty()) {
      const std::string_view line = first_line(rest);
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (line.empty() || line.starts_with("=cef ")) continue;
      if (!text.empty()) text += "; ";
      text += cut(line, 200);
      if (text.size() > 500) return text;
    }
  return text;
}

Error failed(Code code, std::string what, const StepResult& ran) {
  const std::string words = said(ran);
  if (!words.empty()) what += ": " + words;
  if (code_of(what) == Code::disk_full) code = Code::disk_full;
  std::string hint = hint_for(code, std::nullopt, what);
  return {code, std::move(what), std::move(hint)};
}

// Why a script did not come to its end, if it did not.
std::optional<Error> why_ended(const StepResult& ran, const Answer& answer) {
  if (ran.error) return ran.error;
  if (const auto* failure = answer.find("failed")) {
    const auto blank = std::min(failure->rest.find(' '), failure->rest.size());
    const std::string_view kind = failure->rest.substr(0, blank);
    std::string why(failure->rest.substr(std::min(blank + 1, failure->rest.size())));
    if (kind == "permission") return failed(Code::permission_denied, std::move(why), ran);
    if (kind == "full") return failed(Code::disk_full, std::move(why), ran);
    if (kind == "not_a_folder" || kind == "occupied")
      return Error{Code::not_a_file, std::move(why), "choose another --dest, or move it away"};
    if (kind == "other")
      return Error{Code::unpack_failed, std::move(why),
                   "give what is new a version of its own: cef model add --version"};
    if (kind == "none" || kind == "gone") return Error{Code::no_such_file, std::move(why), ""};
    return failed(Code::unpack_failed, std::move(why), ran);
  }
  if (answer.find("end")) return std::nullopt;
  return failed(Code::unexpected_output,
                fmt::format("the host's shell did not come to the end (status {})", ran.status), ran);
}

// What stands behind each line's beginning.
std::vector<std::string> each_of(std::string_view text, std::string_view beginning) {
  std::vector<std::string> found;
  while (!text.empty()) {
    const std::string_view line = first_line(text);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with(beginning)) found.emplace_back(line.substr(beginning.size()));
  }
  return found;
}

std::uint64_t kilobytes(std::string_view text) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(apt::to_number(text), 0)) * 1024;
}

constexpr Param rollback_params[] = {
    {.name = "name", .value = "NAME", .help = "of the model"},
    {.name = "dest", .value = "DIR", .help = "where it was deployed to", .never_empty = true}};

Columns rollback_columns() {
  return {{"from", "data.from", Unit::none, Align::left, "the version that served"},
          {"to", "data.to", Unit::none, Align::left, "the one before, which serves now"}};
}

Course rollback_course(Arguments arguments) {
  const std::string name = arguments.params.value("name", "");
  Step step = step_of(model_go_back, {arguments.params.value("dest", ""), arguments.check ? "check" : "run", name});
  step.become = arguments.become;
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran.out);
  Verdict verdict;
  verdict.data["name"] = name;
  verdict.error = why_ended(ran, answer);
  if (verdict.error) {
    if (answer.rest("failed").starts_with("none "))
      verdict.error->hint = "cef model where shows what was deployed; cef model deploy NAME:VERSION puts one there";
    co_return verdict;
  }
  verdict.data["dest"] = answer.rest("dest");
  verdict.data["from"] = answer.rest("from");
  verdict.data["to"] = answer.rest("to");
  verdict.status = Status::changed;
  co_return verdict;
}

}  // namespace

bool ModelState::has(std::string_view program) const {
  return program.empty() || std::ranges::find(programs, program) != programs.end();
}

std::string_view unpacker_of(std::string_view form) {
  if (form == "zip") return "unzip";
  if (form == "tar.gz") return "gzip";
  if (form == "tar.xz") return "xz";
  if (form == "tar.zst") return "zstd";
  if (form == "tar.bz2") return "bzip2";
  return "";
}

Step look_at_model(const Placement& placement, bool check) {
  return step_of(model_look, {placement.dest, check ? "check" : "run", placement.name, placement.version,
                              placement.sha256, folder_name(placement)});
}

Result<ModelState> read_model_state(const StepResult& ran) {
  const Answer answer(ran.out);
  if (auto error = why_ended(ran, answer)) return Unexpected(std::move(*error));
  ModelState state;
  state.dest = answer.rest("dest");
  state.incoming = state.dest + "/.cef-models/incoming";
  state.serving = answer.rest("serving");
  state.is_complete = answer.rest("state") == "complete";
  state.serves = state.is_complete && answer.find("serves");
  state.free_bytes = kilobytes(answer.rest("free"));
  state.incoming_bytes = kilobytes(answer.rest("incoming"));
  state.programs = each_of(ran.out, "=cef has ");
  return state;
}

Step ask_which_serves(const Placement& placement) { return step_of(model_serves, {placement.dest, placement.name}); }

Result<Serving> read_which_serves(const StepResult& ran) {
  const Answer answer(ran.out);
  if (auto error = why_ended(ran, answer)) return Unexpected(std::move(*error));
  return Serving{std::string(answer.rest("serving")), answer.find("there") != nullptr};
}

std::string folder_of(const ModelState& state, const Placement& placement) {
  return state.dest + "/" + folder_name(placement);
}

Step place_model(const Placement& placement, const Placing& placing) {
  Step step =
      step_of(model_place, {placement.dest, placement.name, placement.version, placement.sha256, folder_name(placement),
                            std::to_string(placing.keep), placing.file, placing.form, placing.file_name,
                            std::to_string(placing.files), placing.lends_file ? "lend" : ""});
  step.outlives_link = true;
  step.progress = [](std::string_view line) -> std::string {
    if (line.starts_with("=cef unpacks ")) return "unpacks";
    if (line.starts_with("=cef waits ")) return "waits for another deployment";
    return "";
  };
  return step;
}

Result<Placed> read_placed(const StepResult& ran) {
  const Answer answer(ran.out);
  if (auto error = why_ended(ran, answer)) return Unexpected(std::move(*error));
  Placed placed;
  placed.previous = answer.rest("previous");
  placed.removed = each_of(ran.out, "=cef removed ");
  return placed;
}

Step drop_model_file(std::string path) {
  Script script;
  script.text = "rm -f -- \"$1\"";
  script.arguments = {std::move(path)};
  Step step;
  step.what = std::move(script);
  return step;
}

Step fetch_model(std::string url, std::string path, std::string sha256) {
  Script script;
  script.text = model_fetch;
  script.arguments = {std::move(url), std::move(path), std::move(sha256)};
  Step step;
  step.what = std::move(script);
  step.outlives_link = true;
  step.progress = [](std::string_view line) -> std::string {
    return line.starts_with("=cef fetches") ? "fetches" : "";
  };
  return step;
}

Result<void> read_fetched(const StepResult& ran, std::string_view url) {
  const Answer answer(ran.out);
  const std::string_view failure = answer.rest("failed");
  if (!ran.error && failure == "missing")
    return Unexpected(Error{Code::command_not_found, "the host has neither curl nor wget to fetch it with",
                            "install one there, or let cef send it: without --from-url"});
  if (!ran.error && failure == "fetch") {
    const std::string words = said(ran);
    const bool full =
        words.find("o space left") != std::string::npos || words.find("Failure writing") != std::string::npos;
    return Unexpected(failed(full ? Code::disk_full : Code::transfer_interrupted,
                             fmt::format("the host could not fetch {}", url), ran));
  }
  if (!ran.error && failure.starts_with("hash"))
    return Unexpected(Error{Code::checksum_mismatch,
                            fmt::format("what the host got from {} is not the model: its SHA-256 is {}", url,
                                        failure.size() > 5 ? failure.substr(5) : "unknown"),
                            "look at what the URL gives, or let cef send it: without --from-url"});
  if (auto error = why_ended(ran, answer)) return Unexpected(std::move(*error));
  return {};
}

constinit const Task model_rollback{
    .name = "model",
    .summary = "go back to the version of a model that served before",
    .params = rollback_params,
    .columns = rollback_columns,
    .course = rollback_course,
};

}  // namespace cef::tasks
