// SPDX-License-Identifier: Apache-2.0
//
// The last thing that a worker does which leaves in peace: it ends what plugins, and the libraries
// that they brought, have begun. Static destructors, atexit() handlers, open streams and Fortran
// units of theirs run and are written; nothing of the embedding program's does or is.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/lane/lane_memory.hpp"
#include "core/plugin/fortran_units.hpp"
#include "core/plugin/object_list.hpp"
#include "core/plugin/registry_table.hpp"

namespace forkmap::pool {

inline constexpr std::chrono::seconds kEndLimit{2};

// In the worker, after its stop hooks. Returns when all is written; a destructor that calls exit()
// is left behind, and the process ends with status 0. A process that is not done after kEndLimit is
// killed by the kernel. `at_fork`: made in the host, so that what the zygote and this worker have
// loaded is ended, too.
void end_plugins(const plugin::RegistryTable& table, const plugin::ObjectList& at_fork,
                 const plugin::FortranUnits& units, lane::WorkerWords& words);

// In the host, of a worker that was asked to leave and has ended, with this wait status: what is to
// be told; nothing if it ended in peace. `how`: "killed by SIGSEGV (segmentation fault)".
[[nodiscard]] std::optional<std::string> bad_end_text(const lane::WorkerWords& words, pid_t pid,
                                                      int status, const std::string& how);

// The text that a worker has left in its lane; may be empty. It may have ended while it wrote.
[[nodiscard]] std::string left_message(const lane::WorkerWords& words);
void leave_message(lane::WorkerWords& words, std::string_view text) noexcept;

}  // namespace forkmap::pool
