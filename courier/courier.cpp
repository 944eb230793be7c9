// SPDX-License-Identifier: Apache-2.0
//
// forkmap-courier carries byte streams between the machines of a run, by MPI. It is the only
// process of forkmap that has MPI, and it knows nothing of what it carries.
//
// Each machine has one, as a rank. Rank 0 has a stream with every other rank; they have one each,
// with rank 0. For each peer the courier connects to its host (--connect NAME, an abstract unix
// stream socket of the same user) and writes 32 bytes: "FKMCOUR1", the 16 bytes of the variable
// FORKMAP_COURIER_NONCE, the peer's rank and the number of ranks, both of 32 bits, little-endian.
// From then on that socket is the stream.
//
//  C1 What one end writes comes out at the other, whole and in order. What is read at once is a
//     message. An empty one ends a direction: shutdown(SHUT_WR) there, behind all else. Directions
//     end independently. If a host closes its socket, what it wrote before still goes, and what
//     comes for it is dropped.
//  C2 Nothing blocks. MPI does not tell of a rank that was killed or stopped, so there is no Wait,
//     no Recv and no collective, and no memory is given back that MPI may still use.
//  C3 Each peer has a share: 64 MiB by the number of peers, 64 KiB to 4 MiB. Here at most so many
//     bytes wait for MPI, and as many for the socket. So a peer that takes nothing stops its own
//     stream only, however many such peers there are; the rest waits in the socket of who writes.
//  C4 It ends when all streams have ended. If its host has closed all sockets, what is on its way
//     has 2 s after the last message that moved, and 10 s in all.
//
// C1: MPI matches messages of two ranks in the order of their sending, whatever their size. Improbe
// and Imrecv take them: receives posted beforehand could not leave out a peer whose share is used
// up (MPI_ANY_SOURCE), or need memory for the longest message of each peer. C3: MPI takes short
// messages off the wire unasked, any number of them; but Issend ends only when it was asked.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t kMebibyte = 1U << 20U;
// Of a peer. While so many are unsent, short ones gather in the socket and become a longer one.
constexpr std::size_t kMostUnsent = 8;
constexpr int kTag = 1;

[[noreturn]] void fail(const std::string& what, const std::string& remedy) {
  std::fprintf(stderr, "forkmap-courier: %s\n%s\n", what.c_str(), remedy.c_str());
  ::_exit(2);
}

// The first 24 bytes of each stream.
[[nodiscard]] std::string preamble_with_nonce() {
  const char* const given = std::getenv("FORKMAP_COURIER_NONCE");
  const std::string nonce = given == nullptr ? "" : given;
  if (nonce.size() != 32 || nonce.find_first_not_of("0123456789abcdef") != std::string::npos) {
    fail(std::string("FORKMAP_COURIER_NONCE is ") +
             (given == nullptr ? "missing" : "not 32 hexadecimal digits, in lower case"),
         "forkmap sets it, and its socket expects it back: let forkmap start the courier.");
  }
  std::string text = "FKMCOUR1";
  for (std::size_t i = 0; i < 32; i += 2) text += char(std::stoi(nonce.substr(i, 2), nullptr, 16));
  return text;
}

// A connection to the host, which is of our user, and has 10 s to accept it.
[[nodiscard]] int connect_to(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() < 2 || name[0] != '@' || name.size() > sizeof address.sun_path) {
    fail("no name of an abstract socket: " + name, "It has @ and at most 107 more bytes.");
  }
  name.copy(address.sun_path + 1, name.size() - 1, 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  if (fd < 0 || ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    fail("cannot connect to the socket " + name + ": " + std::strerror(errno),
         "A forkmap of this machine and its network namespace has to listen there.");
  }
  ucred owner{.pid = 0, .uid = ~0U, .gid = 0};
  socklen_t owner_size = sizeof owner;
  ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &owner, &owner_size);
  if (owner.uid != ::geteuid()) {
    fail("the socket " + name + " belongs to user " + std::to_string(owner.uid),
         "Courier and forkmap have to run as one user; this is " + std::to_string(::geteuid()));
  }
  return fd;
}

struct Peer;

// On its way to MPI or from there. It stays where it is until MPI has done with it.
struct Message {
  Peer& peer;
  std::size_t size;
  std::unique_ptr<char[]> bytes = {};
  MPI_Message handle = MPI_MESSAGE_NULL;  // of one that came, until it is asked for
  MPI_Request request = MPI_REQUEST_NULL;
  bool done = false;        // MPI has done with it
  std::size_t written = 0;  // of these, to the socket
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
  // The peer has all of ours, and nothing more for us.
  [[nodiscard]] bool settled() const {
    return closed() && end_came && sends.empty() && arrivals.empty();
  }
};

class Courier {
 public:
  // Peers are by rank; those of rank 0 begin with 1.
  explicit Courier(std::deque<Peer> peers)
      : peers_(std::move(peers)),
        source_(peers_.front().rank == 0 ? 0 : MPI_ANY_SOURCE),
        share_bytes_(std::clamp(64 * kMebibyte / peers_.size(), kMebibyte / 16, 4 * kMebibyte)),
        most_message_bytes_(share_bytes_ / 4),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (Peer& peer : peers_) {
      epoll_event event{.events = 0, .data = {.ptr = &peer}};
      if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, peer.fd, &event) == 0) continue;
      fail(std::string("cannot watch a socket: ") + std::strerror(errno), "See ulimit -n.");
    }
  }

  // Until the end (C4). Returns whether all peers have settled.
  [[nodiscard]] bool run() {
    auto last_moved = Clock::now();
    auto last_open = last_moved;
    while (!std::ranges::all_of(peers_, &Peer::settled)) {
      moved_ = false;
      look_at_mpi();
      look_at_requests();
      for (Peer& peer : peers_) serve(peer);
      const auto now = Clock::now();
      if (moved_) last_moved = now;
      if (!std::ranges::all_of(peers_, &Peer::closed)) last_open = now;
      if (now > std::min(std::max(last_open, last_moved) + 2s, last_open + 10s)) return false;
      look_at_sockets(now - last_moved);
    }
    return true;
  }

 private:
  // A message that came is noted with its peer, and asked for later. Open MPI lets messages in
  // after it has found none, so it is asked again before a nap.
  void look_at_mpi() {
    for (int in_vain = 0; in_vain < 2;) {
      int found = 0;
      int size = 0;
      MPI_Message handle = MPI_MESSAGE_NULL;
      MPI_Status status;
      const int code = MPI_Improbe(source_, kTag, MPI_COMM_WORLD, &found, &handle, &status);
      if (code != MPI_SUCCESS) return lose_all();
      if (found == 0 && ++in_vain > 0) continue;
      MPI_Get_count(&status, MPI_BYTE, &size);
      Peer& peer = peers_[source_ == 0 ? 0 : static_cast<std::size_t>(status.MPI_SOURCE) - 1];
      peer.arrivals.push_back(
          {.peer = peer, .size = static_cast<std::size_t>(size), .handle = handle});
      moved_ = true;
    }
  }

  void look_at_requests() {
    std::vector<Message*> messages;
    for (Peer& peer : peers_) {
      for (Message& message : peer.sends) messages.push_back(&message);
      for (std::size_t i = 0; i < peer.asked; ++i) messages.push_back(&peer.arrivals[i]);
    }
    std::erase_if(messages, [](const Message* message) { return message->done; });
    if (messages.empty()) return;
    std::vector<MPI_Request> requests(messages.size());
    std::ranges::transform(messages, requests.begin(), &Message::request);
    std::vector<int> indices(requests.size());
    std::vector<MPI_Status> statuses(requests.size());
    int count = 0;
    const int code = MPI_Testsome(static_cast<int>(requests.size()), requests.data(), &count,
                                  indices.data(), statuses.data());
    if (code != MPI_SUCCESS && code != MPI_ERR_IN_STATUS) return lose_all();
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      Message& message = *messages[static_cast<std::size_t>(indices[i])];
      follow(message, code == MPI_SUCCESS ? code : statuses[i].MPI_ERROR);
      message.done = true;
    }
  }

  void follow(Message& message, int code) {
    moved_ = true;
    if (code == MPI_SUCCESS) return;
    message.done = true;
    lose(message.peer);
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
      peer.hung_up = peer.readable = true;
      peer.writing = false;
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, peer.fd, nullptr);  // it would be told for ever
    }
  }

  void serve(Peer& peer) {
    while (!peer.sends.empty() && peer.sends.front().done) {
      peer.unsent_bytes -= peer.sends.front().size;
      peer.sends.pop_front();
    }
    if (peer.readable && wants_to_read(peer)) read_from(peer);
    ask_for_arrivals(peer);
    write_to(peer);
    if (peer.closed() && peer.fd >= 0) ::close(std::exchange(peer.fd, -1));
    if (peer.hung_up || peer.fd < 0) return;
    const std::uint32_t wanted =
        (wants_to_read(peer) ? EPOLLIN : 0U) | (peer.writing && peer.full ? EPOLLOUT : 0U);
    if (wanted == peer.events) return;
    epoll_event event{.events = wanted, .data = {.ptr = &peer}};
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, peer.fd, &event);
    peer.events = wanted;
  }

  [[nodiscard]] bool wants_to_read(const Peer& peer) const {
    return peer.reading && peer.sends.size() < kMostUnsent &&
           peer.unsent_bytes + most_message_bytes_ <= share_bytes_;
  }

  void read_from(Peer& peer) {
    peer.readable = peer.hung_up;  // epoll tells it again, until then
    int there = 0;
    ::ioctl(peer.fd, FIONREAD, &there);
    const auto room = std::clamp<std::size_t>(static_cast<unsigned>(there), 1, most_message_bytes_);
    auto bytes = std::make_unique_for_overwrite<char[]>(room);
    const ssize_t count = ::recv(peer.fd, bytes.get(), room, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) peer.reading = false;  // the end, or nothing can come after an error
    const auto size = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    peer.unsent_bytes += size;
    peer.sends.push_back({.peer = peer, .size = size, .bytes = std::move(bytes)});
    Message& message = peer.sends.back();
    follow(message, MPI_Issend(message.bytes.get(), static_cast<int>(size), MPI_BYTE, peer.rank,
                               kTag, MPI_COMM_WORLD, &message.request));
  }  // look_at_requests tests it: NOLINT(clang-analyzer-optin.mpi.MPI-Checker)

  void ask_for_arrivals(Peer& peer) {
    for (; peer.asked < peer.arrivals.size(); ++peer.asked) {
      Message& message = peer.arrivals[peer.asked];
      if (peer.untaken_bytes > 0 && peer.untaken_bytes + message.size > share_bytes_) return;
      message.bytes = std::make_unique_for_overwrite<char[]>(message.size);
      peer.untaken_bytes += message.size;
      follow(message, MPI_Imrecv(message.bytes.get(), static_cast<int>(message.size), MPI_BYTE,
                                 &message.handle, &message.request));
    }
  }

  void write_to(Peer& peer) {
    for (; peer.asked > 0 && peer.arrivals.front().done; --peer.asked) {
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
      peer.arrivals.pop_front();
    }
  }

  // MPI has failed for this peer: both directions end, and the host sees the end of the socket.
  static void lose(Peer& peer) {
    if (peer.closed()) return;
    std::fprintf(stderr, "forkmap-courier: MPI failed for rank %d; its stream ends\n", peer.rank);
    peer.reading = peer.writing = false;
  }
  void lose_all() { std::ranges::for_each(peers_, lose); }

  std::deque<Peer> peers_;  // messages refer to them
  int source_;
  std::size_t share_bytes_;
  std::size_t most_message_bytes_;
  int epoll_;
  bool moved_ = false;  // anything, in this round
};

constexpr const char* kUsage =
    "usage: forkmap-courier --connect @NAME\n"
    "It carries byte streams between the machines of a run of forkmap, by MPI. forkmap starts it:\n"
    "  mpirun ... -n 1 forkmap-courier --connect @NAME : -n 3 forkmap agent ...\n"
    "To build it for another MPI:  mpicxx -O2 -std=c++20 courier.cpp -o forkmap-courier";

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  const std::string option = words.empty() ? "" : words[0];
  if (option == "--help") return std::puts(kUsage) < 0 ? 1 : 0;
  if (option == "--version") {
    std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> mpi{};
    int size = 0;
    MPI_Get_library_version(mpi.data(), &size);
    return std::printf("forkmap-courier FKMCOUR1, for %s\n", mpi.data()) < 0 ? 1 : 0;
  }
  if (words.size() != 2 || option != "--connect") fail("--connect @NAME is expected", kUsage);
  const std::string preamble = preamble_with_nonce();
  const int first = connect_to(words[1]);  // every rank has a peer, so it can be tried at once
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
    const int fd = peers.empty() ? first : connect_to(words[1]);
    std::string text = preamble;
    for (int i = 0; i < 32; i += 8) text += static_cast<char>(peer >> i);
    for (int i = 0; i < 32; i += 8) text += static_cast<char>(ranks >> i);
    // A new socket has room for it; a host that is gone shows as the end of the stream.
    ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    peers.push_back({.rank = peer, .fd = fd});
  }
  // mpirun ends 0.1 s later, with status 0; without a message only if MPI is finalized, which may
  // wait for a rank that is stopped. MPI_Abort would kill hosts that are still at work, in 2 s.
  if (Courier(std::move(peers)).run()) {
    std::signal(SIGALRM, [](int) { ::_exit(0); });
    ::alarm(2);
    MPI_Finalize();
  }
  ::_exit(0);
}
