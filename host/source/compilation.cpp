// SPDX-License-Identifier: Apache-2.0
#include "host/source/compilation.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "core/base/system_error.hpp"
#include "host/cli/installation.hpp"
#include "host/io/stream_hash.hpp"
#include "host/source/read_files.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kMostMessageLines = 30;
constexpr const char* kWrapper = "wrapper.cpp";

}  // namespace

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) base::throw_system_error("write " + path, errno);
}

// What the linker has read, it says, a line each.
std::optional<std::string> Compilation::link(const BuildFolder& folder,
                                             std::vector<std::string> command,
                                             const std::string& built) {
  const std::string rule = folder.file("rule");
  append_words(command, {"-MD", "-MF", rule, "-o", built, "-Wl,--trace", "-Wl,-z,defs"});
  append_words(command, linker_.link_flags);
  append_words(command, build_words_);
  const ChildOutput ended = run(command);
  note_files(files_of_rule(rule));
  std::istringstream lines(ended.output);
  std::string messages;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('/') && line.find(':') == std::string::npos) {
      files_.push_back(line);  // an object that is gone by now has no stamp later
    } else {
      messages += line + "\n";
    }
  }
  if (ended.status != 0) return messages;
  note_warnings(messages);
  return std::nullopt;
}

std::optional<std::string> Compilation::link_text(const BuildFolder& folder,
                                                  const std::string& text,
                                                  const std::vector<std::string>& besides,
                                                  const std::string& built) {
  const std::string wrapper = folder.file(kWrapper);
  write_text(wrapper, text);
  std::vector<std::string> command = linker_.command;
  append_words(command, compiler_flags(find_installation(), Language::cxx));
  command.push_back(wrapper);
  append_words(command, besides);
  return link(folder, std::move(command), built);
}

std::vector<std::string> Compilation::files_read(const BuildFolder& folder) const {
  std::vector<std::string> files = files_;
  std::erase_if(
      files, [&folder](const std::string& file) { return file.starts_with(folder.path() + "/"); });
  return files;
}

void BuildKey::add(std::string_view text) {
  parts_ += text;
  parts_ += '\0';
}

void BuildKey::add(const std::vector<std::string>& words) {
  for (const std::string& word : words) add(word);
  add("");
}

// By its file, which is sooner than to ask it for its version.
void BuildKey::add(const Compiler& compiler) {
  struct stat file{};
  if (::stat(compiler.path.c_str(), &file) == 0) {
    add(std::to_string(file.st_size) + " " + std::to_string(file.st_mtim.tv_sec) + " " +
        std::to_string(file.st_mtim.tv_nsec));
  }
  add(compiler.path);
  for (const auto* words : {&compiler.command, &compiler.flags, &compiler.link_flags}) add(*words);
}

void BuildKey::add_surroundings() {
  add(FORKMAP_VERSION);
  add(find_installation().include_dir);
  for (const char* const name : {"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH",
                                 "GCC_EXEC_PREFIX", "COMPILER_PATH", "SOURCE_DATE_EPOCH"}) {
    add(variable_value(name));
  }
}

std::string BuildKey::text() const {
  StreamHash hash;
  hash.add(parts_);
  return to_text(hash.value());
}

std::string shown_messages(const std::string& messages, const std::string& path,
                           const std::string& name) {
  std::istringstream lines(messages);
  std::string text;
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto has = [&line](const std::string& part) {
      return line.find(part) != std::string::npos;
    };
    if (has(std::string(kWrapper) + ":") || line.starts_with("In file included from ") ||
        line.starts_with("                 from ") || has("forkmap_plugin_v1()") ||
        has("forkmap::function<")) {
      continue;
    }
    if (++count > kMostMessageLines) return text + "\n  ... and more";
    for (std::size_t at = line.find(path); !path.empty() && at != std::string::npos;
         at = line.find(path, at + name.size())) {
      line.replace(at, path.size(), name);
    }
    text += "\n" + line;
  }
  return text;
}

}  // namespace forkmap::host
