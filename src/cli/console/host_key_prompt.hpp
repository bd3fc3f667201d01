// Asks about all unknown host keys of a run at once.
#pragma once

#include <cef/transport/ssh.hpp>

#include <vector>

namespace cef::cli {

/// Whether somebody can be asked: a controlling terminal is there, and standard error shows on it.
bool can_ask();

/// Shows every fingerprint and asks once. False for anything but `yes`.
bool ask_about(const std::vector<transport::UnknownKey>& keys);

}  // namespace cef::cli
