// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <forkmap/error.hpp>

namespace forkmap::host {

// The command line, or a file that it names, is at fault; nothing was run. Exit status 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

}  // namespace forkmap::host
