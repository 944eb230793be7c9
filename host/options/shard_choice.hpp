// SPDX-License-Identifier: Apache-2.0
//
// --shard: which items of its input a run takes, and how its number gets into names of files.
#pragma once

#include <cstdint>
#include <string>

#include "host/options/launcher.hpp"
#include "host/options/shard.hpp"

namespace forkmap::host {

struct ShardChoice {
  enum class Origin : std::uint8_t {
    none,   // the option was not given
    given,  // K/N
    array,  // auto: by the element of an array of jobs
    tasks   // auto: by the rank among tasks that were started together
  };
  Origin origin = Origin::none;
  Shard shard = {};

  [[nodiscard]] bool is_automatic() const noexcept {
    return origin == Origin::array || origin == Origin::tasks;
  }
};

// "2/4", or "auto", which asks the launcher. Throws UsageError.
[[nodiscard]] ShardChoice choose_shard(const std::string& text, const Variables& variables);

// "07" of 12: as wide as the number of shards, so that names sort in the order of the shards.
[[nodiscard]] std::string shard_number(const Shard& shard);

// The name that `option` gives to a file, with the shard's number in the place of each "{shard}".
// Throws UsageError for that without --shard.
[[nodiscard]] std::string name_with_shard(const std::string& option, const std::string& name,
                                          const ShardChoice& choice);

// Throws UsageError for the name of a file that all shards of --shard auto would write.
void require_own_name(const std::string& option, const std::string& name,
                      const ShardChoice& choice);

}  // namespace forkmap::host
