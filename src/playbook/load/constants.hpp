// The variables that are known before anything runs: those of -e, and those written around a place in the playbook.
#pragma once

#include <cef/playbook/model.hpp>

#include <deque>
#include <filesystem>
#include <set>

namespace cef::playbook {

class Constants final : public expr::World {
 public:
  /// All are used until this goes; `frame` may be null, and `host`: a host's variables as they are written.
  Constants(const Value& extra, const Frame* frame, std::filesystem::path folder, const Value* host = nullptr)
      : extra_(extra), frame_(frame), folder_(std::move(folder)), host_(host) {}

  std::optional<expr::Variable> variable(std::string_view name) override;
  std::optional<Value> call(const expr::Request& request) override;
  std::optional<std::string> source(std::string_view) override { return std::nullopt; }
  std::chrono::system_clock::time_point now() override { return std::chrono::system_clock::now(); }
  std::uint64_t random() override { return 4; }

 private:
  const Value& extra_;
  const Frame* frame_;
  std::filesystem::path folder_;
  const Value* host_;
  std::deque<Value> kept_;
  std::set<std::string, std::less<>> open_;
};

}  // namespace cef::playbook
