// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/installation.hpp"

namespace forkmap::host {

enum class Language : std::uint8_t { cxx, c, fortran };

// What a compiler is told to make a plugin: hidden symbols, so that a plugin exports its descriptor
// only; and with GCC no unique symbols, which plugins would share in spite of RTLD_LOCAL.
[[nodiscard]] std::vector<std::string> compiler_flags(const Installation& installation,
                                                      Language language);

}  // namespace forkmap::host
