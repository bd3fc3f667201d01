#include "formats.hpp"
#include "in_order.hpp"
#include "rows.hpp"

#include <optional>
#include <string>
#include <utility>

namespace cef::render {

namespace {

// One document with a result a line: valid JSON for programs, and grep and diff still work on it. What is known only at
// the end stands there.
class Json : public Renderer {
 public:
  Json(Plan plan, Writer write)
      : plan_(std::move(plan)),
        write_(std::move(write)),
        order_(plan_, [this](std::string text) { add(std::move(text)); }) {}

  void result(const HostResult& result) override {
    if (!order_.possible()) return;
    order_.add(result.host, is_shown(plan_.view, result) ? std::optional(dump(to_json(result))) : std::nullopt);
  }

  void finish(const Report& report) override {
    if (!order_.possible())
      for (const Row& row : rows(plan_, {}, report)) add(dump(to_json(*row.result)));
    Value rest = to_json_head(report);
    rest.erase("schema");
    rest["summary"] = to_json(summarise(report));
    std::string text = dump(rest) + '\n';
    text.front() = ',';  // the object was begun long ago
    write_((begun_ ? "\n]" : begin() + "]") + text.insert(1, "\n"));
  }

  bool needs_records() const override { return !order_.possible(); }

 private:
  static std::string begin() { return "{\"schema\":\"cef/1\",\n\"results\":["; }

  void add(std::string text) { write_((std::exchange(begun_, true) ? ",\n" : begin() + '\n') + std::move(text)); }

  Plan plan_;
  Writer write_;
  InOrder order_;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<Renderer> make_json(Plan plan, Writer write) {
  return std::make_unique<Json>(std::move(plan), std::move(write));
}

}  // namespace cef::render
