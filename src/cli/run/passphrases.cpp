#include "passphrases.hpp"

#include "app.hpp"
#include "console/secrets.hpp"

#include <fmt/format.h>

namespace cef::cli {

namespace {

constexpr int tries = 3;  // as ssh

Result<void> ask(engine::Engine& engine, const std::string& path) {
  for (int attempt = 1; attempt <= tries; ++attempt) {
    const std::string count = attempt == 1 ? "" : fmt::format(" ({} of {})", attempt, tries);
    const auto passphrase =
        ask_secret(fmt::format("Passphrase for key {}{}: ", path, count), "give --key-passphrase-file");
    if (!passphrase) return Unexpected(passphrase.error());
    // Nothing typed: go on without this key, as ssh does.
    if (passphrase->reveal().empty()) return {};
    engine.secrets().add(*passphrase);
    if (engine.ssh().unlock(path, *passphrase)) return {};
    warn(fmt::format("the passphrase does not fit {}{}", path, attempt < tries ? "" : ": going on without that key"));
  }
  return {};
}

}  // namespace

Result<void> provide_passphrases(engine::Engine& engine, const std::vector<runner::Job>& jobs, const Options& options) {
  auto given = secret_from_file(options, "key-passphrase-file", warn);
  if (!given) return Unexpected(given.error());
  if (*given) {
    engine.secrets().add(**given);
    engine.ssh().set_passphrase(std::move(**given));
    return {};
  }
  std::vector<const transport::Target*> targets;
  targets.reserve(jobs.size());
  for (const runner::Job& job : jobs) {
    if (job.local || job.refused) continue;
    targets.push_back(&job.target);
    for (const transport::Target& jump : job.target.jumps) targets.push_back(&jump);
  }
  const auto locked = engine.ssh().locked_keys(targets);
  if (locked.empty() || !can_ask_secret()) return {};
  for (const std::string& path : locked)
    if (auto asked = ask(engine, path); !asked) return asked;
  return {};
}

}  // namespace cef::cli
