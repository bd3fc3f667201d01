// The formats' makers, one per line of formats.def and one per file of the same name.
#pragma once

#include "plan.hpp"

#include <memory>

namespace cef::render {

#define FORMAT(name) std::unique_ptr<Renderer> make_##name(Plan plan, Writer write);
#include <cef/render/formats.def>
#undef FORMAT

}  // namespace cef::render
