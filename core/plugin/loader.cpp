// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/loader.hpp"

#include <dlfcn.h>

#include <boost/dll/shared_library.hpp>
#include <stdexcept>
#include <utility>

#include <forkmap/error.hpp>

#include "core/plugin/binding.hpp"
#include "core/plugin/descriptor.hpp"
#include "core/plugin/image_name.hpp"
#include "core/plugin/loaded_build_id.hpp"
#include "core/plugin/loading_hints.hpp"
#include "core/plugin/process_state.hpp"

namespace forkmap::plugin {

namespace {

// RTLD_NODELETE makes "never unloaded" the dynamic loader's business: the handle may then be given
// back, and nothing is left behind that would look like a leak.
constexpr auto kMode =
    static_cast<boost::dll::load_mode::type>(RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

using Entry = const forkmap_plugin*();

// The dynamic loader knows objects by path. For the path of an object that was loaded in place it
// gives that one, also when the file has been replaced since.
void check_not_stale(const OpenedPlugin& opened) {
  const auto loaded = loaded_build_id(opened.path);
  if (!loaded || (!loaded->empty() && *loaded == opened.identity.build_id)) return;
  throw LoadError(opened.path, "open",
                  "this process has loaded another version of this file in place already, and "
                  "nothing is ever unloaded; start the program again");
}

}  // namespace

PluginEntry load_image(OpenedPlugin opened) {
  const HiddenCopies hidden(opened);
  if (opened.in_place) check_not_stale(opened);
  const ProcessState state;
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
  const forkmap_plugin* const descriptor = library.get<Entry>(FORKMAP_ENTRY_SYMBOL)();
  (void)state.restore();
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
          .warnings = std::move(warnings)};
}

}  // namespace forkmap::plugin
