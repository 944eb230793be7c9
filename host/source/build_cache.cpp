// SPDX-License-Identifier: Apache-2.0
#include "host/source/build_cache.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>
#include <utility>

#include "core/base/system_error.hpp"
#include "core/base/write_all.hpp"
#include "host/io/file_content.hpp"
#include "host/io/stream_hash.hpp"
#include "host/source/compiler.hpp"

namespace forkmap::host {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kMostBytes = std::uintmax_t{200} << 20U;
constexpr auto kCleaningPeriod = std::chrono::hours(24);
constexpr const char* kBuilding = "building-";

struct Stamp {
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const Stamp&, const Stamp&) = default;
};

std::optional<Stamp> stamp_of(const std::string& path) {
  struct stat file{};
  if (::stat(path.c_str(), &file) != 0) return std::nullopt;
  return Stamp{static_cast<std::uint64_t>(file.st_size),
               std::int64_t{file.st_mtim.tv_sec} * 1'000'000'000 + file.st_mtim.tv_nsec,
               file.st_ino};
}

}  // namespace

BuildCache::BuildCache() {
  choose_folder();
  if (!is_usable()) return;
  try {
    clean();
  } catch (const std::exception&) {
    // A cache that is too large does no harm.
    return;
  }
}

void BuildCache::choose_folder() {
  std::string above = variable_value("XDG_CACHE_HOME");
  if (above.empty() || above.front() != '/') {
    const std::string home = variable_value("HOME");
    if (home.empty()) {
      why_ = "neither XDG_CACHE_HOME nor HOME is set";
      return;
    }
    above = home + "/.cache";
  }
  folder_ = above + "/forkmap";
  std::error_code error;
  fs::create_directories(above, error);
  if (::mkdir(folder_.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    why_ = "cannot make " + folder_ + ": " + base::error_text(errno);
    return;
  }
  const base::UniqueFd fd(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status{};
  if (!fd || ::fstat(fd.get(), &status) != 0) {
    why_ = "cannot open " + folder_ + ": " + base::error_text(errno);
  } else if (status.st_uid != ::geteuid()) {
    why_ = folder_ + " is somebody else's";
  } else if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    why_ = "others can write to " + folder_;
  } else if (::faccessat(fd.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
    why_ = "cannot write to " + folder_ + ": " + base::error_text(errno);
  }
}

// The first line is the plugin; then "SIZE TIME INODE PATH" of each file.
std::optional<std::string> BuildCache::find(const std::string& key) const {
  std::ifstream entry(folder_ + "/" + key);
  std::string line;
  if (!std::getline(entry, line) || line.empty() || line.find('/') != std::string::npos) {
    return std::nullopt;
  }
  std::string plugin = folder_ + "/" + line;
  bool is_whole = false;
  while (std::getline(entry, line)) {
    if (line == "end") {
      is_whole = true;
      break;
    }
    std::istringstream words(line);
    Stamp stamp;
    words >> stamp.size_bytes >> stamp.modified_ns >> stamp.inode;
    words.get();
    std::string path;
    std::getline(words, path);
    if (words.bad() || stamp_of(path) != stamp) return std::nullopt;
  }
  if (!is_whole || !stamp_of(plugin)) return std::nullopt;
  // What is used stays longest. The plugin itself may be read by somebody who looks at its time.
  (void)::utimensat(AT_FDCWD, (folder_ + "/" + key).c_str(), nullptr, 0);
  return plugin;
}

base::UniqueFd BuildCache::lock(const std::string& key) const {
  base::UniqueFd file(::open((folder_ + "/" + key + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC,
                             S_IRUSR | S_IWUSR));
  // Without it two may do the same work.
  while (file && ::flock(file.get(), LOCK_EX) != 0 && errno == EINTR) {
  }
  return file;
}

std::string BuildCache::new_folder() const {
  if (!is_usable()) return temporary_folder();
  std::string name = folder_ + "/" + kBuilding + "XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) base::throw_system_error("make the folder " + name, errno);
  return name;
}

std::string BuildCache::temporary_folder() {
  std::string name = fs::temp_directory_path() / "forkmap-build-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) base::throw_system_error("make the folder " + name, errno);
  return name;
}

std::string BuildCache::keep(const std::string& key, const std::string& name,
                             const std::string& built,
                             const std::vector<std::string>& files) const {
  StreamHash hash;
  hash.add(bytes_of(built));
  const std::string file = name + "-" + to_text(hash.value()) + ".so";
  std::string entry = file + "\n";
  for (const std::string& path : files) {
    const auto stamp = stamp_of(path);
    if (!stamp || path.find('\n') != std::string::npos) continue;
    entry += std::to_string(stamp->size_bytes) + " " + std::to_string(stamp->modified_ns) + " " +
             std::to_string(stamp->inode) + " " + path + "\n";
  }
  entry += "end\n";
  const std::string draft = fs::path(built).parent_path() / "entry";
  const base::UniqueFd out(
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!out) base::throw_system_error("open " + draft, errno);
  if (const auto written = base::write_all(out.get(), entry); !written.is_all()) {
    base::throw_system_error("write " + draft, written.error);
  }
  std::string kept = folder_ + "/" + file;
  (void)::chmod(built.c_str(), S_IRUSR | S_IXUSR);
  // By its name it is the same already, and may be in use.
  if (!stamp_of(kept) && ::rename(built.c_str(), kept.c_str()) != 0) {
    base::throw_system_error("rename " + built, errno);
  }
  if (::rename(draft.c_str(), (folder_ + "/" + key).c_str()) != 0) {
    base::throw_system_error("rename " + draft, errno);
  }
  return kept;
}

// At most once a day: what was not used for longest, above a size; and what killed builders left.
void BuildCache::clean() const {
  const fs::path mark = fs::path(folder_) / "cleaned";
  const auto now = fs::file_time_type::clock::now();
  std::error_code error;
  const auto last = fs::last_write_time(mark, error);
  if (!error && now - last < kCleaningPeriod) return;
  std::ofstream(mark, std::ios::trunc) << '\n';
  struct Plugin {
    fs::file_time_type used = fs::file_time_type::min();
    std::vector<fs::path> files = {};  // itself, and entries that name it
  };
  std::map<std::string, Plugin> plugins;
  for (const auto& one : fs::directory_iterator(folder_)) {
    const fs::path& path = one.path();
    const auto time = one.last_write_time();
    if (one.is_directory() || path.extension() == ".lock") {
      if (now - time > kCleaningPeriod) fs::remove_all(path, error);
      continue;
    }
    if (path == mark) continue;
    std::string name = path.filename();
    if (path.extension() != ".so") std::getline(std::ifstream(path), name);
    Plugin& plugin = plugins[name];
    plugin.used = std::max(plugin.used, time);
    plugin.files.push_back(path);
  }
  std::vector<Plugin> by_use;
  std::uintmax_t size_bytes = 0;
  for (auto& [name, plugin] : plugins) {
    for (const fs::path& file : plugin.files) size_bytes += fs::file_size(file, error);
    by_use.push_back(std::move(plugin));
  }
  std::ranges::sort(by_use, {}, &Plugin::used);
  for (const Plugin& plugin : by_use) {
    if (size_bytes <= kMostBytes) break;
    for (const fs::path& file : plugin.files) {
      size_bytes -= fs::file_size(file, error);
      fs::remove(file, error);
    }
  }
}

}  // namespace forkmap::host
