// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/taken_symbols.hpp"

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>

#include "core/base/demangled_name.hpp"
#include "core/base/file_name.hpp"
#include "core/base/system_error.hpp"
#include "core/plugin/object_tables.hpp"
#include "core/plugin/program_objects.hpp"

namespace forkmap::plugin {

namespace {

// Of the C++ library, in whatever form a compiler writes it.
bool is_of_cpp_library(std::string_view symbol) noexcept {
  constexpr std::array<std::string_view, 6> kKinds = {"_ZGV", "_ZTI", "_ZTV", "_ZTS", "_ZTT", "_Z"};
  const auto kind = std::ranges::find_if(
      kKinds, [symbol](std::string_view each) { return symbol.starts_with(each); });
  if (kind == kKinds.end()) return false;
  symbol.remove_prefix(kind->size());
  if (symbol.starts_with("N")) symbol.remove_prefix(1);
  if (symbol.starts_with("K")) symbol.remove_prefix(1);
  constexpr std::string_view kStandard = "tabsiod";  // std::, std::allocator, std::string, ...
  if (symbol.starts_with("S") && symbol.size() > 1) {
    return kStandard.find(symbol[1]) != std::string_view::npos;
  }
  return symbol.starts_with("9__gnu_cxx") || symbol.starts_with("10__cxxabiv1");
}

// A process has one of each: two would not agree on whose memory or exception something is.
bool is_one_for_all(std::string_view symbol) noexcept {
  constexpr std::array<std::string_view, 16> kAllocation = {
      "malloc",        "free",         "calloc",         "realloc", "memalign",
      "aligned_alloc", "valloc",       "posix_memalign", "pvalloc", "malloc_usable_size",
      "cfree",         "reallocarray", "malloc_trim",    "mallopt", "mallinfo",
      "mallinfo2"};
  // Operators new and delete, and names that belong to the compiler and its run-time.
  constexpr std::array<std::string_view, 6> kPrefixes = {"_Znw", "_Zna", "_Zdl",
                                                         "_Zda", "__",   "_Unwind_"};
  return std::ranges::find(kAllocation, symbol) != kAllocation.end() ||
         std::ranges::any_of(
             kPrefixes, [symbol](std::string_view prefix) { return symbol.starts_with(prefix); }) ||
         is_of_cpp_library(symbol);
}

// The place of a plugin among the objects, by what dlopen() gave for it.
std::size_t place_of(void* handle, std::span<const LinkedObject> objects) {
  link_map* map = nullptr;
  if (::dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&map)) != 0) return objects.size();
  const auto found = std::ranges::find_if(objects, [map](const LinkedObject& object) {
    return object.dynamic() == reinterpret_cast<std::uintptr_t>(map->l_ld);
  });
  return static_cast<std::size_t>(found - objects.begin());
}

// Looks at the slots of one object after the other.
class SlotCheck {
 public:
  SlotCheck(void* handle, std::span<const LinkedObject> objects, std::size_t first_fresh)
      : handle_(handle), before_(objects.first(first_fresh)), needs_(objects) {
    const std::size_t plugin = place_of(handle, objects);
    const std::vector<bool> needed =
        plugin < objects.size() ? needs_.closure_of(plugin) : std::vector<bool>(objects.size());
    for (std::size_t number = 0; number < objects.size(); ++number) {
      if (needs_.is_of_program(number) && number < first_fresh) continue;
      const bool is_looked_at = number >= first_fresh || needed[number];
      own_.push_back({&objects[number], ObjectTables(objects[number]), is_looked_at});
    }
  }

  std::vector<TakenSymbol> run() {
    for (const Object& user : own_) {
      if (!user.is_looked_at) continue;
      user.tables.for_each_slot([&](const ObjectTables::Slot& slot) { look_at(user, slot); });
    }
    return std::move(taken_);
  }

 private:
  // Of what plugins have brought.
  struct Object {
    const LinkedObject* linked;
    ObjectTables tables;
    bool is_looked_at;
  };
  struct Own {
    std::uint64_t address;
    const LinkedObject* object;
  };

  // A strong definition in what plugins have brought.
  [[nodiscard]] std::optional<Own> own_definition(const Object& user,
                                                  const ObjectTables::Slot& slot) const {
    const std::string name(slot.symbol);
    const auto address = reinterpret_cast<std::uintptr_t>(::dlsym(handle_, name.c_str()));
    for (const Object& object : own_) {
      if (address == 0 || !object.linked->holds(address)) continue;
      const auto found = object.tables.definitions(slot.symbol);
      if (std::ranges::any_of(found, &ObjectTables::Definition::is_global)) {
        return Own{address, object.linked};
      }
    }
    // An object that the plugin's scope has behind the program's, or has not at all.
    if (!slot.defined_here) return std::nullopt;
    for (const auto& found : user.tables.definitions(slot.symbol)) {
      if (found.is_global && !found.is_resolver) return Own{found.address, user.linked};
    }
    return std::nullopt;
  }

  // Whether the slot is what the loader made of it: data may have been written since.
  [[nodiscard]] static bool is_bound_to(const ObjectTables& owner, const ObjectTables::Slot& slot,
                                        std::uint64_t value) {
    return std::ranges::any_of(owner.definitions(slot.symbol), [value](const auto& there) {
      return there.is_resolver || there.address == value;
    });
  }

  void look_at(const Object& user, const ObjectTables::Slot& slot) {
    const auto held = user.linked->read<std::uint64_t>(slot.address);
    if (!held || *held == 0 || is_one_for_all(slot.symbol)) return;
    const std::uint64_t value = *held - slot.addend;
    const LinkedObject* const owner = object_at(before_, value);
    if (owner == nullptr) return;
    if (needs_.is_preloaded(static_cast<std::size_t>(owner - before_.data()))) return;
    const auto own = own_definition(user, slot);
    if (!own || own->object == owner) return;
    const ObjectTables tables(*owner);
    if (!is_bound_to(tables, slot, value)) return;
    const std::string_view version_of = slot.version_of;
    const bool was_asked_for =
        !version_of.empty() &&
        (tables.soname() == version_of || base::file_name(owner->name()) == version_of);
    if (was_asked_for) return;
    taken_.push_back({.symbol = names_.of(std::string(slot.symbol)),
                      .user = user.linked->path(),
                      .bound_to = owner->path(),
                      .own = own->object->path(),
                      .slot = slot.address,
                      .right_value = own->address + slot.addend});
  }

  void* handle_;
  std::span<const LinkedObject> before_;
  ObjectNeeds needs_;
  std::vector<Object> own_;
  base::SymbolNames names_;
  std::vector<TakenSymbol> taken_;
};

// The dynamic loader has made the page read-only if it lies in the part that was to become so.
class WritablePage {
 public:
  WritablePage(const LinkedObject& object, std::uint64_t address)
      : size_bytes_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
    const LinkedObject::Range& relro = object.read_only_later();
    // Of the last page, which has other data behind that part, it has not.
    if (address < relro.begin || address >= relro.end / size_bytes_ * size_bytes_) return;
    // The dynamic loader gives addresses as numbers. NOLINTNEXTLINE(performance-no-int-to-ptr)
    page_ = reinterpret_cast<void*>(address / size_bytes_ * size_bytes_);
    if (::mprotect(page_, size_bytes_, PROT_READ | PROT_WRITE) != 0) {
      base::throw_system_error("write a slot of " + object.path() + " (mprotect)", errno);
    }
  }
  WritablePage(const WritablePage&) = delete;
  WritablePage& operator=(const WritablePage&) = delete;
  ~WritablePage() {
    if (page_ != nullptr) ::mprotect(page_, size_bytes_, PROT_READ);
  }

 private:
  void* page_ = nullptr;
  std::size_t size_bytes_ = 0;
};

}  // namespace

std::vector<TakenSymbol> taken_symbols(void* handle, std::span<const LinkedObject> objects,
                                       std::size_t first_fresh) {
  return SlotCheck(handle, objects, first_fresh).run();
}

void give_back(std::span<const TakenSymbol> taken, std::span<const LinkedObject> objects) {
  for (const TakenSymbol& each : taken) {
    const LinkedObject* const object = object_at(objects, each.slot);
    if (object == nullptr || !object->can_read(each.slot, sizeof each.right_value)) continue;
    const WritablePage page(*object, each.slot);
    // The dynamic loader gives addresses as numbers. NOLINTNEXTLINE(performance-no-int-to-ptr)
    std::memcpy(reinterpret_cast<void*>(each.slot), &each.right_value, sizeof each.right_value);
  }
}

std::string taken_text(std::span<const TakenSymbol> taken) {
  constexpr std::size_t kMostNames = 8;
  const TakenSymbol& first = taken.front();
  std::set<std::string> others;
  for (const TakenSymbol& each : taken) {
    if (each.symbol != first.symbol) others.insert(each.symbol);
  }
  std::string text = first.symbol + " in " + first.user + " is bound to " + first.bound_to +
                     "; its own libraries define it in " + first.own;
  std::size_t named = 0;
  for (const std::string& name : others) {
    if (named == kMostNames) break;
    text += (named++ == 0 ? "; so it is with " : ", ") + name;
  }
  if (others.size() > named) text += " and " + std::to_string(others.size() - named) + " more";
  const bool defines_it = first.user == first.own;
  text += defines_it ? ". Link " + std::string(base::file_name(first.own)) + " with -Wl,-Bsymbolic"
                     : ". Rename it in " + std::string(base::file_name(first.own));
  return text + ", or say --bind own (LoadOptions::bind), which gives each library its own";
}

}  // namespace forkmap::plugin
