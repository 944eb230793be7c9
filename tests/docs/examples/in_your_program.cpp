// SPDX-License-Identifier: Apache-2.0
//
// The examples of docs/in-your-program.md, in a program that runs them all. Exits with 0 if each
// did what the page says.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <forkmap/forkmap.hpp>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

using forkmap::Function;
using forkmap::Future;
using forkmap::Pool;
using forkmap::Registry;

static void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::exit(1);
}

static long run_in_a_loop(Pool& pool, const Function<long(long)>& square, int own_fd) {
  // [loop]
  long result = 0;
  bool done = false;
  pool.submit(square, 12).on_done([&](const auto& outcome) {
    result = outcome.value();
    done = true;
  });
  while (!done) {
    pollfd fds[] = {{pool.fd(), POLLIN, 0}, {own_fd, POLLIN, 0}};
    poll(fds, 2, -1);
    if (fds[0].revents != 0) pool.advance();  // runs the callbacks that are due
    // ... and whatever own_fd is about
  }
  // [loop end]
  return result;
}

static int run_a_child() {
  // [child]
  const pid_t child = fork();
  if (child == 0) _exit(3);
  int status = 0;
  waitpid(child, &status, 0);  // this child, and not whichever ends next
  // [child end]
  return WEXITSTATUS(status);
}

static long hand_over(const Registry& registry, const Function<long(long)>& square) {
  long result = 0;
  // [thread]
  auto pool = std::make_unique<Pool>(registry);  // here, before there are other threads
  pool->hand_over();
  std::thread([&result, &square, pool = std::move(pool)] {
    pool->take_over();
    result = pool->submit(square, 5).get();
  }).join();  // the pool ends in the thread that has it
  // [thread end]
  return result;
}

static bool keep_descriptors(const Registry& registry, const Function<bool(int)>& is_open) {
  int ends[2];
  if (pipe(ends) != 0) return false;
  const int log_fd = ends[1];
  const int secret_fd = ends[0];
  // [descriptors]
  forkmap::PoolOptions options;
  options.keep_descriptors = {log_fd};  // and 0, 1, 2; nothing else of this program's
  Pool pool(registry, options);
  // [descriptors end]
  return pool.submit(is_open, log_fd).get() && !pool.submit(is_open, secret_fd).get();
}

int main() {
  std::atexit([] { std::puts("the program ends"); });  // once: workers do not run it
  Registry registry;
  const auto square = registry.add("square", [](long x) { return x * x; });
  const auto is_open = registry.add("is_open", [](int fd) { return dup2(fd, fd) == fd; });
  expect(hand_over(registry, square) == 25, "a pool goes on in another thread");
  expect(keep_descriptors(registry, is_open), "workers keep what is named");
  Pool pool(registry, {.workers = 2});
  expect(run_in_a_loop(pool, square, -1) == 144, "a loop of the program's own");
  expect(run_a_child() == 3, "a child of the program's own");
  return 0;
}
