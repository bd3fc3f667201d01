#include "formats.hpp"
#include "rows.hpp"

#include <utility>

namespace cef::render {

namespace {

// A line per result as hosts finish, then the run's line.
class Ndjson : public Renderer {
 public:
  Ndjson(Plan plan, Writer write) : view_(std::move(plan.view)), write_(std::move(write)) {}

  void result(const HostResult& result) override {
    if (is_shown(view_, result)) write_(dump(to_json(result)) + '\n');
  }

  void finish(const Report& report) override {
    Value summary = to_json_head(report);
    summary.update(to_json(summarise(report)));
    write_(dump({{"summary", std::move(summary)}}) + '\n');
  }

  bool needs_records() const override { return false; }

 private:
  View view_;
  Writer write_;
};

}  // namespace

std::unique_ptr<Renderer> make_ndjson(Plan plan, Writer write) {
  return std::make_unique<Ndjson>(std::move(plan), std::move(write));
}

}  // namespace cef::render
