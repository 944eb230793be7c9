// SPDX-License-Identifier: Apache-2.0
#include "tests/courier/mpi_run.hpp"

#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/catch.hpp"
#include "tests/courier/abstract_socket.hpp"

namespace forkmap::courier {

namespace {

constexpr int kDeadlineMs = 60'000;

void wait_for_end(int process) {
  pollfd wanted{.fd = process, .events = POLLIN, .revents = 0};
  if (::poll(&wanted, 1, kDeadlineMs) != 1) throw std::runtime_error("a process does not end");
}

[[nodiscard]] base::UniqueFd process_of(pid_t pid) {
  base::UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process) throw std::runtime_error("there is no process " + std::to_string(pid));
  return process;
}

void signal_process(const base::UniqueFd& process, int number) {
  if (process) ::syscall(SYS_pidfd_send_signal, process.get(), number, nullptr, 0);
}

}  // namespace

NearEnd::NearEnd(base::UniqueFd socket) : socket_(std::move(socket)) {
  std::string line;
  while (!line.ends_with('\n')) line += reads(1);
  std::istringstream words(line);
  pid_t host = -1;
  words >> host >> courier_;
  host_process_ = process_of(host);
  courier_process_ = process_of(courier_);
}

NearEnd::~NearEnd() {
  signal_courier(SIGKILL);
  signal_host(SIGKILL);
}

void NearEnd::signal_host(int number) const { signal_process(host_process_, number); }

void NearEnd::signal_courier(int number) const { signal_process(courier_process_, number); }

void NearEnd::send(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t count = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (count < 0) throw std::runtime_error("the courier takes nothing any more");
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::uint64_t NearEnd::fill(const StreamBytes& bytes, std::uint64_t position,
                            std::uint64_t most) const {
  std::uint64_t taken = 0;
  while (taken < most) {
    const std::string_view piece = bytes.from(position + taken, most - taken);
    const ssize_t count =
        ::send(socket_.get(), piece.data(), piece.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      taken += static_cast<std::uint64_t>(count);
      continue;
    }
    pollfd wanted{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
    if (::poll(&wanted, 1, 1000) != 1) break;
  }
  return taken;
}

std::uint64_t NearEnd::fill_in_pieces(const StreamBytes& bytes, std::uint64_t piece_bytes,
                                      std::uint64_t most) const {
  const auto is_taken = [this] {
    int untaken_bytes = 0;
    return ::ioctl(socket_.get(), SIOCOUTQ, &untaken_bytes) == 0 && untaken_bytes == 0;
  };
  std::uint64_t taken = 0;
  while (taken < most) {
    taken += fill(bytes, taken, piece_bytes);
    const auto given_up = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (!is_taken()) {
      if (std::chrono::steady_clock::now() > given_up) return taken;
      ::usleep(10);
    }
  }
  return taken;
}

void NearEnd::end() const { ::shutdown(socket_.get(), SHUT_WR); }

std::string NearEnd::reads(std::size_t size) const {
  std::string text(size, '\0');
  for (std::size_t have = 0; have < size;) {
    wait_readable(socket_.get());
    const ssize_t count = ::recv(socket_.get(), text.data() + have, size - have, 0);
    if (count <= 0) return text.substr(0, have);
    have += static_cast<std::size_t>(count);
  }
  return text;
}

std::string NearEnd::reads_to_end() const {
  std::string text;
  for (;;) {
    const std::string next = reads(1);
    if (next.empty()) return text;
    text += next;
  }
}

bool NearEnd::is_silent() const {
  char byte = 0;
  return ::recv(socket_.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
}

void pass(std::vector<Flow>& flows) {
  std::vector<char> buffer(1U << 20U);
  for (;;) {
    std::vector<pollfd> wanted;
    for (const Flow& flow : flows) {
      const int events =
          (flow.written < flow.to_write ? POLLOUT : 0) | (flow.read < flow.to_read ? POLLIN : 0);
      wanted.push_back({.fd = events == 0 ? -1 : flow.near.socket(),
                        .events = static_cast<short>(events),
                        .revents = 0});
    }
    if (std::ranges::all_of(wanted, [](const pollfd& each) { return each.fd < 0; })) return;
    if (::poll(wanted.data(), wanted.size(), kDeadlineMs) <= 0) {
      throw std::runtime_error("nothing passes");
    }
    for (std::size_t i = 0; i < flows.size(); ++i) {
      Flow& flow = flows[i];
      const int socket = flow.near.socket();
      if ((wanted[i].revents & POLLOUT) != 0) {
        const auto piece = flow.bytes.from(flow.written, flow.to_write - flow.written);
        const auto count = ::send(socket, piece.data(), piece.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno != EAGAIN) throw std::runtime_error("the courier takes nothing");
        flow.written += static_cast<std::uint64_t>(std::max<ssize_t>(count, 0));
      }
      if ((wanted[i].revents & (POLLIN | POLLHUP)) != 0 && flow.read < flow.to_read) {
        const std::size_t most = std::min<std::uint64_t>(buffer.size(), flow.to_read - flow.read);
        const ssize_t count = ::recv(socket, buffer.data(), most, MSG_DONTWAIT);
        if (count == 0) throw std::runtime_error("the stream ended early");
        if (count < 0) continue;
        const auto size = static_cast<std::size_t>(count);
        flow.right = flow.right && flow.bytes.are(flow.read, {buffer.data(), size});
        flow.read += size;
      }
    }
  }
}

MpiRun::MpiRun(int ranks, const std::map<std::string, std::string>& environment) {
  static int number = 0;
  const std::string name =
      "@forkmap/test-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
  listener_ = listen_at(name, ranks);
  cli::Launch launch;
  // setpriv: nothing is left of a test that is killed.
  launch.command = {"/usr/bin/env",
                    "setpriv",
                    "--pdeathsig",
                    "KILL",
                    "mpirun",
                    "--oversubscribe",
                    "--enable-recovery",
                    "--bind-to",
                    "none",
                    "--mca",
                    "opal_event_include",
                    "epoll",
                    "-n",
                    "1",
                    FORKMAP_COURIER,
                    "--connect",
                    name,
                    ":",
                    "-n",
                    std::to_string(ranks - 1),
                    FORKMAP_FAR_END,
                    FORKMAP_COURIER};
  launch.environment = environment;
  launch.environment["FORKMAP_COURIER_NONCE"] = kNonce;
  launch.environment["TMPDIR"] =
      folder_.path();  // of mpirun, which leaves things when it is killed
  launch.environment.emplace("OMPI_MCA_btl", "self,tcp");  // as between machines
  launch.environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1";
  launch.environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
  // The sanitizer keeps what was given back; that is no memory of the courier's.
  const char* const options = std::getenv("ASAN_OPTIONS");
  launch.environment.emplace("ASAN_OPTIONS", options == nullptr ? "" : options);
  launch.environment["ASAN_OPTIONS"] += ":quarantine_size_mb=1";
  mpirun_ = std::make_unique<cli::ChildProcess>(launch);
  for (int rank = 1; rank < ranks; ++rank) {
    Preamble preamble;
    base::UniqueFd socket = accept_courier(listener_.get(), preamble);
    REQUIRE(preamble.peer == static_cast<std::uint32_t>(rank));
    REQUIRE(preamble.ranks == static_cast<std::uint32_t>(ranks));
    courier_ = pid_behind(socket.get());
    ends_.emplace_back(std::move(socket));
  }
  courier_process_ = process_of(courier_);
}

void MpiRun::wait_for_courier() const { wait_for_end(courier_process_.get()); }

cli::Ended MpiRun::finish() {
  const base::UniqueFd process = process_of(mpirun_->pid());
  try {
    wait_for_end(process.get());
  } catch (const std::runtime_error&) {
    mpirun_->signal(SIGKILL);
  }
  return mpirun_->finish();
}

std::uint64_t peak_bytes(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
  }
  throw std::runtime_error("there is no process " + std::to_string(process));
}

}  // namespace forkmap::courier
