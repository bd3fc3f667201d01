#include "formats.hpp"

namespace cef::render {

namespace {
struct Maker {
  std::string_view name;
  Format format;
  std::unique_ptr<Renderer> (*make)(Plan, Writer);
};
constexpr Maker makers[] = {
#define FORMAT(name) {#name, Format::name, make_##name},
#include <cef/render/formats.def>
#undef FORMAT
};
}  // namespace

std::optional<Format> format_from(std::string_view name) {
  for (const Maker& maker : makers)
    if (maker.name == name) return maker.format;
  return std::nullopt;
}

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const Maker& maker : makers) names.emplace_back(maker.name);
  return names;
}

Result<std::unique_ptr<Renderer>> make_renderer(Format format, View view, Writer write) {
  if (format == Format::raw && view.output_field.empty())
    return Unexpected(Error{Code::usage, "there is no remote output to print raw here", "try another --format"});
  auto plan = make_plan(std::move(view));
  if (!plan) return Unexpected(plan.error());
  for (const Maker& maker : makers)
    if (maker.format == format) return maker.make(*std::move(plan), std::move(write));
  return Unexpected(Error{Code::internal, "a format without a renderer", ""});
}

}  // namespace cef::render
