#include "fuzz.hpp"
#include "judge_banner.hpp"

using namespace cef::transport;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = text_of(data, size);
  for (const bool closed : {false, true}) {
    const Judgement judgement = judge_banner(text, closed);
    require(judgement.skip <= text.size());
    require(!closed || judgement.verdict != Judgement::Verdict::more);
    if (judgement.verdict == Judgement::Verdict::ssh) require(text.substr(judgement.skip).starts_with("SSH-"));
    if (judgement.verdict == Judgement::Verdict::failed) require(!judgement.error.message.empty());
  }
  return 0;
}
