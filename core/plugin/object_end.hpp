// SPDX-License-Identifier: Apache-2.0
//
// Ends what objects have begun in this process, as exit() would, but only that of these objects:
// static destructors, what they registered with atexit(), functions marked as destructors, counters
// of coverage and profiles. exit() itself would also run what the program that embeds forkmap has
// registered, which belongs to the host.
//
// For each object its DT_FINI_ARRAY is run backwards, then DT_FINI; the code of compilers there
// calls __cxa_finalize with the object's own handle, which nobody else has. What on_exit() was
// given and destructors of thread-local objects do not run.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>

#include "core/plugin/object_list.hpp"

namespace forkmap::plugin {

class ObjectEnd {
 public:
  // `begins` is told each object before anything of it is run.
  explicit ObjectEnd(const Objects& objects, std::function<void(const link_map&)> begins = {})
      : objects_(dependents_first(objects)), begins_(std::move(begins)) {}

  // Runs what is left to run. Where a destructor calls exit(), an exit handler calls this again and
  // it goes on behind that destructor. Throws what a destructor throws, which is std::terminate
  // where compilers generate the call.
  void run();

 private:
  Objects objects_;
  std::function<void(const link_map&)> begins_;
  std::size_t next_ = 0;       // object
  std::size_t functions_ = 0;  // of the object before it, still to be called
};

}  // namespace forkmap::plugin
