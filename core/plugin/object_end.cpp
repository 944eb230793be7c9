// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/object_end.hpp"

namespace forkmap::plugin {

namespace {

using Function = void (*)();

// What an object says about its end.
struct EndEntries {
  const Function* array = nullptr;
  std::size_t count = 0;
  Function last = nullptr;  // DT_FINI
};

template <class Pointer>
Pointer at(const link_map& object, ElfW(Addr) offset) noexcept {
  // The dynamic loader gives addresses as numbers. NOLINTNEXTLINE(performance-no-int-to-ptr)
  return reinterpret_cast<Pointer>(object.l_addr + offset);
}

EndEntries entries_of(const link_map& object) noexcept {
  EndEntries found;
  for (const ElfW(Dyn)* entry = object.l_ld; entry->d_tag != DT_NULL; ++entry) {
    switch (entry->d_tag) {
      case DT_FINI_ARRAY:
        found.array = at<const Function*>(object, entry->d_un.d_ptr);
        break;
      case DT_FINI_ARRAYSZ:
        found.count = entry->d_un.d_val / sizeof(Function);
        break;
      case DT_FINI:
        found.last = at<Function>(object, entry->d_un.d_ptr);
        break;
      default:
        break;
    }
  }
  if (found.array == nullptr) found.count = 0;
  return found;
}

}  // namespace

void ObjectEnd::run() {
  for (;;) {
    if (functions_ == 0) {
      if (next_ == objects_.size()) return;
      const link_map& object = *objects_[next_++];
      const EndEntries entries = entries_of(object);
      functions_ = entries.count + (entries.last != nullptr ? 1 : 0);
      if (functions_ > 0 && begins_) begins_(object);
      continue;
    }
    const EndEntries entries = entries_of(*objects_[next_ - 1]);
    // Counted before the call, which may not come back here.
    const std::size_t left = --functions_;
    const bool has_last = entries.last != nullptr;
    if (has_last && left == 0) {
      entries.last();
    } else {
      entries.array[has_last ? left - 1 : left]();
    }
  }
}

}  // namespace forkmap::plugin
