// Runs a verb's work on the selected hosts and shows the results: everything between the command line and the exit
// code.
#pragma once

#include "app.hpp"
#include "prepare.hpp"

#include <cef/engine/engine.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace cef::cli {

namespace asio = boost::asio;

/// Output as a host sends it, while its work goes on.
using LiveSink = std::function<void(const std::string& host, bool is_stderr, std::string_view bytes)>;

/// A verb's orders, and what only the command line needs to fill in the rest of them and to show what comes of it.
struct VerbOrders : engine::Orders {
  Milliseconds default_timeout{0};
  std::string output_field;  // data field with a text of many lines, or empty
  bool live = false;         // show output as it comes, when the format is table and there is one host or --stream
  bool always_live = false;  // --stream
  /// Has the last word on how many hosts at once; may be empty.
  std::function<void(runner::Limits&)> adapt_limits;
  /// Is told what is known of the hosts before any is contacted, and may order them anew; may be empty.
  std::function<Result<void>(Prepared& prepared)> arrange;
  bool becomes = false;        // uses sudo although no --become says so
  bool asks_password = false;  // for logins, on a terminal, where no option and no variable has one
  bool needs_root =
      false;  // becomes root by sudo where no --become says otherwise, unless the host has `become: false`
};

/// `make` gets a sink, which shows nothing unless the orders are live, and returns the orders. Returns the exit code.
int execute(const Verb& verb, Context& context, const std::function<VerbOrders(LiveSink)>& make);

}  // namespace cef::cli
