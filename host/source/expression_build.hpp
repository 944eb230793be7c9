// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "host/source/build_options.hpp"
#include "host/source/compilation.hpp"
#include "host/source/expression.hpp"

namespace forkmap::host {

// How a plugin is made of an expression.
class ExpressionBuild {
 public:
  // Throws UsageError if it cannot be understood, or there is no compiler.
  ExpressionBuild(const std::string& text, const BuildOptions& options)
      : expression_(parse_expression(text)), compilation_(shell_words("--build", options.words)) {}

  [[nodiscard]] std::string key() const;
  // As SourceBuild does it.
  [[nodiscard]] std::vector<std::string> make(const BuildFolder& folder, const std::string& built);

  [[nodiscard]] std::string warnings() const {
    return shown_messages(compilation_.warnings(), {}, {});
  }

 private:
  Expression expression_;
  Compilation compilation_;
};

}  // namespace forkmap::host
