// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/types/signature.hpp"
#include "host/options/result_form.hpp"
#include "host/output/accumulator.hpp"

namespace forkmap::host {

class Diagnostics;

// How the value of a reduction is written.
struct ReducedForm {
  Reduction reduction = Reduction::none;
  Format format = Format::lines;
  char terminator = '\n';  // of lines
  bool is_float = false;
  bool is_single = false;  // of 32 bits
};
[[nodiscard]] ReducedForm reduced_form(Reduction reduction, Format format, char terminator,
                                       const types::Signature& function);

// The end of a reduction: appends the value, or says why there is none: an item failed, or there
// was none. False if the value has left 128 bits.
[[nodiscard]] bool end_reduction(const Accumulator& accumulator, const ReducedForm& form,
                                 std::uint64_t failed, std::string& out, Diagnostics& diagnostics);

}  // namespace forkmap::host
