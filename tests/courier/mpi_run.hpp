// SPDX-License-Identifier: Apache-2.0
//
// The test as the host of rank 0: mpirun on this machine with its courier and some far ends
// (far_end.cpp), and the streams to these.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "tests/courier/stream_bytes.hpp"
#include "tests/kit/child_process.hpp"
#include "tests/kit/mpi.hpp"

namespace forkmap::courier {

using tests::has_mpi;

// A stream of rank 0's. All that waits has a deadline, and throws then.
class NearEnd {
 public:
  explicit NearEnd(base::UniqueFd socket);  // reads who is at the far end
  NearEnd(NearEnd&&) = default;
  NearEnd& operator=(NearEnd&&) = default;
  ~NearEnd();  // kills the far end, should it still be there

  [[nodiscard]] int socket() const { return socket_.get(); }
  void signal_host(int number) const;
  void signal_courier(int number) const;
  [[nodiscard]] pid_t courier() const { return courier_; }
  void send(std::string_view text) const;
  // Of the stream's bytes from `position` on, as many as are taken, until a second has passed in
  // which none were, or until there are `most`.
  [[nodiscard]] std::uint64_t fill(const StreamBytes& bytes, std::uint64_t position,
                                   std::uint64_t most) const;
  // The same, in pieces of a size of which the courier takes each before the next is written.
  [[nodiscard]] std::uint64_t fill_in_pieces(const StreamBytes& bytes, std::uint64_t piece_bytes,
                                             std::uint64_t most) const;
  void end() const;  // of this direction
  void close() { socket_.reset(); }
  [[nodiscard]] std::string reads(std::size_t size) const;
  [[nodiscard]] std::string reads_to_end() const;
  // Whether nothing is there to be read, and no end.
  [[nodiscard]] bool is_silent() const;

 private:
  base::UniqueFd socket_;
  base::UniqueFd host_process_;
  base::UniqueFd courier_process_;
  pid_t courier_ = -1;
};

// What is to pass a stream, both ways at once.
struct Flow {
  const NearEnd& near;
  const StreamBytes& bytes;
  std::uint64_t to_write;
  std::uint64_t to_read;
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  bool right = true;  // what came
};

// Until all has passed.
void pass(std::vector<Flow>& flows);

class MpiRun {
 public:
  // All streams are there when it is.
  explicit MpiRun(int ranks, const std::map<std::string, std::string>& environment = {});

  [[nodiscard]] NearEnd& with(int rank) { return ends_.at(static_cast<std::size_t>(rank - 1)); }
  [[nodiscard]] std::vector<NearEnd>& ends() { return ends_; }
  [[nodiscard]] pid_t courier() const { return courier_; }
  void wait_for_courier() const;  // until it has ended
  // Waits for mpirun, and kills it if it does not end.
  [[nodiscard]] cli::Ended finish();

 private:
  cli::TestFolder folder_;
  base::UniqueFd listener_;
  std::unique_ptr<cli::ChildProcess> mpirun_;
  std::vector<NearEnd> ends_;
  pid_t courier_ = -1;
  base::UniqueFd courier_process_;
};

// The most memory that a process has had.
[[nodiscard]] std::uint64_t peak_bytes(pid_t process);

}  // namespace forkmap::courier
