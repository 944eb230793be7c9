// SPDX-License-Identifier: Apache-2.0
//
// The parameters of a run, and which of them functions and hooks have asked for; also what else
// they have asked for.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/asked_names.hpp"

namespace forkmap::types {

// 1 once its parameter was asked for. Set by whatever process runs plugin code, read by the host.
using AskedMark = std::atomic<std::uint8_t>;
static_assert(AskedMark::is_always_lock_free && sizeof(AskedMark) == 1);  // it may be shared memory

// Where processes leave what they have asked for.
struct AskedMemory {
  std::shared_ptr<AskedMark[]> marks = nullptr;     // one for each value
  std::shared_ptr<AskedNames> not_given = nullptr;  // null: they are not kept
};

class Parameters {
 public:
  using Values = std::map<std::string, std::string>;

  // What other processes ask for is not seen here.
  explicit Parameters(const Values& values);
  // `memory`: of all processes that ask; as many marks as there are values, all 0.
  Parameters(const Values& values, AskedMemory memory);

  // The value; null if none was given. Allocates nothing and calls no system. Any thread.
  [[nodiscard]] const std::string* ask(std::string_view name) const noexcept;
  // Names in order of the alphabet.
  [[nodiscard]] std::vector<std::string> never_asked() const;
  // Names that were asked for and not given, as far as they are kept; in order of the alphabet.
  [[nodiscard]] std::vector<std::string> not_given() const;

 private:
  struct Given {
    std::string value;
    AskedMark* mark;
  };
  AskedMemory memory_;
  std::map<std::string, Given, std::less<>> given_;
};

}  // namespace forkmap::types
