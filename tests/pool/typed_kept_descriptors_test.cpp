// SPDX-License-Identifier: Apache-2.0
//
// Which of the program's descriptors are open in its workers.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <forkmap/forkmap.hpp>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace forkmap;
using Catch::Matchers::Contains;

namespace {

// Descriptors as a program has them: a socket, a pipe, and one at a very high number.
class Opened {
 public:
  Opened() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    all.assign(ends.begin(), ends.end());
    REQUIRE(::pipe(ends.data()) == 0);
    all.insert(all.end(), ends.begin(), ends.end());
    all.push_back(::fcntl(ends[0], F_DUPFD, 900));
    REQUIRE(all.back() >= 900);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    for (const int fd : all) ::close(fd);
  }
  std::vector<int> all = {};
};

struct KeptDescriptorsFixture {
  Opened opened;
  Registry registry;
  Function<bool(int)> is_open =
      registry.add("is_open", [](int fd) { return ::fcntl(fd, F_GETFD) >= 0; });
  Function<long(long)> square = registry.add("square", [](long x) { return x * x; });
};

}  // namespace

TEST_CASE("workers inherit every descriptor of the program unless it says which they keep") {
  KeptDescriptorsFixture f;
  Pool pool(f.registry, {.workers = 1});
  for (const int fd : f.opened.all) CHECK(pool.submit(f.is_open, fd).get());
}

TEST_CASE("workers keep the descriptors that are named, and no other, also when they are renewed") {
  KeptDescriptorsFixture f;
  const std::vector<int>& all = f.opened.all;
  PoolOptions options{.workers = 1, .retries = 2};
  options.keep_descriptors = {all[4], all[1]};
  Pool pool(f.registry, options);
  for (int round = 0; round < 3; ++round) {
    for (const int fd : {0, 1, 2, all[1], all[4]}) CHECK(pool.submit(f.is_open, fd).get());
    for (const int fd : {all[0], all[2], all[3]}) CHECK_FALSE(pool.submit(f.is_open, fd).get());
    CHECK(pool.map(f.square, {1, 2, 3}).collect() == std::vector<long>{1, 4, 9});
    if (round == 0) ::kill(pool.workers().front().pid, SIGKILL);
    if (round == 1) pool.refork();
  }
  auto array = pool.array<long>(1000);
  auto squares = pool.array<long>(1000);
  array[7] = 7;
  CHECK(pool.map_into(squares, f.square, array).empty());
  CHECK(squares[7] == 49);
}

TEST_CASE("workers may keep none of the program's descriptors; one that is not open is refused") {
  KeptDescriptorsFixture f;
  PoolOptions options{.workers = 2};
  options.keep_descriptors.emplace();
  Pool pool(f.registry, options);
  for (const int fd : f.opened.all) CHECK_FALSE(pool.submit(f.is_open, fd).get());
  options.keep_descriptors = {987'654};
  CHECK_THROWS_WITH(Pool(f.registry, options), Contains("keep_descriptors names 987654"));
}
