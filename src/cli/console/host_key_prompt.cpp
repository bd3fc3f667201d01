#include "host_key_prompt.hpp"

#include "terminal.hpp"

#include <cef/core/descriptor.hpp>
#include <cef/core/text.hpp>
#include <cef/inventory/host_set.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace cef::cli {

using transport::HostKey;

namespace {

// Opened anew: O_NONBLOCK on standard input would be seen by every process that shares it, the shell too.
int open_keyboard() { return ::open("/dev/tty", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY); }

std::vector<std::string> hosts_of(const std::vector<transport::UnknownKey>& keys) {
  std::vector<std::string> hosts;
  for (const auto& key : keys) hosts.push_back(key.host);
  return hosts;
}

}  // namespace

bool can_ask() {
  const Descriptor keyboard(open_keyboard());
  return ::isatty(STDERR_FILENO) == 1 && keyboard.get() >= 0 && is_in_foreground(keyboard.get());
}

std::string show_keys(const std::vector<transport::UnknownKey>& keys, std::size_t most) {
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
  std::vector<std::string> rest;
  for (const auto& group : groups) {
    if (most == 0) {
      rest.insert(rest.end(), group.second.begin(), group.second.end());
      continue;
    }
    --most;
    const HostKey& key = group.first;
    const std::vector<std::string>& hosts = group.second;
    const auto& first = *std::find_if(keys.begin(), keys.end(), [&key](const auto& k) { return k.key == key; });
    const std::string where = hosts.size() == 1 ? fmt::format("{} port {}", first.address, first.port)
                                                : fmt::format("{} hosts, one key", hosts.size());
    text += fmt::format("  {}  {}\n      {} {}\n", inventory::fold(hosts), where, key.type, fingerprint(key));
  }
  if (!rest.empty()) text += fmt::format("  and {} more: {}\n", rest.size(), inventory::fold(rest));
  return text;
}

std::string question_about(const std::vector<transport::UnknownKey>& keys) {
  if (keys.size() == 1) return "Trust it and remember it? (yes/no) ";
  return fmt::format("Trust all {} and remember them? (yes/no, {}or some hosts by name) ", keys.size(),
                     keys.size() > most_keys_shown ? "show for all of them, " : "");
}

// As ssh: anything but an answer is asked again.
KeyAnswer read_key_answer(std::string_view line, const std::vector<transport::UnknownKey>& keys) {
  using What = KeyAnswer::What;
  const std::string said = lower(trim(line));
  if (said == "yes" || said == "y") return {What::trusted, hosts_of(keys)};
  if (said == "no" || said == "n") return {What::trusted};
  if (said == "show") return {What::show};
  const std::string unclear =
      keys.size() == 1 ? "Please type yes or no: " : "Please type yes or no, or names of these hosts: ";
  if (keys.size() == 1 || said.empty()) return {What::unclear, {}, unclear};
  const auto known = hosts_of(keys);
  KeyAnswer answer{What::trusted};
  for (std::string_view rest = trim(line); !rest.empty(); rest = trim(rest)) {
    const std::size_t blank = std::min(rest.find(' '), rest.size());
    std::string_view set = rest.substr(0, blank);
    rest.remove_prefix(blank);
    if (set.ends_with(',')) set.remove_suffix(1);
    if (set.empty()) continue;
    const auto names = inventory::expand(set);
    if (!names) return {What::unclear, {}, unclear};
    for (const std::string& name : *names) {
      if (std::ranges::find(known, name) == known.end())
        return {What::unclear, {}, fmt::format("'{}' is none of these hosts. {}", name, unclear)};
      answer.hosts.push_back(name);
    }
  }
  return answer;
}

AnswerReader::AnswerReader(asio::io_context& io, std::function<bool(std::string_view)> take)
    : terminal_(io), take_(std::move(take)) {
  boost::system::error_code failed;
  const int fd = open_keyboard();
  if (fd >= 0) terminal_.assign(fd, failed);
  read();  // fails for a terminal that has gone
}

void AnswerReader::read() {
  terminal_.async_read_some(asio::buffer(bytes_), [this](boost::system::error_code error, std::size_t size) {
    if (error == asio::error::operation_aborted) return;
    if (error) return (void)std::exchange(take_, {})("no");
    typed_.append(bytes_.data(), size);
    take_lines();
  });
}

void AnswerReader::take_lines() {
  for (auto stop = typed_.find('\n'); stop != std::string::npos; stop = typed_.find('\n')) {
    const std::string line = typed_.substr(0, stop);
    typed_.erase(0, stop + 1);
    auto take = std::move(take_);
    if (take(line)) return;  // and the reader has gone
    take_ = std::move(take);
  }
  read();
}

}  // namespace cef::cli
