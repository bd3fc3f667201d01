// What a host runs to receive a folder, in steps with a connection's command each: it tells what it has, takes
// what it lacks into a folder beside the target, and puts that in place.
#pragma once

#include <cef/remote/transfer.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace cef::remote {

/// Of the lists that the look is sent: paths of folders, each with a newline; of links, with their targets, so too; of
/// files, each with a NUL.
struct TreeLists {
  std::size_t folders = 0, links = 0;  // how many
  std::string text;
  std::string id;  // of all the names
  /// Of the files' hashes, a line each, when all are as they are here.
  std::string digest;
};

/// Whether the target is as the tree, by names, sizes and times: nothing is sent for it.
std::string tree_glance_line(const PushOrders& orders, const std::string& name);
/// `by`: a word of this transfer's own. What lies ready beside the target, be it nothing, is this transfer's from now
/// on, and whichever had it before leaves it alone.
std::string tree_look_line(const PushOrders& orders, const std::string& name, const TreeLists& lists, bool deletes,
                           const std::string& by);
/// Not `looked`: nothing is unpacked unless there is neither a target nor anything ready.
std::string tree_unpack_line(const PushOrders& orders, const std::string& name, const std::string& id, bool looked,
                             const std::string& by);
/// Whether what lies ready is `by` this transfer still.
std::string tree_still_line(const PushOrders& orders, const std::string& name, const std::string& by);
/// After a look upon which nothing is to be done.
std::string tree_drop_line(const PushOrders& orders, const std::string& name, const std::string& by);
/// `removed`: how many bytes are sent, of paths that are to go from the target, each with a NUL. `read_at`: when the
/// tree was read here, which the target keeps as its own time; seconds since 1970. Nothing is
/// put in place that is not `by` this transfer.
std::string tree_settle_line(const PushOrders& orders, const std::string& name, std::size_t removed, unsigned mode,
                             std::int64_t read_at, const std::string& by);

}  // namespace cef::remote
