// What a host runs to receive a folder, in three steps with a connection's command each: it tells what it has, takes
// what it lacks into a folder beside the target, and puts that in place.
#pragma once

#include <cef/remote/transfer.hpp>

#include <cstddef>
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

std::string tree_look_line(const PushOrders& orders, const std::string& name, const TreeLists& lists, bool deletes);
std::string tree_unpack_line(const PushOrders& orders, const std::string& name, const std::string& id);
/// `verified`: bytes of the first of two lists that are sent, of files to be hashed; `removed`: bytes of the second, of
/// what is to go from the target. `digest`: what is to come of the first, or empty for what is not hashed.
std::string tree_settle_line(const PushOrders& orders, const std::string& name, std::size_t verified,
                             const std::string& digest, std::size_t removed, unsigned mode);

}  // namespace cef::remote
