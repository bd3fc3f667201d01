#include "complete.hpp"

#include <algorithm>
#include <cstring>

namespace cef::cli::complete {

namespace shells_parts {
namespace {

constexpr std::string_view bash = R"shell(# Completion of cef for bash: source <(cef completion bash)
_cef() {
  local -a answer
  mapfile -t answer < <(cef completion bash -- "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
  COMPREPLY=("${answer[@]:1}")
  case ${answer[0]-} in
    files) compopt -o default ;;
    folders) compopt -o dirnames ;;
    words | ordered)
      [[ ${answer[0]} == words ]] || compopt -o nosort
      [[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *[=,:] ]] || compopt -o nospace
      ;;
  esac
}
complete -F _cef cef
)shell";

constexpr std::string_view zsh = R"shell(#compdef cef
# Completion of cef for zsh: source <(cef completion zsh), or this file as _cef in a folder of $fpath.
_cef() {
  local -a answer texts shown open open_shown as_told
  local line text
  answer=("${(@f)$(cef completion zsh -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  case $answer[1] in
    ordered) as_told=(-V cef) ;;
    files) [[ $PREFIX == --*=* ]] && compset -P '*='; _files; return ;;
    folders) [[ $PREFIX == --*=* ]] && compset -P '*='; _files -/; return ;;
  esac
  for line in "${(@)answer[2,-1]}"; do
    text=${line%%$'\t'*}
    line=${line/$'\t'/  -- }
    (($#line < COLUMNS)) || line="${${line[1,COLUMNS-4]}% *}..."
    if [[ $text == *[=,:] ]]; then
      open+=("$text") open_shown+=("$line")
    else
      texts+=("$text") shown+=("$line")
    fi
  done
  (($#texts + $#open)) || return 1
  (($#texts)) && compadd $as_told -l -d shown -a texts
  (($#open)) && compadd -S '' -l -d open_shown -a open
  return 0
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _cef "$@"
else
  compdef _cef cef
fi
)shell";

constexpr std::string_view fish = R"shell(# Completion of cef for fish: cef completion fish | source
function __cef_complete
    set -l typed (commandline -ct)
    # As the word it becomes, with the quotation marks that are open closed.
    set -l token (string unescape -- $typed; or string unescape -- $typed\'; or string unescape -- $typed\")
    set -l answer (cef completion fish -- (commandline -opc)[2..-1] "$token" 2>/dev/null)
    set -l before (string match -r -- '^--[^=]+=' "$token")
    set -l path (string replace -r -- '^--[^=]+=' '' "$token")
    switch "$answer[1]"
        case files
            printf "$before%s\n" (__fish_complete_path "$path")
        case folders
            printf "$before%s\n" (__fish_complete_directories "$path" '')
        case '*'
            string join \n -- $answer[2..-1]
    end
end
complete -c cef -k -f -a '(__cef_complete)'
)shell";

// Signs that bash would read; those of sets are left, which match no file.
std::string for_bash(const std::string& text, char open_quote) {
  const std::string_view signs = open_quote == '\'' ? "" : open_quote ? "\"\\$`" : " \t'\"\\$&;()<>|*?#!`~";
  std::string out;
  for (const char c : text) {
    if (open_quote == '\'' && c == '\'') out += "'\\'";  // between two quotations
    if (signs.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

const char* word_for(const Answer& answer) {
  if (answer.kind == Answer::Kind::files) return "files\n";
  if (answer.kind == Answer::Kind::folders) return "folders\n";
  return answer.ordered ? "ordered\n" : "words\n";
}

// On one line, and without a tab.
std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text;
}

}  // namespace
}  // namespace shells_parts

std::string_view script_for(std::string_view shell) {
  if (shell == "bash") return shells_parts::bash;
  if (shell == "zsh") return shells_parts::zsh;
  return shell == "fish" ? shells_parts::fish : std::string_view();
}

std::string reply(std::string_view shell, const std::vector<std::string>& words) {
  using namespace shells_parts;
  std::string text;
  if (shell == "bash") {
    if (words.size() != 2) return "";
    Typed typed = split_line(words[0], words[1]);
    if (typed.words.size() < 2) return "";
    typed.words.erase(typed.words.begin());
    const Answer answer = complete(typed.words);
    text = word_for(answer);
    for (const Candidate& each : answer.candidates)
      if (each.text.size() > typed.kept)
        text += for_bash(one_line(each.text.substr(typed.kept)), typed.open_quote) + '\n';
    return text;
  }
  Answer answer = complete(words);
  // fish, which is told to keep the order of some, keeps that of all.
  if (shell == "fish" && !answer.ordered)
    std::ranges::stable_sort(answer.candidates, [](const Candidate& one, const Candidate& other) {
      return ::strverscmp(one.text.c_str(), other.text.c_str()) < 0;
    });
  text = word_for(answer);
  for (const Candidate& each : answer.candidates) {
    text += one_line(each.text);
    if (!each.about.empty()) text += '\t' + one_line(each.about);
    text += '\n';
  }
  return text;
}

}  // namespace cef::cli::complete
