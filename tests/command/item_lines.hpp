// SPDX-License-Identifier: Apache-2.0
// Items for runs, a line each.
#pragma once

#include <string>

namespace forkmap::cli {

[[nodiscard]] std::string numbers(long first, long last);
[[nodiscard]] std::string numbers(long last);  // from 1
[[nodiscard]] std::string squares(long last);  // of those
[[nodiscard]] std::string same_items(int count, const std::string& text);

}  // namespace forkmap::cli
