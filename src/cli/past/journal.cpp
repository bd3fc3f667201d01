#include "journal.hpp"

#include "repeat.hpp"
#include "run/select.hpp"

#include <cef/core/file.hpp>
#include <cef/core/size.hpp>
#include <cef/core/state_folder.hpp>

#include <fmt/format.h>

#include <unistd.h>

namespace cef::cli {

namespace {

// How long a run may wait for others that write. The first note may be missing; the results should not.
constexpr Milliseconds patience_at_begin{250};
constexpr Milliseconds patience_at_end{5000};

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

RunJournal::RunJournal(const Verb& verb, const Context& context, const Report& report, const std::string& output_field)
    : context_(context), file_(journal_file(context.options)) {
  if (!file_) return;
  run_.id = report.run;
  run_.verb = verb.name;
  run_.words = context.words;
  run_.selectors = context.selectors;
  for (const auto& path : inventory_sources(context.options)) run_.inventory.push_back(path.string());
  std::error_code ignored;
  run_.directory = std::filesystem::current_path(ignored).string();
  run_.user = fleet::current_user();
  run_.machine = machine_name();
  run_.version = CEF_VERSION;
  run_.retry_of = context.retry_of;
  run_.output_field = output_field;
  run_.repeat = to_repeat(context);
  run_.files = context.files;
  run_.process = store::this_process();
  run_.started = report.started;
  if (auto journal = store::Journal::open(*file_, store::Journal::Access::write, patience_at_begin)) {
    journal_ = std::move(*journal);
    (void)journal_->begin(run_);  // end() writes it too, and tells what is wrong
  }
}

void RunJournal::give_up(const Error& error) {
  warn(fmt::format("{}: this run is not recorded{}{}", error.message, error.hint.empty() ? "" : "; ", error.hint));
}

void RunJournal::end(const Report& report, int exit_code) {
  if (!file_) return;
  run_.exit_code = exit_code;
  if (!journal_) {
    auto journal = store::Journal::open(*file_, store::Journal::Access::write, patience_at_end);
    if (!journal) return give_up(journal.error());
    journal_ = std::move(*journal);
  }
  journal_->set_patience(patience_at_end);
  if (const auto written = journal_->end(run_, report); !written) return give_up(written.error());
  journal_->set_patience(patience_at_begin);
  if (const auto limits = journal_limits(context_.options))
    (void)journal_->prune(*limits, std::chrono::system_clock::now(), false);  // another run will
}

}  // namespace cef::cli
