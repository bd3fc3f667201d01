// What a run found on its hosts, as the store of metrics takes it.
#pragma once

#include <cef/core/metric.hpp>
#include <cef/core/report.hpp>
#include <cef/store/metrics.hpp>

#include <string_view>
#include <vector>

namespace cef::engine {

/// `gpu.error[gpu_software_missing]` is 1 in each round in which that probe failed inside a snapshot.
inline constexpr std::string_view probe_error = "error";

/// Hosts that were given up or never started are left out. A host names its own file systems and sensors: of a list no
/// more than 200 elements are taken, of a name no more than 200 bytes, so that none can fill the store.
std::vector<store::Reading> readings(const Metrics& metrics, std::string_view verb, const Report& report);

}  // namespace cef::engine
