#include "arm_cores.hpp"

#include <utility>

namespace cef::probes {

namespace {

struct Core {
  std::string_view implementer, part, name;
};

constexpr Core cores[] = {
    {"0x41", "0xb76", "ARM1176"},       {"0x41", "0xc07", "Cortex-A7"},       {"0x41", "0xc08", "Cortex-A8"},
    {"0x41", "0xc09", "Cortex-A9"},     {"0x41", "0xc0d", "Cortex-A17"},      {"0x41", "0xc0e", "Cortex-A17"},
    {"0x41", "0xc0f", "Cortex-A15"},    {"0x41", "0xd01", "Cortex-A32"},      {"0x41", "0xd03", "Cortex-A53"},
    {"0x41", "0xd04", "Cortex-A35"},    {"0x41", "0xd05", "Cortex-A55"},      {"0x41", "0xd07", "Cortex-A57"},
    {"0x41", "0xd08", "Cortex-A72"},    {"0x41", "0xd09", "Cortex-A73"},      {"0x41", "0xd0a", "Cortex-A75"},
    {"0x41", "0xd0b", "Cortex-A76"},    {"0x41", "0xd0c", "Neoverse-N1"},     {"0x41", "0xd0d", "Cortex-A77"},
    {"0x41", "0xd40", "Neoverse-V1"},   {"0x41", "0xd41", "Cortex-A78"},      {"0x41", "0xd42", "Cortex-A78AE"},
    {"0x41", "0xd44", "Cortex-X1"},     {"0x41", "0xd46", "Cortex-A510"},     {"0x41", "0xd47", "Cortex-A710"},
    {"0x41", "0xd48", "Cortex-X2"},     {"0x41", "0xd49", "Neoverse-N2"},     {"0x41", "0xd4a", "Neoverse-E1"},
    {"0x41", "0xd4b", "Cortex-A78C"},   {"0x41", "0xd4f", "Neoverse-V2"},     {"0x42", "0x516", "ThunderX2"},
    {"0x43", "0x0a1", "ThunderX"},      {"0x43", "0x0af", "ThunderX2"},       {"0x48", "0xd01", "Kunpeng-920"},
    {"0x4e", "0x003", "Denver 2"},      {"0x4e", "0x004", "Carmel"},          {"0x50", "0x000", "X-Gene"},
    {"0x51", "0x800", "Kryo 2xx Gold"}, {"0x51", "0x801", "Kryo 2xx Silver"}, {"0xc0", "0xac3", "Ampere-1"},
    {"0xc0", "0xac4", "Ampere-1A"},
};

constexpr std::pair<std::string_view, std::string_view> vendors[] = {
    {"0x41", "ARM"},     {"0x42", "Broadcom"}, {"0x43", "Cavium"},   {"0x48", "HiSilicon"},
    {"0x4e", "NVIDIA"},  {"0x50", "APM"},      {"0x51", "Qualcomm"}, {"0x53", "Samsung"},
    {"0x56", "Marvell"}, {"0x61", "Apple"},    {"0xc0", "Ampere"},
};

}  // namespace

std::string_view arm_core(std::string_view implementer, std::string_view part) {
  for (const Core& core : cores)
    if (core.implementer == implementer && core.part == part) return core.name;
  return {};
}

std::string_view arm_vendor(std::string_view implementer) {
  for (const auto& [number, name] : vendors)
    if (number == implementer) return name;
  return {};
}

}  // namespace cef::probes
