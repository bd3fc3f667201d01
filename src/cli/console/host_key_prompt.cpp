#include "host_key_prompt.hpp"

#include <cef/core/descriptor.hpp>
#include <cef/inventory/host_set.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace cef::cli {

using transport::HostKey;

namespace {

// Opened anew: O_NONBLOCK on standard input would be seen by every process that shares it, the shell too.
int open_keyboard() { return ::open("/dev/tty", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY); }

// As ssh: anything but yes and no is asked again.
std::optional<bool> answer_in(std::string_view line) {
  for (const std::string_view yes : {"yes", "y", "YES", "Yes"})
    if (line == yes) return true;
  for (const std::string_view no : {"no", "n", "NO", "No"})
    if (line == no) return false;
  return std::nullopt;
}

}  // namespace

bool can_ask() { return ::isatty(STDERR_FILENO) == 1 && Descriptor(open_keyboard()).get() >= 0; }

std::string show_keys(const std::vector<transport::UnknownKey>& keys) {
  // Nodes made from one image have one key: they are shown together, and so that nobody overlooks it.
  std::vector<std::pair<HostKey, std::vector<std::string>>> groups;
  for (const auto& key : keys) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == key.key; });
    if (same == groups.end())
      groups.push_back({key.key, {key.host}});
    else
      same->second.push_back(key.host);
  }
  std::string text = fmt::format("{} not known:\n", keys.size() == 1 ? "This host key is" : "These host keys are");
  for (const auto& group : groups) {
    const HostKey& key = group.first;
    const std::vector<std::string>& hosts = group.second;
    const auto& first = *std::find_if(keys.begin(), keys.end(), [&key](const auto& k) { return k.key == key; });
    const std::string where = hosts.size() == 1 ? fmt::format("{} port {}", first.address, first.port)
                                                : fmt::format("{} hosts, one key", hosts.size());
    text += fmt::format("  {}  {}\n      {} {}\n", inventory::fold(hosts), where, key.type, fingerprint(key));
  }
  return text;
}

std::string question_about(const std::vector<transport::UnknownKey>& keys) {
  return fmt::format("Trust {} and remember {}? (yes/no) ",
                     keys.size() == 1 ? "it" : fmt::format("all {}", keys.size()), keys.size() == 1 ? "it" : "them");
}

AnswerReader::AnswerReader(asio::io_context& io, std::function<void(bool)> answer, std::function<void()> unclear)
    : terminal_(io), answer_(std::move(answer)), unclear_(std::move(unclear)) {
  boost::system::error_code failed;
  const int fd = open_keyboard();
  if (fd >= 0) terminal_.assign(fd, failed);
  read();  // fails for a terminal that has gone
}

void AnswerReader::read() {
  terminal_.async_read_some(asio::buffer(bytes_), [this](boost::system::error_code error, std::size_t size) {
    if (error == asio::error::operation_aborted) return;
    if (error) return end(false);
    typed_.append(bytes_.data(), size);
    take_lines();
  });
}

void AnswerReader::take_lines() {
  for (auto stop = typed_.find('\n'); stop != std::string::npos; stop = typed_.find('\n')) {
    const std::string line = typed_.substr(0, stop);
    typed_.erase(0, stop + 1);
    if (const auto answer = answer_in(line)) return end(*answer);
    unclear_();
  }
  read();
}

// The reader may be gone once the answer is told.
void AnswerReader::end(bool yes) {
  const auto answer = std::move(answer_);
  answer(yes);
}

}  // namespace cef::cli
