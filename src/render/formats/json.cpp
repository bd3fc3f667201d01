#include "formats.hpp"
#include "rows.hpp"

#include <utility>

namespace cef::render {

namespace {

// One document with a result a line: valid JSON for programs, and grep and diff still work on it.
class Json : public Renderer {
 public:
  Json(Plan plan, Writer write) : plan_(std::move(plan)), write_(std::move(write)) {}

  void result(const HostResult&) override {}

  void finish(const Report& report) override {
    Value head = to_json_head(report);
    head["summary"] = to_json(summarise(report));
    std::string text = dump(head);
    text.back() = ',';  // the object goes on
    text += "\n\"results\":[";
    const char* separator = "\n";
    for (const Row& row : rows(plan_, {}, report)) {
      text += separator;
      text += dump(to_json(*row.result));
      separator = ",\n";
    }
    text += "\n]}\n";
    write_(text);
  }

 private:
  Plan plan_;
  Writer write_;
};

}  // namespace

std::unique_ptr<Renderer> make_json(Plan plan, Writer write) {
  return std::make_unique<Json>(std::move(plan), std::move(write));
}

}  // namespace cef::render
