// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "host/source/build_options.hpp"
#include "host/source/compilation.hpp"
#include "host/source/debug_functions.hpp"
#include "host/source/source_word.hpp"

namespace forkmap::host {

// What a source file has, each with a reason against it, or an empty one.
struct ListedFunction {
  SourceFunction function;
  std::string reason;
};

// One source, and how a plugin is made of it.
class SourceBuild {
 public:
  // Throws UsageError if the file cannot be read, or there is no compiler.
  SourceBuild(const SourceWord& word, const BuildOptions& options);

  // Of all that the result depends on, but for the files that are included.
  [[nodiscard]] std::string key() const;
  // Leaves the plugin there; returns the files that were read. Throws UsageError, with the
  // compiler's messages or the reason.
  [[nodiscard]] std::vector<std::string> make(const BuildFolder& folder, const std::string& built);
  // What compilers have said though all was well, as it is shown; empty: nothing.
  [[nodiscard]] std::string warnings() const {
    return shown_messages(compilation_.warnings(), path_, word_.file);
  }
  [[nodiscard]] std::vector<ListedFunction> list(const BuildFolder& folder) const;

 private:
  SourceWord word_;
  std::string path_;  // without links
  bool is_plugin_;    // it has a descriptor of its own
  Compilation compilation_;
  Compiler own_;  // of the source

  [[noreturn]] void refuse(const std::string& messages) const;
  [[noreturn]] void refuse_function(const ListedFunction& one) const;
  [[noreturn]] void refuse_name(const std::vector<ListedFunction>& listed) const;
  [[nodiscard]] bool is_name_of(const SourceFunction& function) const;
  [[nodiscard]] std::vector<SourceFunction> callable(const BuildFolder& folder) const;
  void compile_plugin(const BuildFolder& folder, const std::string& built);
  void make_of_one(const BuildFolder& folder, const std::string& built);
  void make_of_listed(const BuildFolder& folder, const std::string& built,
                      const std::vector<SourceFunction>& functions);
  [[nodiscard]] std::string compile_source(const BuildFolder& folder,
                                           const std::vector<SourceFunction>& functions);
};

// It is a plugin already.
[[nodiscard]] bool has_own_descriptor(const std::string& file);

}  // namespace forkmap::host
