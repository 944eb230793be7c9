// SPDX-License-Identifier: Apache-2.0
//
// Parts of a ProcessState: locale, settings of prctl(), ids, the environment.
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <clocale>
#include <csignal>
#include <functional>
#include <locale>
#include <string_view>

#include "core/base/state_parts.hpp"

namespace forkmap::base {

namespace {

using Outcome = StateChange::Outcome;

std::string locale_now() {
  const char* const name = std::setlocale(LC_ALL, nullptr);
  return name == nullptr ? std::string() : std::string(name);
}

class Locale final : public StatePart {
 public:
  void restore(StateChanges& changes) const override {
    bool any = false;
    if (std::locale() != global_) {
      std::locale::global(global_);
      any = true;
    }
    if (::uselocale(static_cast<locale_t>(nullptr)) != thread_) {
      ::uselocale(thread_);
      any = true;
    }
    if (locale_now() != name_) {
      std::setlocale(LC_ALL, name_.c_str());
      any = true;
    }
    if (any) changes.push_back({"the locale"});
  }

 private:
  std::locale global_;
  locale_t thread_ = ::uselocale(static_cast<locale_t>(nullptr));
  std::string name_ = locale_now();
};

struct Setting {
  const char* what;
  int get;
  int set;
  bool by_pointer;  // how prctl() gives the value
};
constexpr std::array kSettings = {
    Setting{"the signal at its parent's death (PR_SET_PDEATHSIG)", PR_GET_PDEATHSIG,
            PR_SET_PDEATHSIG, true},
    Setting{"whose orphans it adopts (PR_SET_CHILD_SUBREAPER)", PR_GET_CHILD_SUBREAPER,
            PR_SET_CHILD_SUBREAPER, true},
    Setting{"whether it can be traced or dumped (PR_SET_DUMPABLE)", PR_GET_DUMPABLE,
            PR_SET_DUMPABLE, false},
    Setting{"PR_SET_KEEPCAPS", PR_GET_KEEPCAPS, PR_SET_KEEPCAPS, false},
    Setting{"the precision of its timers (PR_SET_TIMERSLACK)", PR_GET_TIMERSLACK, PR_SET_TIMERSLACK,
            false},
};

long value_of(const Setting& setting) noexcept {
  if (!setting.by_pointer) return ::prctl(setting.get, 0, 0, 0, 0);
  int value = 0;
  return ::prctl(setting.get, &value, 0, 0, 0) == 0 ? value : -1;
}

class Settings final : public StatePart {
 public:
  Settings() {
    for (std::size_t i = 0; i < kSettings.size(); ++i) values_[i] = value_of(kSettings[i]);
    ::prctl(PR_GET_NAME, name_.data());
  }
  void restore(StateChanges& changes) const override {
    for (std::size_t i = 0; i < kSettings.size(); ++i) {
      const Setting& setting = kSettings[i];
      if (value_of(setting) == values_[i]) continue;
      const bool is_back = ::prctl(setting.set, values_[i], 0, 0, 0) == 0;
      changes.push_back({setting.what, is_back ? Outcome::put_back : Outcome::stays});
    }
    Name name{};
    ::prctl(PR_GET_NAME, name.data());
    if (name == name_) return;
    ::prctl(PR_SET_NAME, name_.data());
    changes.push_back({"the name of its process"});
  }

 private:
  using Name = std::array<char, 16>;
  std::array<long, kSettings.size()> values_{};
  Name name_{};
};

constexpr std::array kNamespaces = {"/proc/self/ns/cgroup", "/proc/self/ns/ipc",
                                    "/proc/self/ns/mnt",    "/proc/self/ns/net",
                                    "/proc/self/ns/user",   "/proc/self/ns/pid_for_children",
                                    "/proc/self/ns/uts"};

class Identity final : public StatePart {
 public:
  void restore(StateChanges& changes) const override {
    const auto add = [&changes](bool is_same, const char* what) {
      if (!is_same) changes.push_back({what, Outcome::stays});
    };
    const Facts now;
    add(now.process == before_.process,
        "which process goes on (it forks; the child returns from loading)");
    add(now.users == before_.users && now.groups == before_.groups, "its user or group ids");
    add(now.session == before_.session && now.group == before_.group,
        "its session or process group");
    add(now.root_device == before_.root_device && now.root_inode == before_.root_inode,
        "the root directory");
    add(now.namespaces == before_.namespaces, "its namespaces (unshare, setns)");
    add(now.no_new_privileges == before_.no_new_privileges, "PR_SET_NO_NEW_PRIVS");
    add(now.seccomp == before_.seccomp, "which system calls it may make (seccomp)");
  }

 private:
  struct Facts {
    std::array<uid_t, 3> users{};
    std::array<gid_t, 3> groups{};
    pid_t process = ::getpid();
    pid_t session = ::getsid(0);
    pid_t group = ::getpgrp();
    dev_t root_device = 0;
    ino_t root_inode = 0;
    std::array<ino_t, kNamespaces.size()> namespaces{};  // 0 where /proc does not tell
    int no_new_privileges = ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    int seccomp = ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0);

    Facts() {
      ::getresuid(&users[0], &users[1], &users[2]);
      ::getresgid(&groups[0], &groups[1], &groups[2]);
      struct stat file{};
      for (std::size_t i = 0; i < namespaces.size(); ++i) {
        if (::stat(kNamespaces[i], &file) == 0) namespaces[i] = file.st_ino;
      }
      if (::stat("/", &file) != 0) return;
      root_device = file.st_dev;
      root_inode = file.st_ino;
    }
  };
  Facts before_;
};

std::size_t environment_hash() {
  std::size_t hash = 0;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    // The order may change without a change of the variables.
    hash += std::hash<std::string_view>{}(*entry);
  }
  return hash;
}

class Environment final : public StatePart {
 public:
  void restore(StateChanges& changes) const override {
    if (environment_hash() != before_) {
      changes.push_back({"environment variables", Outcome::harmless});
    }
  }

 private:
  std::size_t before_ = environment_hash();
};

}  // namespace

StatePartPointer locale_part() { return std::make_unique<Locale>(); }
StatePartPointer settings_part() { return std::make_unique<Settings>(); }
StatePartPointer identity_part() { return std::make_unique<Identity>(); }
StatePartPointer environment_part() { return std::make_unique<Environment>(); }

}  // namespace forkmap::base
