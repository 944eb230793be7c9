// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace forkmap::host {

// The style sheet of a report: light and dark, for narrow and wide windows.
[[nodiscard]] std::string_view report_style() noexcept;

}  // namespace forkmap::host
