// A task that goes on when the connection is gone, whatever it is.
#pragma once

#include <cef/remote/perform.hpp>

#include <functional>
#include <string>

namespace cef::remote {

/// Every script of it is given to a Supervisor. `begun` is told the job's id once the first one runs; it may be empty.
runner::asio::awaitable<tasks::Verdict> perform_supervised(const tasks::Task& task, tasks::Arguments arguments,
                                                           runner::Link& link,
                                                           std::function<void(const std::string& id)> begun);

}  // namespace cef::remote
