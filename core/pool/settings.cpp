// SPDX-License-Identifier: Apache-2.0
#include "core/pool/settings.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <forkmap/error.hpp>
#include <utility>
#include <vector>

#include "core/base/printable_text.hpp"
#include "core/base/system_error.hpp"
#include "core/pool/asked_memory.hpp"
#include "core/pool/lane_budget.hpp"
#include "core/shm/memfd.hpp"
#include "core/system/cgroup_memory.hpp"
#include "core/system/usable_processors.hpp"
#include "core/types/caught_exception.hpp"
#include "core/types/column_layout.hpp"

namespace forkmap::pool {

namespace {

constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20U;
constexpr std::uint64_t kArenaBytes = std::uint64_t{64} << 30U;  // virtual
constexpr std::uint64_t kLargestDefaultInFlightBytes = std::uint64_t{1} << 30U;
constexpr int kLowestPriority = 19;

// `field`: "PoolOptions::retries".
void check_retries(const std::string& field, int retries) {
  if (retries >= 0 && retries <= kMostRetries) return;
  throw InvalidOption(field + " cannot be " + std::to_string(retries) + "; wanted: 0 to " +
                      std::to_string(kMostRetries));
}

void check_workers(int workers) {
  if (workers >= 0 && workers <= kMostWorkers) return;
  throw InvalidOption("a pool cannot have " + std::to_string(workers) + " workers; wanted: 1 to " +
                      std::to_string(kMostWorkers) + ", or 0 for the default");
}

static_assert(kMostChunkItems <= types::kMaxCapacityItems);

PoolOptions checked(PoolOptions options) {
  if (options.memory != 0 && options.memory < kMegabyte) {
    throw InvalidOption("memory cannot be " + std::to_string(options.memory) +
                        " bytes; wanted: 1 MiB or more, or 0 for no limit");
  }
  if (options.nice < 0 || options.nice > kLowestPriority) {
    throw InvalidOption("nice cannot be " + std::to_string(options.nice) + "; wanted: 0 to " +
                        std::to_string(kLowestPriority));
  }
  if (options.recycle_after_age.count() < 0) {
    throw InvalidOption("recycle_after_age cannot be negative");
  }
  check_workers(options.workers);
  if (options.worker_output == WorkerOutput::discard && ::access("/dev/null", W_OK) != 0) {
    throw SystemError("worker_output = discard needs /dev/null: " + base::error_text(errno), errno);
  }
  check_retries("PoolOptions::retries", options.retries);
  for (const int fd : options.keep_descriptors.value_or(std::vector<int>())) {
    if (::fcntl(fd, F_GETFD) < 0) {
      throw InvalidOption("keep_descriptors names " + std::to_string(fd) + ", which is not open");
    }
  }
  if (options.worker_output == WorkerOutput::tag && !options.output_line) {
    options.output_line = [](int worker, pid_t pid, std::string_view line) {
      std::fprintf(stderr, "[w%d %d] %s\n", worker, static_cast<int>(pid),
                   base::printable_line(line, "\t").c_str());
    };
  }
  if (options.worker_output == WorkerOutput::forward && !options.output) {
    options.output = [](std::string_view bytes) {
      std::fwrite(bytes.data(), 1, bytes.size(), stderr);
    };
  }
  return options;
}

std::uint64_t machine_memory_bytes() {
  const auto pages = static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_PHYS_PAGES)));
  return pages * shm::page_bytes();
}

std::uint64_t memory_limit_bytes(const Cgroups& groups) {
  const std::uint64_t machine_bytes = machine_memory_bytes();
  return std::min(machine_bytes, cgroup_memory_bytes(groups).value_or(machine_bytes));
}

std::uint64_t default_in_flight_bytes(std::uint64_t memory_limit_bytes) {
  return std::max(kMegabyte, std::min(kLargestDefaultInFlightBytes, memory_limit_bytes / 8));
}

}  // namespace

int checked_workers(int workers) {
  check_workers(workers);
  return workers == 0 ? default_workers() : workers;
}

void check_ranges(const MapOptions& options) {
  if (options.retries) check_retries("MapOptions::retries", *options.retries);
  if (options.chunk <= kMostChunkItems) return;
  throw InvalidOption("MapOptions::chunk cannot be " + std::to_string(options.chunk) +
                      "; wanted: 1 to " + std::to_string(kMostChunkItems) +
                      ", or 0 for the pool's own choice");
}

Settings::Settings(const plugin::RegistryTable& table, PoolOptions options)
    : table_(&table),
      options_(checked(std::move(options))),
      processors_(usable_processors(cgroups_)),
      memory_limit_bytes_(memory_limit_bytes(cgroups_)),
      parameters_(std::make_shared<const types::Parameters>(
          options_.parameters, shared_asked_memory(options_.parameters.size()))),
      shape_(shape_of_lanes(options_.window_bytes, static_cast<std::uint64_t>(workers()))),
      arena_(std::make_shared<shm::Arena>(std::min(kArenaBytes, shm::size_limit_bytes()),
                                          memory_limit_bytes_ / 2)),
      in_flight_bytes_(options_.in_flight_bytes > 0
                           ? options_.in_flight_bytes
                           : default_in_flight_bytes(memory_limit_bytes_)) {
  guard(options_.output_line, "output_line");
  guard(options_.crashed, "crashed");
  guard(options_.notice, "notice");
}

template <class... A>
void Settings::guard(std::function<void(A...)>& callback, const char* name) {
  if (!callback) return;
  callback = [this, name, call = std::move(callback)](A... arguments) {
    const bool outer = std::exchange(in_callback_, true);
    try {
      call(arguments...);
    } catch (...) {
      in_callback_ = outer;
      if (types::caught_forced_unwind()) throw;
      std::fprintf(stderr, "forkmap: the callback PoolOptions::%s failed: %s; the pool goes on\n",
                   name, types::caught_exception_text().c_str());
    }
    in_callback_ = outer;
  };
}

}  // namespace forkmap::pool
