// SPDX-License-Identifier: Apache-2.0
#include "host/plugin/project.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "host/source/compiler_flags.hpp"
#include "host/text/shell_quote.hpp"

namespace forkmap::host {

namespace {

constexpr const char* kSource = R"text(// @NAME@: a plugin for forkmap.
#include <cstdint>
#include <stdexcept>

#include <forkmap/plugin.hpp>

// Arguments and results are bool, integers, float, double, text (std::string_view in, std::string
// out), bytes and arrays (std::span in, std::vector out); several results are a std::tuple.
static double half(double x) { return x / 2; }

// What is thrown becomes the error of that one item; the others go on.
static std::int64_t quotient(std::int64_t dividend, std::int64_t divisor) {
  if (divisor == 0) throw std::domain_error("division by zero");
  return dividend / divisor;
}

FORKMAP_PLUGIN("@NAME@", "0.1",
    forkmap::function<half>("half", "Return half of the argument."),
    forkmap::function<quotient>("quotient", "Return the quotient, rounded towards zero."))
)text";

constexpr const char* kInstalledCMake = R"text(cmake_minimum_required(VERSION 3.25)
project(@NAME@ LANGUAGES C CXX)

find_package(forkmap CONFIG REQUIRED HINTS "@PREFIX@")
forkmap_add_plugin(@TARGET@ SOURCES @NAME@.cpp@OUTPUT@)
)text";

constexpr const char* kBuildTreeCMake = R"text(cmake_minimum_required(VERSION 3.25)
project(@NAME@ LANGUAGES CXX)

# Written by a forkmap that is not installed; with an installed one, find_package(forkmap) and
# forkmap_add_plugin(@NAME@ SOURCES @NAME@.cpp) do all of this.
set(FORKMAP_INCLUDE_DIR "@INCLUDE@" CACHE PATH "The folder that has forkmap/plugin.hpp")

add_library(@TARGET@ MODULE @NAME@.cpp)
target_compile_features(@TARGET@ PRIVATE cxx_std_20)
target_include_directories(@TARGET@ SYSTEM PRIVATE "${FORKMAP_INCLUDE_DIR}")
target_compile_options(@TARGET@ PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
set_target_properties(@TARGET@ PROPERTIES
  OUTPUT_NAME @NAME@ PREFIX "" SUFFIX ".so" CXX_VISIBILITY_PRESET hidden)
)text";

constexpr const char* kReadme = R"text(# @NAME@

A plugin for forkmap. Its functions are in `@NAME@.cpp`.

Build it with CMake:

    cmake -B build && cmake --build build

or with one command of the compiler, which leaves `@NAME@.so` here:

    @COMMAND@

Then:

    forkmap list build/@NAME@.so
    forkmap run build/@NAME@.so:half 1 2 3
    seq 1000 | forkmap run build/@NAME@.so:half --reduce sum
)text";

std::string filled(std::string text, const std::string& mark, const std::string& value) {
  for (std::size_t at = text.find(mark); at != std::string::npos;
       at = text.find(mark, at + value.size())) {
    text.replace(at, mark.size(), value);
  }
  return text;
}

// Inside double quotes in CMake.
std::string cmake_quoted(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (c == '"' || c == '\\' || c == '$') out += '\\';
    out += c;
  }
  return out;
}

// Names that CMake, or the programs that it writes files for, keep for targets of their own. Such a
// plugin has another target, which makes the same file.
bool is_kept_by_cmake(const std::string& name) {
  static constexpr std::array<std::string_view, 17> kKept = {"all",
                                                             "ALL_BUILD",
                                                             "clean",
                                                             "depend",
                                                             "edit_cache",
                                                             "help",
                                                             "install",
                                                             "INSTALL",
                                                             "package",
                                                             "PACKAGE",
                                                             "preinstall",
                                                             "rebuild_cache",
                                                             "RUN_TESTS",
                                                             "test",
                                                             "ZERO_CHECK",
                                                             "package_source",
                                                             "list_install_components"};
  return std::ranges::find(kKept, name) != kKept.end();
}

std::string compiler_command(const std::string& name, const Installation& installation) {
  std::string command = "c++";
  for (const std::string& flag : compiler_flags(installation, Language::cxx)) {
    command += " " + shell_quoted(flag);
  }
  return command + " -o " + name + ".so " + name + ".cpp";
}

}  // namespace

PluginProject plugin_project(const std::string& name, const Installation& installation) {
  PluginProject project;
  project.command = compiler_command(name, installation);
  project.source = filled(kSource, "@NAME@", name);
  const std::string cmake =
      installation.in_build_tree
          ? filled(kBuildTreeCMake, "@INCLUDE@", cmake_quoted(installation.include_dir))
          : filled(kInstalledCMake, "@PREFIX@", cmake_quoted(installation.prefix));
  const bool is_kept = is_kept_by_cmake(name);
  const std::string with_target = filled(cmake, "@TARGET@", is_kept ? name + "_plugin" : name);
  const std::string output = is_kept ? " OUTPUT_NAME " + name : std::string();
  project.cmake = filled(filled(with_target, "@OUTPUT@", output), "@NAME@", name);
  project.readme = filled(filled(kReadme, "@COMMAND@", project.command), "@NAME@", name);
  return project;
}

}  // namespace forkmap::host
