#include "loaders.hpp"
namespace cef::inventory {
void load_ini(const std::string&, const std::string&, Draft&, Problems&) {}
}  // namespace cef::inventory
