#include "formats.hpp"
#include "rows.hpp"

#include <cef/core/text.hpp>

#include <utility>

namespace cef::render {

namespace {

// The bytes a command printed on its host and nothing else, as results come.
class Raw : public Renderer {
 public:
  Raw(Plan plan, Writer write) : view_(std::move(plan.view)), write_(std::move(write)) {}

  void result(const HostResult& result) override {
    if (!is_shown(view_, result) || !result.data.is_object()) return;
    const auto output = result.data.find(view_.output_field);
    if (output == result.data.end() || !output->is_string()) return;
    const std::string& bytes = output->get_ref<const std::string&>();
    write_(view_.escape ? escape_controls(bytes) : bytes);
  }

  void finish(const Report&) override {}

  bool needs_records() const override { return false; }

 private:
  View view_;
  Writer write_;
};

}  // namespace

std::unique_ptr<Renderer> make_raw(Plan plan, Writer write) {
  return std::make_unique<Raw>(std::move(plan), std::move(write));
}

}  // namespace cef::render
