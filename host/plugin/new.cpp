// SPDX-License-Identifier: Apache-2.0
#include "host/plugin/new.hpp"

#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "host/cli/command_line.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/cli/usage_error.hpp"
#include "host/plugin/project.hpp"
#include "host/text/shell_quote.hpp"

namespace forkmap::host {

namespace fs = std::filesystem;

namespace {

void check_name(const std::string& name) {
  bool good = !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0;
  for (const char c : name) {
    good = good && (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_');
  }
  if (!good) {
    throw UsageError("new: invalid plugin name \"" + name +
                     "\": expected letters, digits and _, not a digit first");
  }
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw Error("cannot write " + path.string());
}

}  // namespace

int new_command(Arguments arguments) {
  CommandLine command_line(
      {.usage = "forkmap new NAME",
       .description =
           "Makes the folder NAME with a plugin project in it: NAME.cpp, CMakeLists.txt and\n"
           "README.md. It builds at once, with CMake or with the one command that is printed.",
       .examples = "Examples\n  forkmap new mine && cd mine"});
  const auto line = command_line.read(arguments);
  if (!line) return kSucceeded;
  if (line->words.size() != 1) throw UsageError("new takes one name");
  const fs::path folder = line->words.front();
  const std::string name = folder.filename().string();
  check_name(name);
  const PluginProject project = plugin_project(name, find_installation());
  std::error_code error;
  if (!fs::create_directory(folder, error)) {
    throw UsageError("cannot make the folder " + folder.string() + ": " +
                     (error ? error.message() : "it is there already"));
  }
  write_file(folder / (name + ".cpp"), project.source);
  write_file(folder / "CMakeLists.txt", project.cmake);
  write_file(folder / "README.md", project.readme);
  const std::string shown = shell_quoted(folder.string());
  std::printf(
      "%s has %s.cpp, CMakeLists.txt and README.md. Build it with CMake:\n\n"
      "  cmake -S %s -B %s/build && cmake --build %s/build\n\n"
      "or in one step:\n\n"
      "  cd %s && %s\n\n"
      "and run it:\n\n"
      "  forkmap run ./%s.so:half 1 2 3\n",
      shown.c_str(), name.c_str(), shown.c_str(), shown.c_str(), shown.c_str(), shown.c_str(),
      project.command.c_str(), name.c_str());
  return kSucceeded;
}

}  // namespace forkmap::host
