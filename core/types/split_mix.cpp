// SPDX-License-Identifier: Apache-2.0
#include "core/types/split_mix.hpp"

namespace forkmap::types {

std::uint64_t splitmix64(std::uint64_t state) noexcept {
  std::uint64_t mixed = state + 0x9e3779b97f4a7c15u;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return mixed ^ (mixed >> 31);
}

std::uint64_t item_seed(std::uint64_t run_seed, std::uint64_t index) noexcept {
  return splitmix64(run_seed ^ splitmix64(index));
}

}  // namespace forkmap::types
