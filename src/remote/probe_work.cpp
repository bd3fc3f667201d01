#include <cef/core/text.hpp>
#include <cef/probes/probe.hpp>
#include <cef/remote/probe_work.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cef::remote {

runner::Work probe_work(std::string command_line, Result<Value> (*parse)(std::string_view text)) {
  return [text = std::move(command_line), parse](
             runner::Link& link, transport::Session& session) -> transport::asio::awaitable<runner::Outcome> {
    runner::Outcome outcome;
    auto command = link.job().command(text, link.job().become);  // root sees more
    command.streams.output_limit = std::size_t{1} << 20;
    const auto ran = co_await session.exec(std::move(command), link.deadline());
    if (!ran) {
      outcome.error = ran.error();
      co_return outcome;
    }
    const auto body = probes::framed(ran->out);
    auto record = body ? parse(*body) : Result<Value>(Unexpected(body.error()));
    if (record) {
      outcome.data = std::move(*record);
      if (outcome.data.is_null()) outcome.status = Status::skipped;  // it has nothing of the kind
    } else {
      outcome.error = std::move(record.error());
      if (outcome.error->code == Code::unexpected_output) {
        std::string_view said = trim(ran->err);
        if (said.empty() && !body) said = trim(ran->out);  // of what stands in the shell's place, as nologin does
        if (!body && ran->status != 0) outcome.error->message += fmt::format(" (exit status {})", ran->status);
        if (!said.empty()) outcome.error->message += fmt::format(": {}", first_line(said).substr(0, 200));
      }
    }
    co_return outcome;
  };
}

}  // namespace cef::remote
