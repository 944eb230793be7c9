// SPDX-License-Identifier: Apache-2.0
//
// forkmap-courier carries byte streams between the machines of a run, by MPI. It is the only
// process of forkmap that has MPI, and it knows nothing of what it carries.
//
// Each machine has one, as a rank of MPI. Rank 0 has a stream with every other rank, and they have
// one each, with rank 0. For each peer the courier connects to its host (--connect NAME, an
// abstract unix stream socket of the same user) and writes 32 bytes: "FKMCOUR1", the 16 bytes of
// the variable FORKMAP_COURIER_NONCE, and, as 32 bits each, little-endian, the peer's rank and the
// number of ranks. From then on that socket is the stream.
//
//  C1 What one end writes comes out at the other end, whole and in order. What is read at once is a
//     message. An empty one is the end of a direction: shutdown(SHUT_WR) there, behind all else.
//     The two directions end independently. A host that has closed its socket reads no more: what
//     comes for it is dropped, what it wrote before still goes.
//  C2 Nothing blocks. MPI does not tell of a rank that was killed or stopped, so there is no Wait,
//     no Recv and no collective, and no memory is given back that MPI may still use.
//  C3 Each peer has a share: 64 MiB by the number of peers, 64 KiB to 4 MiB. Here at most so many
//     bytes wait for MPI, and as many for the socket. So a peer that takes nothing stops its own
//     stream only, however many such peers there are; the rest waits in the socket of who writes.
//  C4 It ends when all streams have ended; or 2 s after the last byte has moved, if its host has
//     closed all sockets.
//
// Order (C1): MPI matches messages of two ranks in the order in which they were sent, whatever
// their size, and they are taken by Improbe and Imrecv only. Receives that are posted beforehand
// could not leave out a peer whose share is used up (MPI_ANY_SOURCE), or would need memory for the
// longest message of every peer. A message without room stays with MPI as a handle.
//
// Bounds (C3): MPI takes short messages off the wire unasked and keeps any number of them. Issend
// is done when the receiver has asked for the message, so what a receiver's MPI keeps of a peer is
// at most what that peer may have unsent.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t kAllPeersBytes = 64U << 20U;
constexpr std::size_t kLeastShareBytes = 64U << 10U;
constexpr std::size_t kMostShareBytes = 4U << 20U;
constexpr std::size_t kMessagesOfShare = 4;  // a message is a quarter of a share at most
// Of a peer. While so many are unsent, short ones gather in the socket and become a longer one.
constexpr std::size_t kMostUnsent = 8;
constexpr int kMostLooks = 64;  // at MPI, before the sockets have their turn
constexpr auto kEndPatience = 2s;
constexpr int kTag = 1;

[[noreturn]] void fail(const std::string& what, const std::string& remedy) {
  std::fprintf(stderr, "forkmap-courier: %s\n%s\n", what.c_str(), remedy.c_str());
  ::_exit(2);
}

[[noreturn]] void fail_with_errno(const std::string& what, const std::string& remedy) {
  fail(what + ": " + std::strerror(errno) + " (errno " + std::to_string(errno) + ")", remedy);
}

using Preamble = std::array<char, 32>;

[[nodiscard]] Preamble preamble_with_nonce() {
  constexpr std::string_view digits = "0123456789abcdef";
  const char* const given = std::getenv("FORKMAP_COURIER_NONCE");
  const std::string_view nonce = given == nullptr ? "" : given;
  if (nonce.size() != 32 || nonce.find_first_not_of(digits) != std::string_view::npos) {
    fail(given == nullptr ? "the variable FORKMAP_COURIER_NONCE is missing"
                          : "the variable FORKMAP_COURIER_NONCE is not 32 hexadecimal digits",
         "forkmap sets it, and its socket expects it back: let forkmap start the courier.");
  }
  Preamble preamble{'F', 'K', 'M', 'C', 'O', 'U', 'R', '1'};
  for (std::size_t i = 0; i < 16; ++i) {
    preamble[8 + i] =
        static_cast<char>(digits.find(nonce[2 * i]) * 16 + digits.find(nonce[2 * i + 1]));
  }
  return preamble;
}

// A connection to the host, which is of our user, and has 10 s to accept it.
[[nodiscard]] int connect_to(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() < 2 || name[0] != '@' || name.size() > sizeof address.sun_path) {
    fail("no name of an abstract socket: " + name,
         "It begins with @ and has at most " + std::to_string(sizeof address.sun_path) + " bytes.");
  }
  std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail_with_errno("cannot make a socket", "Each rank needs one: see ulimit -n.");
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    fail_with_errno("cannot connect to the socket " + name,
                    "A forkmap of this machine and its network namespace has to listen there.");
  }
  ucred owner{};
  socklen_t owner_size = sizeof owner;
  ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &owner, &owner_size);
  if (owner_size != sizeof owner || owner.pid == 0 || owner.uid != ::geteuid()) {
    fail("the socket " + name + " is not this user's, " + std::to_string(::geteuid()) +
             ", but user " + std::to_string(owner.uid) + "'s",
         "Courier and forkmap have to run as the same user.");
  }
  return fd;
}

struct Peer;

// On its way to MPI or from there. It stays at its place until MPI has done with it.
struct Message {
  Peer& peer;
  std::size_t size;
  std::unique_ptr<char[]> bytes = {};
  MPI_Message handle = MPI_MESSAGE_NULL;  // of one that came, until it is asked for
  std::size_t written = 0;                // of these, to the socket
  bool done = false;                      // MPI has done with it
};

struct Peer {
  int rank;
  int fd;
  std::uint32_t events = 0;  // what epoll is asked for
  bool hung_up = false;      // the host has closed the socket; what it wrote is there to be read
  // from the socket to MPI
  bool reading = true;  // more may come
  bool readable = false;
  std::deque<Message> sends = {};
  std::size_t unsent_bytes = 0;
  // from MPI to the socket
  bool writing = true;    // it may take more; else what comes is dropped
  bool full = false;      // it takes nothing at present
  bool end_came = false;  // the empty message
  std::deque<Message> arrivals = {};
  std::size_t asked = 0;          // of `arrivals`, the first so many are asked for
  std::size_t untaken_bytes = 0;  // of these

  [[nodiscard]] bool closed() const { return !reading && !writing; }
  // The peer has all that is ours, and has nothing more for us.
  [[nodiscard]] bool settled() const {
    return closed() && end_came && sends.empty() && arrivals.empty();
  }
};

class Courier {
 public:
  // Peers are by rank; those of rank 0 begin with 1.
  explicit Courier(std::deque<Peer> peers)
      : peers_(std::move(peers)),
        is_rank_0_(peers_.front().rank != 0),
        share_bytes_(std::clamp(kAllPeersBytes / peers_.size(), kLeastShareBytes, kMostShareBytes)),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (Peer& peer : peers_) {
      epoll_event event{.events = 0, .data = {.ptr = &peer}};
      if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, peer.fd, &event) != 0) {
        fail_with_errno("cannot watch a socket", "See ulimit -n.");
      }
    }
  }

  // Until the end (C4). Returns whether all peers have settled.
  [[nodiscard]] bool run() {
    auto last_moved = Clock::now();
    while (!std::ranges::all_of(peers_, &Peer::settled)) {
      moved_ = false;
      look_at_mpi();
      look_at_requests();
      for (Peer& peer : peers_) serve(peer);
      const auto now = Clock::now();
      if (moved_) last_moved = now;
      const auto idle = now - last_moved;
      if (idle > kEndPatience && std::ranges::all_of(peers_, &Peer::closed)) return false;
      look_at_sockets(idle);
    }
    return true;
  }

 private:
  // A message that came is noted with its peer, and asked for later.
  void look_at_mpi() {
    // Open MPI lets messages in after it has found none, so it is asked again before a nap.
    int in_vain = 0;
    for (int look = 0; look < kMostLooks && in_vain < 2; ++look) {
      int found = 0;
      int size = 0;
      MPI_Message handle = MPI_MESSAGE_NULL;
      MPI_Status status;
      if (MPI_Improbe(is_rank_0_ ? MPI_ANY_SOURCE : 0, kTag, MPI_COMM_WORLD, &found, &handle,
                      &status) != MPI_SUCCESS) {
        // It is nobody's in particular, and nothing can come any more.
        for (Peer& peer : peers_) lose(peer);
        return;
      }
      if (found == 0) {
        ++in_vain;
        continue;
      }
      moved_ = true;
      MPI_Get_count(&status, MPI_BYTE, &size);
      Peer& peer = peers_[is_rank_0_ ? static_cast<std::size_t>(status.MPI_SOURCE) - 1 : 0];
      peer.arrivals.push_back(
          {.peer = peer, .size = static_cast<std::size_t>(size), .handle = handle});
    }
  }

  void look_at_requests() {
    if (requests_.empty()) return;
    int count = 0;
    std::vector<int> indices(requests_.size());
    std::vector<MPI_Status> statuses(requests_.size());
    const int code = MPI_Testsome(static_cast<int>(requests_.size()), requests_.data(), &count,
                                  indices.data(), statuses.data());
    if (code != MPI_SUCCESS && code != MPI_ERR_IN_STATUS) {
      fail("MPI_Testsome failed, code " + std::to_string(code), "No stream can go on.");
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      Message*& message = in_request_[static_cast<std::size_t>(indices[i])];
      if (code == MPI_ERR_IN_STATUS && statuses[i].MPI_ERROR != MPI_SUCCESS) lose(message->peer);
      message->done = true;
      message = nullptr;
      moved_ = true;
    }
    if (count == 0) return;
    std::erase(in_request_, nullptr);
    std::erase(requests_, MPI_REQUEST_NULL);
  }

  // MPI has no descriptor to wait for, so it is looked at between naps. A nap is a quarter of the
  // time for which nothing has moved, so it lengthens no wait by more, and at most 1 ms. After some
  // tenths of a second it grows to 4 ms, a 128th of that time.
  void look_at_sockets(Clock::duration idle) {
    const auto nap = std::max(std::min<Clock::duration>(idle / 4, 1ms),
                              std::min<Clock::duration>(idle / 128, 4ms));
    if (nap >= 20us) {
      pollfd sockets{.fd = epoll_, .events = POLLIN, .revents = 0};
      const timespec limit{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(nap).count()};
      if (::ppoll(&sockets, 1, &limit, nullptr) <= 0) return;
    }
    std::array<epoll_event, 64> events;
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      Peer& peer = *static_cast<Peer*>(event.data.ptr);
      if ((event.events & EPOLLIN) != 0) peer.readable = true;
      if ((event.events & EPOLLOUT) != 0) peer.full = false;
      if ((event.events & (EPOLLHUP | EPOLLERR)) == 0) continue;
      peer.hung_up = true;
      peer.writing = false;
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, peer.fd, nullptr);  // it would be told for ever
    }
  }

  void serve(Peer& peer) {
    while (!peer.sends.empty() && peer.sends.front().done) {
      peer.unsent_bytes -= peer.sends.front().size;
      peer.sends.pop_front();
    }
    if (wants_to_read(peer) && (peer.readable || peer.hung_up)) read_from(peer);
    ask_for_arrivals(peer);
    write_to(peer);
    if (peer.fd < 0) return;
    if (peer.closed()) {
      ::close(peer.fd);
      peer.fd = -1;
    } else if (!peer.hung_up) {
      const std::uint32_t wanted =
          (wants_to_read(peer) ? EPOLLIN : 0U) | (peer.writing && peer.full ? EPOLLOUT : 0U);
      if (wanted == peer.events) return;
      epoll_event event{.events = wanted, .data = {.ptr = &peer}};
      ::epoll_ctl(epoll_, EPOLL_CTL_MOD, peer.fd, &event);
      peer.events = wanted;
    }
  }

  [[nodiscard]] bool wants_to_read(const Peer& peer) const {
    return peer.reading && peer.sends.size() < kMostUnsent &&
           peer.unsent_bytes + share_bytes_ / kMessagesOfShare <= share_bytes_;
  }

  void read_from(Peer& peer) {
    peer.readable = false;  // epoll tells it again
    int there = 0;
    ::ioctl(peer.fd, FIONREAD, &there);
    const auto room = std::clamp<std::size_t>(static_cast<std::size_t>(there), 1,
                                              share_bytes_ / kMessagesOfShare);
    auto bytes = std::make_unique_for_overwrite<char[]>(room);
    const ssize_t count = ::recv(peer.fd, bytes.get(), room, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) peer.reading = false;  // the end, or nothing can come after an error
    const auto size = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    peer.unsent_bytes += size;
    peer.sends.push_back({.peer = peer, .size = size, .bytes = std::move(bytes)});
    MPI_Request request = MPI_REQUEST_NULL;
    const int code = MPI_Issend(peer.sends.back().bytes.get(), static_cast<int>(size), MPI_BYTE,
                                peer.rank, kTag, MPI_COMM_WORLD, &request);
    follow(peer.sends.back(), code, request);
  }

  void ask_for_arrivals(Peer& peer) {
    while (peer.asked < peer.arrivals.size()) {
      Message& message = peer.arrivals[peer.asked];
      if (peer.untaken_bytes > 0 && peer.untaken_bytes + message.size > share_bytes_) return;
      message.bytes = std::make_unique_for_overwrite<char[]>(message.size);
      peer.untaken_bytes += message.size;
      ++peer.asked;
      MPI_Request request = MPI_REQUEST_NULL;
      const int code = MPI_Imrecv(message.bytes.get(), static_cast<int>(message.size), MPI_BYTE,
                                  &message.handle, &request);
      follow(message, code, request);
    }
  }

  void follow(Message& message, int code, MPI_Request request) {
    moved_ = true;
    if (code == MPI_SUCCESS) {
      requests_.push_back(request);
      in_request_.push_back(&message);
    } else {
      message.done = true;
      lose(message.peer);
    }
  }

  void write_to(Peer& peer) {
    while (peer.asked > 0 && peer.arrivals.front().done) {
      Message& message = peer.arrivals.front();
      while (peer.writing && message.written < message.size) {
        if (peer.full) return;
        const ssize_t count = ::send(peer.fd, message.bytes.get() + message.written,
                                     message.size - message.written, MSG_DONTWAIT | MSG_NOSIGNAL);
        moved_ = moved_ || count > 0;
        if (count >= 0) {
          message.written += static_cast<std::size_t>(count);
        } else if (errno == EAGAIN) {
          peer.full = true;
        } else if (errno != EINTR) {
          peer.writing = false;  // nobody reads any more
        }
      }
      if (message.size == 0) {
        peer.end_came = true;
        if (peer.writing) ::shutdown(peer.fd, SHUT_WR);
        peer.writing = false;
      }
      peer.untaken_bytes -= message.size;
      --peer.asked;
      peer.arrivals.pop_front();
    }
  }

  // MPI has failed for this peer: both directions end, and the host sees the end of the socket.
  static void lose(Peer& peer) {
    if (peer.closed()) return;
    std::fprintf(stderr, "forkmap-courier: MPI has failed for rank %d; its stream ends\n",
                 peer.rank);
    peer.reading = false;
    peer.writing = false;
  }

  std::deque<Peer> peers_;  // messages refer to them
  bool is_rank_0_;
  std::size_t share_bytes_;
  int epoll_;
  std::vector<MPI_Request> requests_;  // what MPI has not done with
  std::vector<Message*> in_request_;   // the message of each of these
  bool moved_ = false;                 // anything, in this round
};

constexpr const char* kUsage =
    "usage: forkmap-courier --connect NAME     NAME: the abstract unix socket of the host, @...\n"
    "       forkmap-courier --version\n"
    "It carries byte streams between the machines of a run of forkmap, by MPI. forkmap starts it,\n"
    "on the first machine through  mpirun -n 1 forkmap-courier --connect NAME : -n 3 forkmap "
    "agent\n"
    "To build it for another MPI:  mpicxx -O2 -std=c++20 courier.cpp -o forkmap-courier";

}  // namespace

int main(int count, char** words) {
  const std::string word = count > 1 ? words[1] : "";
  if (count == 2 && word == "--help") return std::puts(kUsage) < 0 ? 1 : 0;
  if (count == 2 && word == "--version") {
    std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> mpi{};
    int size = 0;
    MPI_Get_library_version(mpi.data(), &size);
    return std::printf("forkmap-courier FKMCOUR1, for %s\n", mpi.data()) < 0 ? 1 : 0;
  }
  if (count < 3 || word != "--connect") fail("--connect NAME is missing", kUsage);
  if (count > 3) fail("not understood: " + std::string(words[3]), kUsage);
  Preamble preamble = preamble_with_nonce();
  // Every rank has a peer. The host learns of its courier before MPI begins.
  const int first = connect_to(words[2]);

  MPI_Init(nullptr, nullptr);
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  ::prctl(PR_SET_TIMERSLACK, 1000UL);  // a nap of 20 us would become one of 70
  int rank = 0;
  int ranks = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  if (ranks < 2) {
    fail("this is the only rank of MPI, so there is nobody to talk to",
         "mpirun starts it with a rank for each machine, or starts what starts it.");
  }
  std::deque<Peer> peers;
  for (int peer = rank == 0 ? 1 : 0; peer < (rank == 0 ? ranks : 1); ++peer) {
    const int fd = peers.empty() ? first : connect_to(words[2]);
    for (unsigned i = 0; i < 4; ++i) {
      preamble[24 + i] = static_cast<char>(static_cast<unsigned>(peer) >> 8 * i);
      preamble[28 + i] = static_cast<char>(static_cast<unsigned>(ranks) >> 8 * i);
    }
    // A new socket has room for it; a host that is gone shows as the end of the stream.
    ::send(fd, preamble.data(), preamble.size(), MSG_NOSIGNAL);
    peers.push_back({.rank = peer, .fd = fd});
  }
  if (Courier(std::move(peers)).run()) {
    // It waits for ranks that may be gone.
    ::signal(SIGALRM, [](int) { ::_exit(0); });
    ::alarm(std::chrono::seconds(kEndPatience).count());
    MPI_Finalize();
  }
  ::_exit(0);
}
