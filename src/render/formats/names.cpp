#include "formats.hpp"
#include "rows.hpp"

#include <cef/core/text.hpp>

#include <utility>

namespace cef::render {

namespace {

// Host names for the next command's `host=-`.
class Names : public Renderer {
 public:
  Names(Plan plan, Writer write) : plan_(std::move(plan)), write_(std::move(write)) {
    if (plan_.view.statuses.empty() && !plan_.view.only_failures) plan_.view.statuses = {Status::ok, Status::changed};
  }

  void result(const HostResult&) override {}

  void finish(const Report& report) override {
    std::string text;
    for (const Row& row : sorted_hosts(plan_, report)) {
      const std::string& host = row.result->host;
      if (is_shown(plan_.view, *row.result)) text += (plan_.view.escape ? escape_controls(host) : host) + '\n';
    }
    write_(text);
  }

  bool needs_records() const override { return !plan_.sort.empty() || plan_.view.keeps; }

 private:
  Plan plan_;
  Writer write_;
};

}  // namespace

std::unique_ptr<Renderer> make_names(Plan plan, Writer write) {
  return std::make_unique<Names>(std::move(plan), std::move(write));
}

}  // namespace cef::render
