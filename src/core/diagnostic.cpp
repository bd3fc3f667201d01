#include <cef/core/diagnostic.hpp>

#include <fmt/format.h>

namespace cef {

std::string show(const Diagnostic& diagnostic) {
  std::string text = diagnostic.file;
  if (diagnostic.line) text += fmt::format(":{}", diagnostic.line);
  if (diagnostic.line && diagnostic.column) text += fmt::format(":{}", diagnostic.column);
  return text.empty() ? diagnostic.message : fmt::format("{}: {}", text, diagnostic.message);
}

}  // namespace cef
