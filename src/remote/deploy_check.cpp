#include "deploy_check.hpp"

#include "words.hpp"

#include <cef/core/text.hpp>

#include <algorithm>

namespace cef::remote {

namespace {

constexpr const char* versions_script = R"sh(
dest=$1 name=$2
echo "link $(readlink "$dest/$name" 2>/dev/null)"
cd "$dest/.cef-models" 2>/dev/null && [ -f "order.$name" ] || exit 0
while read -r each; do
  [ -d "$dest/$each" ] && { read -r _ && read -r version; } 2>/dev/null <"notes/$each" && echo "has $each $version"
done <"order.$name"
exit 0
)sh";

}  // namespace

tasks::Step ask_for_versions(std::string dest, std::string name) {
  tasks::Script script;
  script.text = versions_script;
  script.arguments = {std::move(dest), std::move(name)};
  tasks::Step step;
  step.what = std::move(script);
  return step;
}

// As the script that puts a version into place does: those that served, the last one last; what was gone back from
// counts as older than that to which one went.
std::vector<std::string> versions_to_remove(std::string_view out, std::string_view folder, std::size_t keep) {
  std::vector<std::string> older, newer;
  std::string serving;
  bool met = false;
  const std::string_view own = folder.substr(folder.rfind('/') + 1);
  while (!out.empty()) {
    const std::string_view line = first_line(out);
    out.remove_prefix(std::min(line.size() + 1, out.size()));
    const auto words = words_of(line);
    if (words.size() == 2 && words[0] == "link") serving = words[1];
    if (words.size() != 3 || words[0] != "has" || words[1] == own) continue;
    (met ? newer : older).emplace_back(words[2]);
    met = met || words[1] == serving;
  }
  newer.insert(newer.end(), older.begin(), older.end());
  newer.resize(newer.size() + 1 > keep ? newer.size() + 1 - keep : 0);
  return newer;
}

std::string hint_for_fetch(std::string_view message, std::string_view url) {
  const auto at = message.find(url);
  const std::string_view said = at == std::string_view::npos ? message : message.substr(at + url.size());
  // wget says nothing.
  if (said.empty()) return "check the address; where it is right, the same command again goes on where it stopped";
  // Of curl, and of the wgets: the server has no such file, or nobody can tell what is meant.
  for (const char* words :
       {"error: 40", "error: 41", "HTTP/1.1 40", "HTTP/1.0 40", "HTTP/1.1 41", "Protocol", "Unsupported scheme",
        "Scheme missing", "not an http", "bad address", "malformed", "illegal format", "open file", "resolve host"})
    if (said.find(words) != std::string_view::npos && said.find("error: 408") == std::string_view::npos)
      return "check the address that --from-url has: nothing can be fetched from there";
  return "";
}

}  // namespace cef::remote
