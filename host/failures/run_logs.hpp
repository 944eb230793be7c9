// SPDX-License-Identifier: Apache-2.0
//
// The files to which a run adds while it goes on, beside its results; each only if it is wanted.
#pragma once

#include "host/failures/crash_files.hpp"
#include "host/failures/failure_file.hpp"
#include "host/failures/job_log.hpp"

namespace forkmap::host {

struct RunLogs {
  FailureFile failures;
  CrashFiles crashes;
  JobLog jobs;
};

}  // namespace forkmap::host
