// A model on its way to hosts: what `model deploy` and `rollout` share.
#pragma once

#include "models.hpp"
#include "run/run_verb.hpp"
#include "run/transfer_tally.hpp"

#include <cef/remote/deploy.hpp>

#include <atomic>
#include <optional>
#include <string>

namespace cef::cli {

// What all hosts are given.
struct Delivery {
  models::Model model;
  remote::Deployment deployment;
  std::optional<remote::Source> source;
  std::atomic<bool> stop{false};
  std::optional<remote::LateSource> as_tar_gz;
  std::optional<TransferTally> tally;
  std::optional<remote::Relay> relay;

  ~Delivery() {
    stop = true;
    as_tar_gz.reset();  // waits for its thread, which looks at `stop`
  }
};

/// From the options --dest, --keep, --from-url and those of transfers, of which it warns where --from-url makes them
/// meaningless; `word` is the model. Errors: usage, those of find_model(), and io_failed for a file that is damaged.
Result<void> fill(Delivery& delivery, const Context& context, const std::string& word, bool unpacks);
/// One host's. `delivery` must stay, and have its tally by then.
asio::awaitable<runner::Outcome> deliver(Delivery& delivery, const Arguments& given, runner::Link& link);

}  // namespace cef::cli
