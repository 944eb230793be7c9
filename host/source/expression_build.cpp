// SPDX-License-Identifier: Apache-2.0
#include "host/source/expression_build.hpp"

#include "host/cli/usage_error.hpp"

namespace forkmap::host {

std::string ExpressionBuild::key() const {
  BuildKey key;
  key.add_surroundings();
  key.add("-e");
  key.add(plugin_of(expression_));
  key.add(compilation_.linker());
  key.add(compilation_.build_words());
  return key.text();
}

std::vector<std::string> ExpressionBuild::make(const BuildFolder& folder,
                                               const std::string& built) {
  // A number that does not fit costs its item, and is no other number.
  std::vector<std::string> flags = {"-fsanitize=signed-integer-overflow",
                                    "-fsanitize-undefined-trap-on-error"};
  append_words(flags, compilation_.linker().flags);
  // What the short text lacks, the long one may have: its messages are the user's.
  const bool is_made = has_numbers_alone(expression_) &&
                       !compilation_.link_text(folder, plain_plugin_of(expression_), flags, built);
  if (!is_made) {
    const auto messages = compilation_.link_text(folder, plugin_of(expression_), flags, built);
    if (messages) {
      throw UsageError("the expression cannot be compiled by " +
                       compilation_.linker().command.front() + ":" +
                       shown_messages(*messages, {}, {}));
    }
  }
  return compilation_.files_read(folder);
}

}  // namespace forkmap::host
