// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace forkmap::host {

// Any bytes as the content of an HTML element or of a quoted attribute. Markup is escaped; what is
// not UTF-8, control characters and marks that turn the direction of text are shown as \xNN, or
// \u{NNNN}; a newline stays one.
void append_html(std::string_view text, std::string& out);
[[nodiscard]] std::string html_text(std::string_view text);

}  // namespace forkmap::host
