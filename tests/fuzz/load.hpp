// An inventory from one text, as load() makes it from files.
#pragma once

#include "fuzz.hpp"
#include "loaders.hpp"
#include "resolve.hpp"

#include <cef/inventory/load.hpp>

template <class Load>
void load_inventory(Load load) {
  using namespace cef::inventory;
  Problems problems;
  Draft draft(problems);
  load(draft, problems);
  draft.reconcile();
  VarsFiles files({}, problems);
  const Inventory inventory = resolve(draft, files, problems);
  for (const cef::Diagnostic& error : problems.errors()) require(!show(error).empty());
  if (!problems.errors().empty()) return;
  (void)list_json(inventory);
  (void)graph(inventory);
}
