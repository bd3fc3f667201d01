#include "journal_options.hpp"

#include "repeat.hpp"
#include "run/select.hpp"

#include <cef/core/file.hpp>
#include <cef/core/size.hpp>
#include <cef/core/state_folder.hpp>
#include <cef/fleet/targets.hpp>

#include <fmt/format.h>

#include <unistd.h>
#include <utility>

namespace cef::cli {

namespace {

std::string machine_name() {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  return name;
}

}  // namespace

std::optional<std::filesystem::path> journal_file(const Options& options) {
  const std::string name = options.text("journal").value_or("");
  if (name == "none") return std::nullopt;
  return name.empty() ? state_folder() / "journal.db" : expand_user(name);
}

Result<store::Limits> journal_limits(const Options& options) {
  store::Limits limits;
  const auto days = options.number("journal-keep-days");
  if (!days) return Unexpected(days.error());
  if (*days) limits.keep = std::chrono::days(**days);
  if (const auto size = options.text("journal-max-size")) {
    const auto bytes = parse_size(*size);
    if (!bytes)
      return Unexpected(Error{Code::usage,
                              fmt::format("{}: {}", options.find("journal-max-size")->name, bytes.error().message),
                              bytes.error().hint});
    limits.max_bytes = *bytes;
  }
  return limits;
}

Result<engine::Recorder> make_recorder(const Verb& verb, const Context& context, const std::string& output_field) {
  const auto limits = journal_limits(context.options);
  if (!limits) return Unexpected(limits.error());
  store::RunRecord run;
  run.verb = verb.name;
  run.words = context.words;
  run.selectors = context.selectors;
  for (const auto& path : inventory_sources(context.options)) run.inventory.push_back(path.string());
  std::error_code ignored;
  run.directory = std::filesystem::current_path(ignored).string();
  run.user = fleet::current_user();
  run.machine = machine_name();
  run.version = CEF_VERSION;
  run.retry_of = context.retry_of;
  run.output_field = output_field;
  run.repeat = to_repeat(context);
  run.files = context.files;
  run.process = store::this_process();
  return engine::Recorder(journal_file(context.options), *limits, std::move(run));
}

}  // namespace cef::cli
