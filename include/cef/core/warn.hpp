// Who is told what does not end a run but should be known.
#pragma once

#include <functional>
#include <string_view>

namespace cef {

using Warn = std::function<void(std::string_view message)>;

}  // namespace cef
