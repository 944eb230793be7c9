// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/io/child_output.hpp"
#include "host/source/build_folder.hpp"
#include "host/source/compiler.hpp"

namespace forkmap::host {

// Runs compilers for one plugin, and keeps account of the files that they have read.
class Compilation {
 public:
  // `build_words`: what the user wants all of them to be told.
  explicit Compilation(std::vector<std::string> build_words)
      : build_words_(std::move(build_words)), linker_(compiler_of(Language::cxx)) {}

  [[nodiscard]] const std::vector<std::string>& build_words() const noexcept {
    return build_words_;
  }
  // C++'s, which links.
  [[nodiscard]] const Compiler& linker() const noexcept { return linker_; }

  [[nodiscard]] static ChildOutput run(const std::vector<std::string>& command) {
    return child_output(command, {}, ChildErrors::with_output);
  }
  // Compiles and links a shared object. Its messages, if it fails.
  [[nodiscard]] std::optional<std::string> link(const BuildFolder& folder,
                                                std::vector<std::string> command,
                                                const std::string& built);
  // A text in C++, with objects and flags besides.
  [[nodiscard]] std::optional<std::string> link_text(const BuildFolder& folder,
                                                     const std::string& text,
                                                     const std::vector<std::string>& besides,
                                                     const std::string& built);

  // What compilers have said though all was well.
  void note_warnings(const std::string& text) { warnings_ += text; }
  [[nodiscard]] const std::string& warnings() const noexcept { return warnings_; }
  void note_files(const std::vector<std::string>& files) { append_words(files_, files); }
  // Those that are not this folder's.
  [[nodiscard]] std::vector<std::string> files_read(const BuildFolder& folder) const;

 private:
  std::vector<std::string> build_words_;
  Compiler linker_;
  std::vector<std::string> files_;
  std::string warnings_;
};

// What a key is made of: texts, each apart from the next.
class BuildKey {
 public:
  void add(std::string_view text);
  void add(const Compiler& compiler);
  void add(const std::vector<std::string>& words);
  // Of all that is the same for every build: forkmap, its headers, variables of compilers.
  void add_surroundings();
  [[nodiscard]] std::string text() const;

 private:
  std::string parts_;
};

// Throws SystemError.
void write_text(const std::string& path, const std::string& text);

// What a compiler has said, with the user's name of the file in place of its path, and without
// lines about the wrapper; not too much of it.
[[nodiscard]] std::string shown_messages(const std::string& messages, const std::string& path,
                                         const std::string& name);

}  // namespace forkmap::host
