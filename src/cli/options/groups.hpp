// The groups of the options that verbs share. Which of them a verb has, verbs.def says: the others are not in its help,
// and refused on its command line.
#pragma once

#include <cstdint>

namespace cef::cli {

/// Param::group of a shared option.
enum Group : int {
  group_inventory,
  group_typed,  // also chooses hosts, and only on the command line: not in config.yml or the environment
  group_limit,
  group_address,  // where hosts are and how one logs in, which is also told without a login
  group_login,
  group_sudo,
  group_pace,        // how many hosts at once, and for how long
  group_batches,     // what makes sense for a run that ends by itself
  group_supervised,  // what outlives its link
  group_thresholds,
  group_journal,
  group_journal_size,
  group_store,
  group_store_age,
  group_models,
  group_rows,  // of results as they are shown, now or later
  group_page,  // of all results together
  group_file,
  group_progress,
  group_always,
};

using Groups = std::uint32_t;
constexpr Groups bit(Group group) { return Groups{1} << group; }

namespace groups {

constexpr Groups limit = bit(group_typed) | bit(group_limit);
constexpr Groups choosing = bit(group_inventory) | limit;
constexpr Groups address = bit(group_address);
constexpr Groups login = address | bit(group_login);
constexpr Groups sudo = bit(group_sudo);
constexpr Groups pace = bit(group_pace);
constexpr Groups supervised = bit(group_supervised);
constexpr Groups thresholds = bit(group_thresholds);
constexpr Groups journal = bit(group_journal);
constexpr Groups recording = journal | bit(group_journal_size);
constexpr Groups stored = bit(group_store);
constexpr Groups storing = stored | bit(group_store_age);
constexpr Groups models = bit(group_models);
constexpr Groups rows = bit(group_rows);
constexpr Groups file = bit(group_file);
constexpr Groups results = rows | bit(group_page) | file;
/// A run on hosts that is recorded and ends by itself.
constexpr Groups run = choosing | login | pace | bit(group_batches) | recording | results | bit(group_progress);
constexpr Groups all = ~Groups{0};

}  // namespace groups

}  // namespace cef::cli
