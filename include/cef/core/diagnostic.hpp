// Something to say about a place in a file that a user wrote.
#pragma once

#include <string>

namespace cef {

struct Diagnostic {
  std::string file;
  int line = 0;    // from 1; 0 when it concerns the whole file
  int column = 0;  // from 1; 0 when unknown
  std::string message;
};
/// `file:line:column: message`, leaving out what is 0.
std::string show(const Diagnostic& diagnostic);

}  // namespace cef
