// SPDX-License-Identifier: Apache-2.0
#include "host/text/item_text.hpp"

#include <forkmap/plugin.h>

#include "core/types/blank_runs.hpp"
#include "core/types/quoted_text.hpp"
#include "core/types/text_format.hpp"

namespace forkmap::host {

namespace {

std::string_view without_cr(std::string_view text, bool raw) {
  if (!raw && text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char delimiter) {
  std::vector<std::string_view> parts;
  if (delimiter == types::kBlankRuns) {
    while (const auto field = types::next_field(text)) parts.push_back(*field);
    return parts;
  }
  for (;;) {
    const std::size_t end = text.find(delimiter);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string shown_item(std::string_view text, char delimiter, ItemCut cut) {
  const std::size_t limit_bytes =
      cut == ItemCut::none ? std::string_view::npos : types::kQuotedLimitBytes;
  if (delimiter != '\0') return types::quoted(text, limit_bytes);
  std::string shown;
  for (const std::string_view part : split(text, '\0')) {
    shown += (shown.empty() ? "" : ", ") + types::quoted(part, limit_bytes);
  }
  return shown;
}

void append_tag(std::string_view text, char delimiter, bool raw, std::string& out) {
  if (delimiter != '\0') {
    out += without_cr(text, raw);
    return;
  }
  bool first = true;
  for (const std::string_view part : split(text, '\0')) {
    if (!first) out += '\t';
    first = false;
    if (raw) {
      out += part;
    } else {
      types::append_escaped(part, out);
    }
  }
}

std::vector<std::string_view> columns_of(std::string_view text, char delimiter, bool raw,
                                         const types::Signature& signature) {
  // Arguments are verbatim.
  text = without_cr(text, raw || delimiter == '\0');
  const bool lone = signature.arguments.size() == 1;
  const std::uint32_t code = signature.arguments.front().code;
  if (lone && (code == FORKMAP_STR || code == FORKMAP_BYTES)) return {text};
  return split(text, delimiter);
}

}  // namespace forkmap::host
