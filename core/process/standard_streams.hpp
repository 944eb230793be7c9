// SPDX-License-Identifier: Apache-2.0
//
// Standard input, output and error of zygote and workers.
#pragma once

#include "core/process/zygote.hpp"

namespace forkmap::process {

// In a new process: forgets what the host had read ahead in stdin or not yet written to any stream
// of the C library and to the C++ streams over stdout and stderr; it is the host's to write, once.
void discard_inherited_buffers() noexcept;

// Standard input is at its end; standard output and error are open, if only to nowhere, so that no
// descriptor of forkmap's can get their numbers. Throws SystemError.
void set_up_zygote_streams();

// Sends a worker's standard output where the plan says (to nowhere: standard error, too), or both
// output and error to `output_fd` if that is not -1, and makes them line-buffered. Throws
// SystemError.
void set_up_worker_streams(WorkerStdout where, int output_fd);

// Flushes stdout and stderr and ends the process at once: no handler, no destructor, no other
// stream.
[[noreturn]] void flush_and_exit(int status) noexcept;

}  // namespace forkmap::process
