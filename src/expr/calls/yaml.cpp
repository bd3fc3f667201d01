// to_yaml and to_nice_yaml. Reading YAML is asked of the World: the reader is another layer's.

#include "calls/tables.hpp"
#include "calls/yaml_writer.hpp"
#include "fault.hpp"

namespace cef::expr {

namespace yaml_parts {
namespace {

// value indent width sort_keys explicit_start
Any written(Call& call, YamlStyle style) {
  if (!call.empty(1)) {
    const std::int64_t indent = call.whole(1);
    if (indent > 1 && indent < 10) style.indent = static_cast<int>(indent);
  }
  if (!call.empty(2)) {
    if (call[2].real()) style.width = 1 << 30;  // float("inf")
    const std::int64_t width = call[2].real() ? style.width : call.whole(2);
    style.width = width > style.indent * 2 ? static_cast<int>(std::min<std::int64_t>(width, 1 << 30)) : 80;
  }
  style.sort_keys = call.flag(3, true);
  style.explicit_start = call.flag(4);
  return YamlWriter(style, call.budget).run(call[0]);
}

// and default_flow_style
Any to_yaml(Call& call) {
  YamlStyle style;
  if (!call.empty(5)) style.flow = call.flag(5);
  return written(call, style);
}

Any to_nice_yaml(Call& call) {
  YamlStyle style;
  style.indent = 4;
  style.flow = false;
  return written(call, style);
}

constexpr Function table[] = {
    {"to_yaml", to_yaml, "value indent? width? sort_keys? explicit_start? default_flow_style?"},
    {"to_nice_yaml", to_nice_yaml, "value indent? width? sort_keys? explicit_start?"},
};

}  // namespace
}  // namespace yaml_parts

const Functions yaml_filters = yaml_parts::table;

}  // namespace cef::expr
