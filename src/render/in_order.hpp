// Results as text in inventory order, each as soon as all before it are there: nothing is held back for the end.
#pragma once

#include "plan.hpp"

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace cef::render {

class InOrder {
 public:
  /// `write` gets the texts.
  InOrder(const Plan& plan, std::function<void(std::string)> write);

  /// False where the order is not known before the end: with --sort, or without the view's hosts. Then add() is not to
  /// be called.
  bool possible() const { return !places_.empty(); }
  /// A host that is not to be shown has no text. One that is not among the view's hosts comes after all of them.
  void add(const std::string& host, std::optional<std::string> text);

 private:
  struct Slot {
    bool done = false;
    std::optional<std::string> text;
  };
  std::function<void(std::string)> write_;
  std::unordered_map<std::string, std::size_t> places_;
  std::vector<Slot> slots_;
  std::size_t next_ = 0;  // the first that has not been written
};

}  // namespace cef::render
