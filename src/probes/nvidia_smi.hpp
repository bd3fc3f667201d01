// What nvidia-smi printed, whatever stands between its lines: the loader's warnings, its own, cards that are lost.
#pragma once

#include "parts.hpp"

#include <string>
#include <string_view>

namespace cef::probes {

/// The record of all cards, or null where no line tells of a card that answers.
/// Parts: `gpus` and `status` of the query; `field NAME` for each field asked for by itself, where a driver does not
/// know them all; `version` of -q; `processes`, `owners` (`/proc/PID USER`) and `list` of -L; `pci`, the bus.
Value nvidia_cards(Parts& part);

/// What it said in place of cards, without the loader's noise, on one line.
std::string nvidia_complaint(const Lines& lines);
/// Whether it says that there is no card, which is not an error.
bool nvidia_has_none(const Lines& lines);

/// `[N/A]`, `[Not Supported]`, `[Unknown Error]`, `ERR!`, ...: there is no value.
bool is_missing(std::string_view text);
/// The highest of all cards, or null.
Value most(const Value& gpus, const char* key);

}  // namespace cef::probes
