// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/loader.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <boost/dll/shared_library.hpp>
#include <stdexcept>
#include <utility>

#include <forkmap/error.hpp>

#include "core/base/check.hpp"
#include "core/base/process_state.hpp"
#include "core/plugin/binding.hpp"
#include "core/plugin/descriptor.hpp"
#include "core/plugin/image_name.hpp"
#include "core/plugin/loaded_build_id.hpp"
#include "core/plugin/loading_hints.hpp"

namespace forkmap::plugin {

namespace {

// RTLD_NODELETE makes "never unloaded" the dynamic loader's business: the handle may then be given
// back, and nothing is left behind that would look like a leak.
constexpr auto kMode =
    static_cast<boost::dll::load_mode::type>(RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

// The dynamic loader knows objects by path. For the path of an object that was loaded in place it
// gives that one, also when the file has been replaced since.
void check_not_stale(const OpenedPlugin& opened) {
  const auto loaded = loaded_build_id(opened.path);
  if (!loaded || (!loaded->empty() && *loaded == opened.identity.build_id)) return;
  throw LoadError(opened.path, "open",
                  "this process has loaded another version of this file in place already, and "
                  "nothing is ever unloaded; start the program again");
}

// What this process has loaded since it began to load its first plugin: of plugins, mostly.
Objects added_since_first_plugin() {
  static const ObjectList before_plugins;
  return before_plugins.added();
}

// See PluginEntry::objects. `before`: as added_since_first_plugin() was before this load.
Objects objects_of(void* handle, const Objects& before) {
  const Objects now = added_since_first_plugin();
  link_map* map = nullptr;
  FORKMAP_CHECK(::dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&map)) == 0);
  Objects objects = needed_by(map, now);
  const auto is_in = [](const Objects& list, const link_map* object) {
    return std::ranges::find(list, object) != list.end();
  };
  // The program may have had the plugin itself, as a library.
  std::erase_if(objects, [&](const link_map* object) { return !is_in(now, object); });
  for (const link_map* object : now) {
    if (!is_in(before, object) && !is_in(objects, object)) objects.push_back(object);
  }
  return objects;
}

}  // namespace

PluginEntry load_image(OpenedPlugin opened) {
  const HiddenCopies hidden(opened);
  if (opened.in_place) check_not_stale(opened);
  const Objects before = added_since_first_plugin();
  const base::ProcessState state;
  const Binding binding(opened);
  boost::dll::fs::error_code error;
  boost::dll::shared_library library;
  library.load(opened.image_path(), kMode, error);
  if (error) {
    const char* const text = ::dlerror();
    (void)state.restore();
    const std::string reason = opened.with_file_name(text == nullptr ? error.message() : text);
    throw LoadError(opened.path, "open", reason + hints_for(reason, opened.path));
  }
  std::vector<std::string> warnings;
  try {
    warnings = binding.settle(library.native());
  } catch (const std::invalid_argument& fault) {
    (void)state.restore();
    throw LoadError(opened.path, "bind", fault.what());
  }
  if (!library.has(FORKMAP_ENTRY_SYMBOL)) {
    (void)state.restore();
    throw LoadError(opened.path, "abi", no_plugin_text(opened.path));
  }
  const forkmap_plugin* const descriptor = library.get<PluginEntryPoint>(FORKMAP_ENTRY_SYMBOL)();
  // The probe has refused these; here they can only come where there was none.
  if (const auto fault = fault_of(state.restore())) throw LoadError(opened.path, "open", *fault);
  try {
    (void)check_descriptor(descriptor);
  } catch (const std::invalid_argument& fault) {
    throw LoadError(opened.path, "descriptor", fault.what());
  }
  std::string image = opened.image_path();
  if (!opened.in_place) (void)opened.image.release();
  return {.name = descriptor->name,
          .version = descriptor->version,
          .path = opened.path,
          .identity = opened.identity,
          .in_place = opened.in_place,
          .generation = 0,
          .descriptor = descriptor,
          .image = std::move(image),
          .base_address = base_address_of(library.native()),
          .warnings = std::move(warnings),
          .objects = objects_of(library.native(), before)};
}

std::optional<std::string> fault_of(const base::StateChanges& changes) {
  using Outcome = base::StateChange::Outcome;
  if (const auto stays = changes_text(changes, Outcome::stays); !stays.empty()) {
    return "loading it changes what cannot be put back for the process that loads it: " + stays +
           "; do that in a start hook, which runs in workers only";
  }
  if (const auto lost = changes_text(changes, Outcome::lost); !lost.empty()) {
    return "loading it changes " + lost + " and closes descriptors that are not its own";
  }
  return std::nullopt;
}

}  // namespace forkmap::plugin
