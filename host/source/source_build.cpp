// SPDX-License-Identifier: Apache-2.0
#include "host/source/source_build.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>
#include <utility>

#include "host/cli/installation.hpp"
#include "host/cli/usage_error.hpp"
#include "host/io/file_content.hpp"
#include "host/source/read_files.hpp"
#include "host/source/wrapper.hpp"

namespace forkmap::host {

namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

// A regular file that can be read; its path without links.
std::string real_path(const std::string& file) {
  std::error_code error;
  const fs::path path = fs::canonical(file, error);
  if (error) throw UsageError("cannot read the source " + file + ": " + error.message());
  if (!fs::is_regular_file(path, error))
    throw UsageError(file + " is no file that can be compiled");
  if (!std::ifstream(path)) throw UsageError("cannot read the source " + file);
  if (path.string().find_first_of("\"\n") != std::string::npos) {
    throw UsageError("the path of " + file +
                     " has a quote or a newline in it, and no compiler can include such a file");
  }
  return path;
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// With debug information of the version that is read, and all functions in it.
Words listing_command(const Compiler& compiler, Language language, const BuildFolder& folder) {
  Words command = compiler.command;
  if (language == Language::cxx) command.emplace_back("-std=c++20");
  append_words(command, {"-g", "-gdwarf-4", "-O0", "-w", "-fPIC", "-shared"});
  append_words(command, compiler.flags);
  append_words(command, {"-fno-lto", "-gz=none"});
  if (language == Language::fortran) {
    append_words(command, {"-J", folder.path()});
  } else {
    append_words(command, {"-isystem", find_installation().include_dir});
  }
  return command;
}

}  // namespace

SourceBuild::SourceBuild(const SourceWord& word, const BuildOptions& options)
    : word_(word),
      path_(real_path(word.file)),
      is_plugin_(has_own_descriptor(path_)),
      compilation_(shell_words("--build", options.words)),
      own_(word.language == Language::cxx ? compilation_.linker() : compiler_of(word.language)) {}

std::string SourceBuild::key() const {
  BuildKey key;
  key.add_surroundings();
  key.add(content_of(path_));
  key.add(Words{path_, word_.file, word_.function, word_.arguments});
  key.add(compilation_.linker());
  key.add(own_);
  key.add(compilation_.build_words());
  // What is said relative to it.
  if (!compilation_.build_words().empty() || !own_.flags.empty()) {
    std::error_code error;
    key.add(fs::current_path(error).string());
  }
  return key.text();
}

Words SourceBuild::make(const BuildFolder& folder, const std::string& built) {
  if (is_plugin_) {
    compile_plugin(folder, built);
  } else if (word_.language == Language::cxx && !word_.function.empty()) {
    make_of_one(folder, built);
  } else {
    make_of_listed(folder, built, callable(folder));
  }
  return compilation_.files_read(folder);
}

std::vector<ListedFunction> SourceBuild::list(const BuildFolder& folder) const {
  const std::string object = folder.file("listed.so");
  const Words command = listing_command(own_, word_.language, folder);
  Words rest = {path_, "-o", object};
  append_words(rest, compilation_.build_words());
  Words keeping = command;
  keeping.emplace_back("-fkeep-static-functions");
  // C++'s headers have too many.
  if (word_.language == Language::c) keeping.emplace_back("-fkeep-inline-functions");
  append_words(keeping, rest);
  ChildOutput ended = Compilation::run(keeping);
  // Clang has no such option, and keeps those that are used.
  if (ended.status != 0 && ended.output.find("-fkeep-static-functions") != std::string::npos) {
    Words plain = command;
    append_words(plain, rest);
    ended = Compilation::run(plain);
  }
  if (ended.status != 0) refuse(ended.output);
  std::vector<ListedFunction> all;
  std::map<std::string, int> counts;
  for (SourceFunction& function : functions_of(object, path_)) {
    if (function.name == "main" || function.name == "MAIN__") continue;
    ++counts[function.name];
    std::string reason = reason_against(function, word_.language);
    all.push_back({std::move(function), std::move(reason)});
  }
  for (ListedFunction& one : all) {
    if (counts[one.function.name] > 1 && one.reason.empty()) {
      one.reason = "there are several of this name: say which, " + one.function.name + "(f64)";
    }
  }
  return all;
}

void SourceBuild::refuse(const std::string& messages) const {
  const bool lacks_library = messages.find("undefined reference") != std::string::npos;
  throw UsageError(word_.file + " cannot be compiled by " + own_.command.front() + ":" +
                   shown_messages(messages, path_, word_.file) +
                   (lacks_library ? "\nA library is named by --build: --build=-lNAME" : ""));
}

void SourceBuild::refuse_function(const ListedFunction& one) const {
  throw UsageError(word_.file + ":" + one.function.name + described(one.function) +
                   " cannot be called: " + one.reason);
}

void SourceBuild::refuse_name(const std::vector<ListedFunction>& listed) const {
  std::string names;
  for (const ListedFunction& one : listed) names += (names.empty() ? "" : ", ") + one.function.name;
  throw UsageError(word_.file + " has no function " + word_.function + "; " +
                   (names.empty() ? "it has none" : "it has " + names));
}

void SourceBuild::compile_plugin(const BuildFolder& folder, const std::string& built) {
  Words command = own_.command;
  append_words(command, compiler_flags(find_installation(), word_.language));
  append_words(command, own_.flags);
  if (word_.language == Language::fortran) append_words(command, {"-J", folder.path()});
  command.push_back(path_);
  const auto messages = compilation_.link(folder, std::move(command), built);
  if (messages) refuse(*messages);
  compilation_.note_files(included_files(path_));
}

// Without a look at its types first, which would take as long again.
void SourceBuild::make_of_one(const BuildFolder& folder, const std::string& built) {
  const auto messages = compilation_.link_text(folder, wrapper_of(path_, word_), own_.flags, built);
  if (!messages) return;
  // Something that its file says itself, or that one must know to call it.
  const auto listed = list(folder);
  std::vector<SourceFunction> named;
  for (const ListedFunction& one : listed) {
    if (one.function.name != word_.function) continue;
    if (one.reason.empty()) named.push_back(one.function);
    if (!one.reason.empty() && word_.arguments.empty()) refuse_function(one);
  }
  const bool is_plain = word_.function.find('<') == std::string::npos && word_.arguments.empty();
  if (named.empty() && is_plain) refuse_name(listed);
  if (named.empty() || !is_plain) refuse(*messages);
  make_of_listed(folder, built, named);
}

// The one that was named, or all.
std::vector<SourceFunction> SourceBuild::callable(const BuildFolder& folder) const {
  const auto listed = list(folder);
  std::vector<SourceFunction> functions;
  std::string reasons;
  bool is_named = false;
  for (const ListedFunction& one : listed) {
    if (!word_.function.empty() && !is_name_of(one.function)) continue;
    is_named = true;
    if (one.reason.empty()) {
      functions.push_back(one.function);
    } else if (!word_.function.empty()) {
      refuse_function(one);
    } else {
      reasons += "\n" + one.function.name + described(one.function) + ": " + one.reason;
    }
  }
  if (!word_.function.empty() && !is_named) refuse_name(listed);
  if (functions.empty()) {
    throw UsageError(word_.file + " has no function that can be called" + reasons);
  }
  return functions;
}

// Fortran has no capitals, and a procedure of a module may be named without it.
bool SourceBuild::is_name_of(const SourceFunction& function) const {
  if (word_.language != Language::fortran) return function.name == word_.function;
  const std::string wanted = lower_case(word_.function);
  return function.name == wanted || function.name.ends_with("::" + wanted);
}

void SourceBuild::make_of_listed(const BuildFolder& folder, const std::string& built,
                                 const std::vector<SourceFunction>& functions) {
  Words besides;
  if (word_.language == Language::cxx) {
    besides = own_.flags;
  } else {
    besides.push_back(compile_source(folder, functions));
  }
  if (word_.language == Language::fortran) append_words(besides, {"-lgfortran", "-lm"});
  const auto messages =
      compilation_.link_text(folder, wrapper_of(path_, word_, functions), besides, built);
  if (messages) refuse(*messages);
}

// A C or Fortran source, alone.
std::string SourceBuild::compile_source(const BuildFolder& folder,
                                        const std::vector<SourceFunction>& functions) {
  std::string object = folder.file("source.o");
  const std::string rule = folder.file("source.rule");
  const bool is_c = word_.language == Language::c;
  Words command = own_.command;
  append_words(command, {"-O2", "-fPIC", "-fvisibility=hidden", "-c", "-o", object});
  append_words(command, is_c ? Words{"-MD", "-MF", rule} : Words{"-J", folder.path()});
  append_words(command, own_.flags);
  append_words(command, compilation_.build_words());
  command.push_back(is_c ? folder.file("source.c") : path_);
  if (is_c) write_text(command.back(), renamed_source(path_, functions));
  const ChildOutput ended = Compilation::run(command);
  if (ended.status != 0) refuse(ended.output);
  compilation_.note_warnings(ended.output);
  compilation_.note_files(is_c ? files_of_rule(rule) : included_files(path_));
  return object;
}

bool has_own_descriptor(const std::string& file) {
  const std::string text = bytes_of(file);
  return text.find("FORKMAP_PLUGIN") != std::string::npos ||
         text.find("forkmap_plugin_v1") != std::string::npos;
}

}  // namespace forkmap::host
