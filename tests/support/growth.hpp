// Whether work grows with its size and no faster, however fast or busy the machine is.
#pragma once

#include <ctime>
#include <functional>

namespace cef::testing {

/// True when `work(10 * size)` costs less than forty times the processor time of `work(size)`: ten times where the cost
/// grows with the size, a hundred times with its square. The best of a few tries, for small work is soon disturbed.
inline bool grows_evenly(int size, const std::function<void(int)>& work) {
  const auto cost = [&](int of) {
    const std::clock_t start = std::clock();
    work(of);
    return std::clock() - start;
  };
  for (int attempt = 0; attempt < 5; ++attempt) {
    const auto small = cost(size);
    if (cost(10 * size) < 40 * small) return true;
  }
  return false;
}

}  // namespace cef::testing
