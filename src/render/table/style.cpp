#include "style.hpp"

#include <fmt/format.h>

namespace cef::render {

namespace {
std::string_view sgr(Ink ink) {
  switch (ink) {
    case Ink::none:
      return "0";
    case Ink::bold:
      return "1";
    case Ink::dim:
      return "2";
    case Ink::red:
      return "1;31";
    case Ink::green:
      return "32";
    case Ink::yellow:
      return "33";
    case Ink::bright_yellow:
      return "1;33";
    case Ink::blue:
      return "34";
    case Ink::magenta:
      return "35";
    case Ink::cyan:
      return "36";
  }
  return "0";
}
}  // namespace

Ink ink_of(Status status) {
  switch (status) {
    case Status::ok:
      return Ink::green;
    case Status::changed:
      return Ink::yellow;
    case Status::failed:
      return Ink::red;
    case Status::unreachable:
      return Ink::bright_yellow;
    case Status::skipped:
      return Ink::dim;
  }
  return Ink::none;
}

std::string paint(std::string_view text, Ink ink, bool colour) {
  if (!colour || ink == Ink::none || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", sgr(ink), text);
}

}  // namespace cef::render
