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

}  // namespace

std::string random_run_id(store::Time started) {
  std::random_device random;
  return fmt::format("{:%Y%m%dT%H%M%SZ}-{:04x}", fmt::gmtime(std::chrono::system_clock::to_time_t(started)),
                     random() & 0xffffU);
}

Recorder::Recorder(std::optional<std::filesystem::path> file, store::Limits limits, store::RunRecord run, NewId new_id)
    : file_(std::move(file)), limits_(limits), run_(std::move(run)), new_id_(std::move(new_id)) {}

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
