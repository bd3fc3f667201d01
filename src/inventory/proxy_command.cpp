#include "ssh_args.hpp"
#include "words.hpp"

#include <cef/core/file.hpp>
#include <cef/inventory/proxy_command.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <unistd.h>
#include <vector>

namespace cef::inventory {

namespace {

using Words = std::vector<std::string>;

// What a shell would not take for a part of a name; ssh refuses such names too.
bool is_plain_name(std::string_view name) {
  constexpr std::string_view special = "'`\"$\\;&<>|(){}*?!#";
  return !name.starts_with('-') && std::none_of(name.begin(), name.end(), [&](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || special.find(c) != std::string_view::npos;
  });
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// The command without the redirection that keeps it quiet; empty when a shell would do more than split it.
std::string plain_command(std::string_view command) {
  const auto trim = [&command] {
    while (command.ends_with(' ') || command.ends_with('\t')) command.remove_suffix(1);
  };
  trim();
  for (const std::string_view quiet : {"2>/dev/null", "2> /dev/null"})
    if (command.ends_with(quiet)) command.remove_suffix(quiet.size());
  trim();
  return command.find_first_of("|&;<>()$`\\*?#!\n{}") == std::string_view::npos ? std::string(command) : "";
}

// ssh's own command line: its options, the host, and what is run there.
class ProxySsh {
 public:
  explicit ProxySsh(const SshTokens& tokens) : tokens_(tokens) {}

  std::optional<ProxyJump> read(const Words& words) {
    const std::size_t program = !words.empty() && words.front() == "exec" ? 1 : 0;
    if (words.size() <= program || base_name(words[program]) != "ssh") return std::nullopt;
    for (at_ = program + 1; at_ < words.size(); ++at_) {
      if (words[at_].starts_with('-') && words[at_].size() > 1) {
        if (!take_options(words)) return std::nullopt;
      } else if (jump_.host.empty()) {
        if (!expand(words[at_], jump_.host)) return std::nullopt;
      } else {
        break;
      }
    }
    if (jump_.host.empty() || forwards_ == (at_ < words.size())) return std::nullopt;
    if (!forwards_ && !passes_on(words)) return std::nullopt;
    Reading reading;
    read_ssh_words(options_, jump_.settings, reading);
    if (!reading.error.empty() || !reading.warnings.empty()) return std::nullopt;
    return std::move(jump_);
  }

 private:
  // One word: letters without a value, or the last one with it.
  bool take_options(const Words& words) {
    const std::string word = words[at_];
    for (std::size_t i = 1; i < word.size(); ++i) {
      constexpr std::string_view meaningless = "46AaCkNnqTvx", with_value = "WFiolpJ";
      if (meaningless.find(word[i]) != std::string_view::npos) continue;
      if (with_value.find(word[i]) == std::string_view::npos) return false;
      if (i + 1 == word.size() && ++at_ == words.size()) return false;
      return take(word[i], i + 1 < word.size() ? word.substr(i + 1) : words[at_]);
    }
    return true;
  }
  bool take(char option, const std::string& value) {
    if (option == 'W') return forwards_ = value == "%h:%p" || value == "[%h]:%p";
    std::string expanded;
    if (!expand(value, expanded)) return false;
    if (option == 'F')
      jump_.ssh_config = expanded;
    else
      options_.insert(options_.end(), {std::string{'-', option}, expanded});
    return true;
  }
  bool expand(const std::string& word, std::string& to) const {
    auto expanded = expand_proxy_command(word, tokens_);
    if (expanded) to = std::move(*expanded);
    return expanded.has_value();
  }

  // `nc [-q seconds] [-w seconds] [-N] %h %p`, in one word or several.
  bool passes_on(const Words& words) const {
    std::string line;
    for (std::size_t i = at_; i < words.size(); ++i) line += words[i] + ' ';
    const auto split = split_words(plain_command(line));
    if (!split || split->empty()) return false;
    std::size_t i = split->front() == "exec" ? 1 : 0;
    if (i == split->size()) return false;
    const std::string_view program = base_name((*split)[i]);
    if (program != "nc" && program != "netcat" && program != "ncat") return false;
    for (++i; i < split->size() && (*split)[i].starts_with('-'); ++i) {
      const std::string& word = (*split)[i];
      if (word == "-q" || word == "-w")
        ++i;
      else if (word != "-N" && !word.starts_with("-q") && !word.starts_with("-w"))
        return false;
    }
    return split->size() == i + 2 && (*split)[i] == "%h" && (*split)[i + 1] == "%p";
  }

  const SshTokens& tokens_;
  ProxyJump jump_;
  Words options_;
  std::size_t at_ = 0;
  bool forwards_ = false;
};

}  // namespace

std::optional<ProxyJump> jump_of_proxy_command(std::string_view command, const SshTokens& tokens) {
  const auto words = split_words(plain_command(command));
  if (!words) return std::nullopt;
  return ProxySsh(tokens).read(*words);
}

Result<std::string> expand_proxy_command(std::string_view command, const SshTokens& tokens) {
  const auto failed = [command](std::string why) {
    return Unexpected(Error{Code::jump_failed, fmt::format("ProxyCommand '{}': {}", command, why),
                            "cef does not log in another way than the one that is set"});
  };
  std::string result;
  for (std::size_t i = 0; i < command.size(); ++i) {
    if (command[i] != '%') {
      result += command[i];
      continue;
    }
    std::optional<std::string> name;  // which must be no more than that
    switch (++i < command.size() ? command[i] : '\0') {
      case '%':
        result += '%';
        break;
      case 'h':
      case 'k':
        name = tokens.host;
        break;
      case 'n':
        name = tokens.original;
        break;
      case 'r':
        name = tokens.remote_user;
        break;
      case 'u':
        name = tokens.local_user;
        break;
      case 'p':
        result += std::to_string(tokens.port);
        break;
      case 'i':
        result += std::to_string(::getuid());
        break;
      case 'd':
        result += expand_user("~").string();
        break;
      default:
        return failed(fmt::format("its token %{} is not known here", i < command.size() ? command.substr(i, 1) : ""));
    }
    if (!name) continue;
    if (!is_plain_name(*name)) return failed(fmt::format("'{}' is not a name that a shell could be given", *name));
    result += *name;
  }
  return result;
}

}  // namespace cef::inventory
