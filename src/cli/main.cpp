#include "app.hpp"

#include <cef/core/huge_pages.hpp>

#include <exception>
#include <fcntl.h>
#include <malloc.h>
#include <string>
#include <system_error>
#include <unistd.h>

namespace {

// Standard streams that were closed: the next file opened would be taken for one, and results written into the journal.
// Their use fails as that of a closed one does, because each is opened the wrong way round.
void fill_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd)
    if (::fcntl(fd, F_GETFD) < 0) (void)!::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

}  // namespace

int main(int argc, char** argv) {
  fill_standard_streams();
#ifdef M_ARENA_MAX
  mallopt(M_ARENA_MAX, 2);  // each reserves 64 MiB of addresses, and most threads do nothing but wait
#endif
  cef::use_huge_pages(std::size_t{256} << 20);
  try {
    return cef::cli::run_program({argv + 1, argv + argc});
  } catch (const std::system_error& refused) {  // a thread, as a rule
    return cef::cli::complain({cef::Code::io_failed, std::string("the system refuses: ") + refused.what(),
                               "look at the limits that were set (ulimit -a) and at the free memory"});
  } catch (const std::exception& bug) {
    return cef::cli::complain({cef::Code::internal, bug.what(), ""});
  }
}
