// Fewer page faults.
#pragma once

#include <cstddef>

namespace cef {

/// So many bytes that are allocated next by the first thread lie in huge pages, where the system has them: a virtual
/// machine may wait 20 us for each small one. Only addresses are reserved. To be called once, at the start.
void use_huge_pages(std::size_t bytes);

}  // namespace cef
