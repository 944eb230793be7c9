// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/opened_plugin.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <stdexcept>

#include <forkmap/error.hpp>

#include "core/base/file_name.hpp"
#include "core/base/system_error.hpp"
#include "core/plugin/file_identity.hpp"
#include "core/plugin/loaded_build_id.hpp"
#include "core/plugin/near_names.hpp"
#include "core/plugin/private_copy.hpp"
#include "core/plugin/sanitizer_runtime.hpp"

namespace forkmap::plugin {

namespace {

// A C++ identifier for the recipe's example name.
std::string plain_name(const std::string& path) {
  std::string name(base::file_name(path));
  name = name.substr(0, name.find('.'));
  if (name.starts_with("lib") && name.size() > 3) name = name.substr(3);
  std::replace_if(
      name.begin(), name.end(),
      [](char letter) {
        return !((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                 (letter >= '0' && letter <= '9') || letter == '_');
      },
      '_');
  return name.empty() ? "wrapped" : name;
}

base::UniqueFd open_regular(const std::string& path) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) throw LoadError(path, "file", base::error_text(errno));
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) throw LoadError(path, "file", base::error_text(errno));
  if (S_ISDIR(status.st_mode)) throw LoadError(path, "file", "it is a folder, not a shared object");
  if (!S_ISREG(status.st_mode)) throw LoadError(path, "file", "it is not a regular file");
  return file;
}

// Steps to a number that no loaded object was ever loaded by. Such a number can be free again only
// if somebody closed a descriptor that was not theirs.
base::UniqueFd with_fresh_number(base::UniqueFd copy) {
  while (loaded_build_id("/proc/self/fd/" + std::to_string(copy.get()))) {
    base::UniqueFd next(::fcntl(copy.get(), F_DUPFD_CLOEXEC, copy.get() + 1));
    if (!next) base::throw_system_error("find a fresh number for a plugin's private copy", errno);
    copy = std::move(next);
  }
  return copy;
}

void check_abi(const OpenedPlugin& plugin) {
  if (!plugin.facts.has_symbols) return;  // the probe asks the dynamic loader
  const auto& versions = plugin.facts.abi_versions;
  if (std::find(versions.begin(), versions.end(), FORKMAP_ABI_VERSION) != versions.end()) return;
  if (!versions.empty()) {
    throw LoadError(plugin.path, "abi",
                    "ABI " + std::to_string(*std::max_element(versions.begin(), versions.end())) +
                        ", this forkmap needs " + std::to_string(FORKMAP_ABI_VERSION) +
                        "; build the plugin against this version's <forkmap/plugin.h>");
  }
  throw LoadError(plugin.path, "abi", no_plugin_text(plugin.path));
}

}  // namespace

std::string absolute_path(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) return path;  // the working directory is gone; opening the file says so
  // Only "." is dropped: ".." behind a symbolic link is not the folder that it is written behind.
  std::filesystem::path plain;
  for (const auto& part : absolute) {
    if (part != ".") plain /= part;
  }
  return plain.string();
}

std::string no_plugin_text(const std::string& path) {
  const std::string name = plain_name(path);
  return "it is a shared object but no forkmap plugin: it exports no " FORKMAP_ENTRY_SYMBOL
         "(). These three lines in " +
         name +
         "_plugin.cpp make a plugin of a function of it:\n"
         "    #include <forkmap/plugin.hpp>\n"
         "    extern \"C\" double f(double);  // or include the header that declares it\n"
         "    FORKMAP_PLUGIN(\"" +
         name +
         "\", \"1.0\", forkmap::function<f>(\"f\", \"What f does.\"))\n"
         "compiled with: c++ $(forkmap cflags) " +
         name + "_plugin.cpp " + path + " -o " + name + "_plugin.so";
}

std::string OpenedPlugin::with_file_name(std::string text) const {
  const std::string image_name = image_path();
  if (in_place) return text;
  for (auto at = text.find(image_name); at != std::string::npos;
       at = text.find(image_name, at + path.size())) {
    text.replace(at, image_name.size(), path);
  }
  return text;
}

std::vector<std::string> OpenedPlugin::warnings() const {
  std::vector<std::string> texts;
  if (!facts.unique_symbols.empty()) {
    texts.push_back(std::to_string(facts.unique_symbols.size()) + " unique symbols (such as " +
                    facts.unique_symbols.front() +
                    ") are shared with other plugins that have them; compile with $(forkmap "
                    "cflags), or with -fno-gnu-unique");
  }
  if (in_place && !in_place_reason.empty()) {
    texts.push_back("loaded in place, because " + in_place_reason +
                    "; overwriting the file while it is loaded can crash every process of the run");
  }
  return texts;
}

OpenedPlugin open_plugin(const std::string& path, bool in_place) {
  OpenedPlugin plugin;
  plugin.path = absolute_path(path);
  base::UniqueFd file = open_regular(plugin.path);
  plugin.identity = identity_of(file.get());
  try {
    plugin.facts = read_elf_facts(file.get(), plugin.identity.size_bytes);
  } catch (const std::invalid_argument& fault) {
    throw LoadError(plugin.path, "file", fault.what());
  }
  check_abi(plugin);
  if (const auto late = late_runtime_text(plugin.facts.needed)) {
    throw LoadError(plugin.path, "open", *late);
  }

  plugin.in_place = in_place;
  if (!in_place && plugin.facts.uses_origin) {
    plugin.in_place = true;
    plugin.in_place_reason = "its run path has $ORIGIN (" + joined(plugin.facts.run_paths) + ")";
  }
  if (!in_place && plugin.facts.names_origin) {
    plugin.in_place = true;
    plugin.in_place_reason = "it has the text $ORIGIN, which means the folder of its file";
  }
  if (!plugin.in_place) {
    auto copy = make_private_copy(file.get(), plugin.identity.size_bytes,
                                  std::string(base::file_name(plugin.path)));
    if (auto* const memfd = std::get_if<base::UniqueFd>(&copy)) {
      plugin.image = with_fresh_number(std::move(*memfd));
    } else {
      plugin.in_place = true;
      plugin.in_place_reason = std::get<std::string>(copy);
    }
  }
  if (identity_of(file.get()) != plugin.identity) {
    throw LoadError(plugin.path, "file", "it was changed while it was being read");
  }
  if (plugin.in_place) plugin.image = std::move(file);
  return plugin;
}

}  // namespace forkmap::plugin
