#include "loaders.hpp"
namespace cef::inventory {
void load_dynamic(const std::filesystem::path&, Draft&, Problems&) {}
}  // namespace cef::inventory
