#include <cef/engine/recorder.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <random>

namespace cef::engine {

namespace {

// How long a run may wait for others that write. The first note may be missing; the results should not.
constexpr Milliseconds patience_at_begin{250};
constexpr Milliseconds patience_at_end{5000};
constexpr int most_ids = 1000;

template <class Change>
void for_each_text(Value& value, const Change& change) {
  if (value.is_string()) change(value.get_ref<std::string&>());
  if (value.is_structured())
    for (Value& item : value) for_each_text(item, change);
}

}  // namespace

std::string random_run_id(store::Time started) {
  std::random_device random;
  return fmt::format("{:%Y%m%dT%H%M%SZ}-{:04x}", fmt::gmtime(std::chrono::system_clock::to_time_t(started)),
                     random() & 0xffffU);
}

Recorder::Recorder(std::optional<std::filesystem::path> file, store::Limits limits, store::RunRecord run, NewId new_id)
    : file_(std::move(file)), limits_(limits), run_(std::move(run)), new_id_(std::move(new_id)) {}

void Recorder::mask(const Secrets& secrets) {
  if (secrets.empty()) return;
  bool any = false;
  // Names of hosts and groups say which hosts, whatever a password is.
  const auto mask_text = [&](std::string& text) {
    std::string masked = secrets.mask_message(text);
    any = any || masked != text;
    text = std::move(masked);
  };
  for (auto* texts : {&run_.words, &run_.selectors, &run_.inventory})
    for (std::string& text : *texts) mask_text(text);
  for_each_text(run_.repeat, mask_text);
  if (any) run_.unrepeatable = "a secret was part of its command line, and secrets are not kept";
  for (auto& [path, content] : run_.files) {
    std::string masked = secrets.mask(content);
    if (masked == content) continue;
    content = std::move(masked);
    run_.unrepeatable = path + " held a secret, and secrets are not kept";
  }
}

std::string Recorder::begin(store::Time started) {
  run_.started = started;
  run_.id = new_id_(started);
  if (!file_) return run_.id;
  auto journal = store::Journal::open(*file_, store::Journal::Access::write, patience_at_begin);
  if (!journal) return run_.id;  // end() tries again, and tells what is wrong
  journal_ = std::move(*journal);
  // Two runs of one second may well draw one number of 65,536: the journal says which of them has it.
  for (int tries = 0; tries < most_ids; ++tries) {
    const auto begun = journal_->begin(run_);
    if (!begun || *begun) break;
    run_.id = new_id_(started);
  }
  return run_.id;
}

Result<void> Recorder::end(const Report& report, int exit_code) {
  if (!file_) return {};
  run_.exit_code = exit_code;
  if (!journal_) {
    auto journal = store::Journal::open(*file_, store::Journal::Access::write, patience_at_end);
    if (!journal) return Unexpected(journal.error());
    journal_ = std::move(*journal);
  }
  journal_->set_patience(patience_at_end);
  if (auto written = journal_->end(run_, report); !written) return written;
  journal_->set_patience(patience_at_begin);
  (void)journal_->prune(limits_, std::chrono::system_clock::now(), false);  // another run will
  return {};
}

}  // namespace cef::engine
