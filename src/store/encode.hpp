// What is kept of runs and results, as bytes: CBOR, because a host's output need not be UTF-8.
#pragma once

#include <cef/core/report.hpp>
#include <cef/store/journal.hpp>

#include <string>
#include <string_view>

namespace cef::store {

/// The parts of a run that have no column of their own.
std::string encode(const RunRecord& run);
void decode(std::string_view bytes, RunRecord& run);

/// Groups, stages and data, long texts cut to `kept_bytes`.
std::string encode(const HostResult& result, std::size_t kept_bytes);
void decode(std::string_view bytes, HostResult& result);

}  // namespace cef::store
