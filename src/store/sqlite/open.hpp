// Opens one of cef's files.
#pragma once

#include "schema.hpp"

#include <cef/store/file.hpp>

namespace cef::store {

/// With the tables of `schema`. Errors: io_failed, naming the file; one of a newer cef is not touched.
Result<Database> open_database(DatabaseFile file, const Schema& schema, Access access, Milliseconds patience);

}  // namespace cef::store
