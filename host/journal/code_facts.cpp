// SPDX-License-Identifier: Apache-2.0
#include "host/journal/code_facts.hpp"

#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/base/file_name.hpp"
#include "core/base/system_error.hpp"
#include "core/base/unique_fd.hpp"
#include "host/cli/processor_name.hpp"
#include "host/io/stream_hash.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20U;

// "16384 bytes, hash 0123..."; or why that is not known.
std::string content_of(int fd) {
  StreamHash hash;
  std::string buffer(kReadBytes, '\0');
  for (;;) {
    const ssize_t got =
        ::pread(fd, buffer.data(), buffer.size(), static_cast<::off_t>(hash.size_bytes()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return "unknown: " + base::error_text(errno);
    if (got == 0) break;
    hash.add(std::string_view(buffer).substr(0, static_cast<std::size_t>(got)));
  }
  return std::to_string(hash.size_bytes()) + " bytes, hash " + to_text(hash.value());
}

std::string content_of(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  return file ? content_of(file.get()) : "unknown: " + base::error_text(errno);
}

void add_plugin(const plugin::PluginEntry& plugin, JournalFacts& code) {
  std::string text = content_of(plugin.image);
  if (!plugin.identity.build_id.empty()) text += ", build-id " + plugin.identity.build_id;
  code["code of " + plugin.name] = std::move(text);
}

// Two objects of one name are told apart by their order, which is that of loading.
void add_library(const std::string& path, JournalFacts& facts) {
  std::string name = "library " + std::string(base::file_name(path));
  while (facts.contains(name)) name += ", another";
  facts[name] = path + ", " + content_of(path);
}

// The images of plugins: links of the kernel, for private copies.
bool is_plugin(const std::string& path, const plugin::RegistryTable& table) {
  if (path.starts_with("/proc/self/fd/") || path.starts_with("/memfd:")) return true;
  return std::ranges::any_of(
      table.plugins(), [&path](const plugin::PluginEntry& plugin) { return plugin.path == path; });
}

}  // namespace

std::vector<std::string> loaded_files() {
  std::vector<std::string> files;
  const auto add = [](dl_phdr_info* info, std::size_t, void* all) {
    // The program has no name, and what the kernel brings is no file.
    if (std::string(info->dlpi_name).find('/') != std::string::npos) {
      static_cast<std::vector<std::string>*>(all)->emplace_back(info->dlpi_name);
    }
    return 0;
  };
  ::dl_iterate_phdr(add, &files);
  return files;
}

PluginFingerprint fingerprint_of(const plugin::FunctionEntry& function,
                                 const plugin::RegistryTable& table,
                                 const std::vector<std::string>& before) {
  PluginFingerprint print;
  if (function.plugin != nullptr) add_plugin(*function.plugin, print.code);
  for (const std::string& path : loaded_files()) {
    const bool was_there = std::ranges::find(before, path) != before.end();
    if (was_there) {
      add_library(path, print.machine);
    } else if (!is_plugin(path, table)) {
      add_library(path, print.code);
    }
  }
  print.machine["forkmap"] = FORKMAP_VERSION;
  print.machine["processor"] = processor_name();
  return print;
}

}  // namespace forkmap::host
