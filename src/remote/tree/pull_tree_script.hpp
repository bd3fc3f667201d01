// What a host runs to send a folder: it says what is in it, and then sends what it is asked for.
#pragma once

#include <cef/remote/transfer.hpp>

#include <string>

namespace cef::remote {

std::string tree_list_line(const PullOrders& orders);
/// The paths come on its input: each with a NUL where the host's tar is GNU's, else with a newline. See TreeRequest for
/// `paced`, which is empty without a rate.
std::string tree_fetch_line(const PullOrders& orders, bool gnu, const std::string& paced);

}  // namespace cef::remote
