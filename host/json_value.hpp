// SPDX-License-Identifier: Apache-2.0
//
// Values as JSON. Integers are written in full; nan and inf, which JSON does not have, are strings;
// bytes, and text that is not UTF-8, are {"base64": "..."}.
#pragma once

#include <forkmap/plugin.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/types/signature.hpp"

namespace forkmap::host {

[[nodiscard]] std::string base64(std::string_view bytes);
// Nothing if it is none that base64() has written.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

// A string, or {"base64": ...}.
void append_json_text(std::string_view text, std::string& out);
void append_json_bytes(std::string_view bytes, std::string& out);
void append_json_value(types::Type type, const forkmap_column& column, std::uint64_t item,
                       std::string& out);

}  // namespace forkmap::host
