#include "app.hpp"

#include <exception>

int main(int argc, char** argv) {
  try {
    return cef::cli::run_program({argv + 1, argv + argc});
  } catch (const std::exception& bug) {
    return cef::cli::complain({cef::Code::internal, bug.what(), ""});
  }
}
