// SPDX-License-Identifier: Apache-2.0
//
// What is said over the status socket of a run: one line of JSON for each request, one for each
// answer.
//
//   {"forkmap_status":1,"request":"status"}                -> the status of the run
//   {"forkmap_status":1,"request":"resize","workers":3}    -> the same, with 3 workers wanted
//   anything else                                          -> {"forkmap_status":1,"error":"..."}
//
// With other machines the status has an array of them, and their workers say whose they are.
#pragma once

#include <forkmap/options.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "host/watch/status.hpp"

namespace forkmap::host {

inline constexpr int kStatusVersion = 1;
inline constexpr int kMostStatusWorkers = kMostWorkers;
inline constexpr std::size_t kMostRequestBytes = 1024;  // of a line, with its newline

struct StatusRequest {
  int workers = 0;    // that are wanted from now on; 0: as many as there are
  std::string fault;  // it is no request, because ...; empty: it is one
};

// One line, without its end. What a client sends is never trusted.
[[nodiscard]] StatusRequest read_request(std::string_view line);
[[nodiscard]] std::string status_request();
[[nodiscard]] std::string resize_request(int workers);

// Lines with their ends.
[[nodiscard]] std::string status_answer(const RunStatus& status);
[[nodiscard]] std::string error_answer(std::string_view why);

struct StatusAnswer {
  RunStatus status;
  std::string fault;  // what the run said instead, or what is wrong with its answer; empty: nothing
};
[[nodiscard]] StatusAnswer read_answer(std::string_view line);

}  // namespace forkmap::host
