// SPDX-License-Identifier: Apache-2.0
#include "host/source/compiler.hpp"

#include <unistd.h>
#include <wordexp.h>

#include <cstdlib>
#include <string_view>

#include "host/cli/usage_error.hpp"

namespace forkmap::host {

namespace {

struct Variables {
  const char* compiler;
  const char* flags;
  const char* usual;
  const char* package;
};

Variables variables_of(Language language) {
  switch (language) {
    case Language::c:
      return {"CC", "CFLAGS", "cc", "gcc"};
    case Language::fortran:
      return {"FC", "FFLAGS", "gfortran", "gfortran"};
    case Language::cxx:
      break;
  }
  return {"CXX", "CXXFLAGS", "c++", "g++"};
}

// As execvp would find it; empty: it is not there.
std::string found(const std::string& program) {
  if (program.find('/') != std::string::npos) {
    return ::access(program.c_str(), X_OK) == 0 ? program : std::string();
  }
  const std::string path = variable_value("PATH");
  std::string_view rest = path;
  for (;;) {
    const std::size_t colon = rest.find(':');
    const std::string folder(rest.substr(0, colon));
    std::string file = (folder.empty() ? "." : folder) + "/" + program;
    if (::access(file.c_str(), X_OK) == 0) return file;
    if (colon == std::string_view::npos) return {};
    rest.remove_prefix(colon + 1);
  }
}

}  // namespace

std::string variable_value(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? std::string() : value;
}

void append_words(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

std::vector<std::string> shell_words(const std::string& what, const std::string& text) {
  wordexp_t words{};
  if (::wordexp(text.c_str(), &words, WRDE_NOCMD | WRDE_UNDEF) != 0) {
    throw UsageError(what + ": \"" + text + "\" cannot be read as a shell reads words");
  }
  std::vector<std::string> result(words.we_wordv, words.we_wordv + words.we_wordc);
  ::wordfree(&words);
  return result;
}

Compiler compiler_of(Language language) {
  const Variables variables = variables_of(language);
  Compiler compiler;
  compiler.command = shell_words(variables.compiler, variable_value(variables.compiler));
  if (compiler.command.empty()) compiler.command = {variables.usual};
  compiler.path = found(compiler.command.front());
  if (compiler.path.empty()) {
    throw UsageError("there is no compiler " + compiler.command.front() +
                     ": install one (Debian: " + variables.package + "), or name it in " +
                     variables.compiler);
  }
  if (language != Language::fortran) {
    append_words(compiler.flags, shell_words("CPPFLAGS", variable_value("CPPFLAGS")));
  }
  append_words(compiler.flags, shell_words(variables.flags, variable_value(variables.flags)));
  compiler.link_flags = shell_words("LDFLAGS", variable_value("LDFLAGS"));
  return compiler;
}

}  // namespace forkmap::host
