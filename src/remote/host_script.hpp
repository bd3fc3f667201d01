// Pieces of the scripts by which hosts receive and send files: POSIX sh, for BusyBox too. They are put together to one
// line, which crosses the user's login shell in quotes.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace cef::remote::script {

/// have NAME; fail WORDS (says them, and ends); facts PATH: what ls tells of it, in $fm (type and mode), $fl (links),
/// $fu, $fg (owner and group, as numbers) and $fs (size); avail WORDS: of df's.
extern const std::string_view tools;
/// $tool, and sum: of its input, as the first word. $size: of what will be hashed.
extern const std::string_view hashing;
/// $t without a tilde, and no option for any tool.
extern const std::string_view home;
/// $t, as cp names its target: in a folder $name; a symbolic link is followed.
extern const std::string_view place;
/// Of $t: $d its folder, $part and $lock beside it, and $uid, who writes.
extern const std::string_view beside;
/// take: gets the lock, or says why not in $why; release. Who has it now is ended.
extern const std::string_view locking;

/// As one line.
std::string joined(std::initializer_list<std::string_view> parts);

}  // namespace cef::remote::script
